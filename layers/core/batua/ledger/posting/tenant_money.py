"""The posting path of tenants' own wallets.

    treasury = Treasury(call.store, tenant.time_zone, call.now)
    order = funds_order("wallets.debit", mode, tenant, source, key, content)
    wallet = accounts.wallet_of(mode, tenant)
    posted = treasury.post(order, lambda known: accounts.debit(known, wallet, 250_00, call.now))

`posted.entry` is the first line, with the transaction's id. Raises Refused (the refusal is on record under the key), a
Problem (`busy`, `idempotency_key_reused`, `request_in_progress`), or Overtaken (see `beside`).

A record that must change with the money goes along in the same transaction, under its own condition:

    approved = Update(request.key, set={"st": "approved"}, when=Condition(equal={"st": "open"}))
    treasury.post(order, decide, beside=[approved])

Money and record then change together or not at all. Where the record's condition fails, and the order was not carried
out before, Overtaken says which record and what stands there.

What cannot be known before (the lines of a transaction to refund, an open hold) is read with `transaction` and `hold`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ... import clock, errors
from ...store import gateway_keys, keys
from ...store.keys import Mode
from ...store.store import Cancelled, Contended, Reason, Record, Store
from ...store.writes import ABSENT, ALWAYS, Condition, Put, Update, Write
from ..decisions.tenant_money import (
    CreditableChange,
    FundsDecision,
    FundsHold,
    FundsOriginal,
    FundsPosting,
    FundsState,
    hold_id,
)
from ..model import InvariantBroken, Refusal
from ..records.customer_coins import Origin, reversal_put
from ..records.tenant_money import (
    FundsEntry,
    funds_hold_item,
    funds_update,
    original_of,
    posting_items,
    read_funds_balance,
    read_funds_hold,
    read_line,
)
from .pipeline import DEADLINE_SECONDS, PostingRefused, PostingRequest, execute, replay_outcome

__all__ = [
    "FundsPostingResult",
    "FundsPreconditionFailed",
    "FundsTransaction",
    "PostingRefused",
    "PostingRequest",
    "TenantLedger",
    "funds_request",
]

MAX_WRITES: Final = 100
"""What DynamoDB takes in one transaction: lines, wallets, a hold, and what goes beside."""


class FundsPreconditionFailed(Exception):
    """A record that was to change with the money stands otherwise than it had to; nothing was written."""

    def __init__(self, key: keys.Key, item: Record | None) -> None:
        super().__init__(f"{key.sk} has changed")
        self.key = key
        self.item = item


@dataclass(frozen=True, slots=True)
class FundsPostingResult:
    """A transaction that stands: its first line. The others are read with `transaction`."""

    entry: FundsEntry
    replayed: bool

    @property
    def id(self) -> str:
        return self.entry.id


@dataclass(frozen=True, slots=True)
class FundsTransaction:
    """All that stands of a transaction in one tenant's books. Another tenant's shows here with its lines."""

    entries: tuple[FundsEntry, ...]
    reversed: int = 0

    @property
    def own(self) -> bool:
        """Whether it was posted by this tenant: only then can it be refunded from here."""
        return self.entries[0].number == 0 and bool(self.entries[0].fingerprint)


def funds_request(
    operation: str, mode: Mode, tenant: str, source: Origin, key: str | None, content: Mapping[str, Any]
) -> PostingRequest:
    """The order of a movement on a tenant's wallets. `source.merchant` is that tenant, whoever asks."""
    if source.merchant != tenant:
        raise InvariantBroken("an order stands in the books of the tenant that it names")
    return PostingRequest(operation, mode, keys.scope(mode, tenant), source, key, content, book="funds")


@dataclass(slots=True)
class TenantLedger:
    """The posting path of one request at the instant `now`. The tenant's time zone tells a transaction's day."""

    store: Store
    zone: str
    now: int
    deadline: float = DEADLINE_SECONDS

    def post(
        self,
        request: PostingRequest,
        decide: Callable[[FundsState], FundsDecision],
        state: FundsState | None = None,
        *,
        extra_writes: Sequence[Write] = (),
        keep_refusal: bool = True,
    ) -> FundsPostingResult:
        """Posts what `decide` says. `known` is what has been read already; it need not be.

        With `keep_refusal=False` a refusal is not kept under the key: for steps of a workflow that try again later.
        """
        movement = _FundsPostingAttempt(self, request, state or FundsState(), decide, tuple(extra_writes))
        try:
            kept = execute(self.store, request, movement, self.deadline, keep_refusal=keep_refusal)
        except FundsPreconditionFailed:
            # Its own first coming may have changed the record: then the order's answer is there.
            record = self._stored_record(request)
            if record is None:
                raise
            kept = replay_outcome(record, request)
        return FundsPostingResult(read_line(kept.record), kept.replayed)

    def _stored_record(self, order: PostingRequest) -> Record | None:
        try:
            return self.store.read([order.entry_key])[order.entry_key]
        except Contended as busy:
            raise errors.BUSY(headers={"Retry-After": "1"}) from busy

    def transaction(self, scope: str, transaction_id: str) -> FundsTransaction | None:
        """A transaction's lines in a tenant's books, and how much of it is undone. Strongly consistent, one query."""
        partition = keys.funds_transaction_partition(scope, transaction_id)
        records = list(self.store.query_all("ledger", partition, beginning="FUNDS", consistent=True))
        return funds_transaction_from(records)

    def hold(self, scope: str, transaction_id: str) -> FundsHold | None:
        """The hold that a transaction made."""
        key = keys.funds_hold_key(scope, hold_id(transaction_id))
        record = self.store.read([key])[key]
        return read_funds_hold(record) if record else None

    def load_original(self, transaction: FundsTransaction) -> FundsOriginal:
        """A transaction of this tenant's with all its lines, those in other tenants' books as well."""
        first = transaction.entries[0]
        entries = list(transaction.entries)
        if len(entries) < first.count:
            entries += self._elsewhere(first, {entry.number for entry in entries})
        return original_of(sorted(entries, key=lambda entry: entry.number), transaction.reversed)

    def _elsewhere(self, first: FundsEntry, there: set[int]) -> Iterable[FundsEntry]:
        """Lines in the books of the other side of a transfer."""
        other = first.line.counterparty
        if other is None:
            raise InvariantBroken("lines of a transaction are missing")
        wanted = [keys.funds_line_key(other.scope, first.id, n) for n in range(first.count) if n not in there]
        found = self.store.read(wanted)
        if not all(found.values()):
            raise InvariantBroken("lines of a transaction are missing")
        return [read_line(record) for record in found.values() if record]


def funds_transaction_from(records: Iterable[Record]) -> FundsTransaction | None:
    """The items of a transaction's partition as a transaction; None where it is a refusal, or nothing."""
    lines, undone = [], 0
    for record in records:
        if record["sk"] == "FUNDS#REVERSED":
            undone = record["sum"]
        elif record.get("kind") != "refused":
            lines.append(read_line(record))
    return FundsTransaction(tuple(sorted(lines, key=lambda entry: entry.number)), undone) if lines else None


@dataclass(slots=True)
class _FundsPostingAttempt:
    """One order on tenant wallets: what is known of them so far."""

    ledger: TenantLedger
    request: PostingRequest
    state: FundsState
    decision: Callable[[FundsState], FundsDecision]
    extra_writes: tuple[Write, ...]
    state_keys: tuple[keys.Key, ...] = ()
    """What the last try needed to stand as it was known."""

    def decide(self) -> Sequence[Write] | Refusal:
        decision = self.decision(self.state)
        if isinstance(decision, Refusal):
            return decision
        writes = [*self._writes(decision), *self.extra_writes]
        if len(writes) > MAX_WRITES:
            raise InvariantBroken(f"a transaction takes at most {MAX_WRITES} writes")
        return writes

    def _writes(self, posting: FundsPosting) -> list[Write]:
        order = self.request
        if posting.lines[0].wallet.scope != order.scope:
            raise InvariantBroken("the first line of a transaction stands in the books of its order")
        day = clock.local_day(posting.at, self.ledger.zone)
        items = posting_items(order.id, posting, order.source, order.fingerprint, day)
        writes: list[Write] = [Put(key, item, when=ABSENT) for key, item in items]
        writes += [funds_update(change) for change in posting.changes]
        if posting.hold:
            hold = posting.hold
            when = Condition(equal={"st": "open"}) if hold.state != "open" else ABSENT
            writes.append(Put(keys.funds_hold_key(hold.wallet.scope, hold.id), funds_hold_item(hold), when=when))
        if posting.reversal:
            undone = posting.reversal
            writes.append(reversal_put(keys.funds_reversed_key(undone.scope, undone.id), undone.before, undone.after))
        if posting.creditable:
            writes.append(_creditable_update(posting.creditable))
        return writes

    def on_cancelled(self, writes: Sequence[Write], cancelled: Cancelled) -> bool:
        self.state_keys = tuple(
            write.key for write in writes if _is_state(write.key) and write not in self.extra_writes
        )
        for write, reason in zip(writes, cancelled.reasons, strict=True):
            if not reason.failed:
                continue
            if write in self.extra_writes:
                raise FundsPreconditionFailed(write.key, reason.item)
            # A line that stands already: the order was carried out before, which its own place will say.
            if _is_state(write.key):
                self._update(write.key, reason.item or self._read([write.key])[write.key])
        return False

    def _update(self, key: keys.Key, record: Record | None) -> None:
        stem, _, id = key.pk.rpartition("#")
        if stem.endswith("#W"):
            self.state = replace(self.state, funds={**self.state.funds, id: read_funds_balance(record)})
        elif key.sk == gateway_keys.CREDITABLE:
            self.state = replace(self.state, creditable=(record or {}).get("left", 0))
        elif stem.endswith("#H"):
            self.state = replace(self.state, hold=read_funds_hold(record) if record else None)
        else:
            self.state = replace(self.state, reversed=(record or {}).get("sum", 0))

    def is_consistent(self) -> bool:
        """One item stood as it was handed over. Several may have been handed over in part, and are read together."""
        before = self.state
        if len(self.state_keys) > 1:
            for key, record in self._read(self.state_keys).items():
                self._update(key, record)
        return self.state == before

    def on_contention(self, writes: Sequence[Write], reasons: Sequence[Reason]) -> bool:
        """A tenant's wallet is one item: there is nothing else to try."""
        return False

    def refresh(self) -> None:
        """Nothing to look at: what is known can only speak against a posting, and did so at once."""

    def refusal_index(self) -> Mapping[str, Any]:
        order = self.request
        return {
            "ten": order.source.merchant,
            "g2p": keys.funds_refusals_partition(order.scope, order.source.merchant),
            "g2s": f"{clock.iso(self.ledger.now)}#{order.id}",
        }

    def _read(self, wanted: Iterable[keys.Key]) -> Mapping[keys.Key, Record | None]:
        return self.ledger.store.read(wanted)


def _creditable_update(change: CreditableChange) -> Update:
    key = gateway_keys.creditable_key(change.scope, change.reference)
    when = Condition(at_least={"left": -change.amount}) if change.amount < 0 else ALWAYS
    return Update(key, add={"left": change.amount}, when=when)


def _is_state(key: keys.Key) -> bool:
    """A wallet, a hold, or how much of a transaction is undone: what decisions go by."""
    return key.sk in ("FUNDS#REVERSED", gateway_keys.CREDITABLE) or (key.sk == "FUNDS" and "#K#" not in key.pk)
