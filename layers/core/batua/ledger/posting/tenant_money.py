"""The posting path of tenants' own wallets.

    ledger = TenantLedger(call.store, tenant.time_zone, call.now)
    request = funds_request("wallets.debit", mode, tenant, source, key, content)
    wallet = tenant_money.tenant_wallet(mode, tenant)
    posted = ledger.post(request, lambda state: tenant_money.decide_debit(state, wallet, 250_00, call.now))

`posted.entry` is the first line, with the transaction's id. Raises what `pipeline.execute` raises.

A record that must change with the money goes along in the same transaction, under its own condition:

    approved = Update(record.key, set={"st": "approved"}, when=Condition(equal={"st": "open"}))
    ledger.post(request, decide, extra_writes=[approved])

What cannot be known before (the lines of a transaction to refund, an open hold) is read with `transaction` and `hold`.

A tenant's wallet is changed by conditions (at least so much is there), not by its number as a customer's wallet is: any
number of postings can pass it at once, and nothing in it depends on their order. So its journal has no hash chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ... import clock
from ...store import keys
from ...store.keys import Mode
from ...store.store import Reason, Record, Store
from ...store.writes import ABSENT, ALWAYS, Condition, Put, Update
from ..decisions.tenant_money import (
    INR,
    CreditableChange,
    FundsDecision,
    FundsHold,
    FundsOriginal,
    FundsPosting,
    FundsState,
    hold_id,
)
from ..model import InvariantBroken, Origin
from ..records.shared import reversal_put
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
from .pipeline import DEADLINE_SECONDS, execute
from .request import ExtraWrites, PlannedWrite, PostingRequest, planned_extras

MAX_WRITES: Final = 100
"""What DynamoDB takes in one transaction: lines, wallets, a hold and extra writes."""

_STATE_KINDS: Final = ("tenant_wallet", "hold", "reversed", "creditable")
"""What decisions are made from."""


@dataclass(frozen=True, slots=True)
class FundsPostingResult:
    """A posted transaction: its first line. The others are read with `transaction`."""

    entry: FundsEntry
    replayed: bool

    @property
    def id(self) -> str:
        return self.entry.id


@dataclass(frozen=True, slots=True)
class FundsTransaction:
    """All of a transaction in one tenant's books. Another tenant's shows here with its lines."""

    entries: tuple[FundsEntry, ...]
    reversed: int = 0

    @property
    def own(self) -> bool:
        """Whether it was posted by this tenant: only then can it be refunded from here."""
        return self.entries[0].number == 0 and bool(self.entries[0].fingerprint)


def funds_request(
    operation: str,
    mode: Mode,
    tenant: str,
    source: Origin,
    key: str | None,
    content: Mapping[str, Any],
    *,
    by_reference: bool = False,
    asks_for: str | None = None,
    asset: str = INR,
) -> PostingRequest:
    """The request for a movement on a tenant's wallets. `source.merchant` is that tenant, even if another calls."""
    if source.merchant != tenant:
        raise InvariantBroken("an order stands in the books of the tenant that it names")
    scope = keys.scope(mode, tenant)
    return PostingRequest(
        operation,
        mode,
        scope,
        source,
        key,
        content,
        book="funds",
        by_reference=by_reference,
        asks_for=asks_for,
        asset=asset,
    )


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
        extra_writes: ExtraWrites[FundsPosting] = (),
        keep_refusal: bool = True,
    ) -> FundsPostingResult:
        """Posts what `decide` makes of the state. `state` is what has been read already; it need not be.

        With `keep_refusal=False` a refusal is not kept under the key: for steps of a workflow that try again later.
        """
        attempt = _FundsPostingAttempt(self, request, state or FundsState(), decide, extra_writes)
        outcome = execute(self.store, request, attempt, self.deadline, keep_refusal=keep_refusal)
        return FundsPostingResult(read_line(outcome.record), outcome.replayed)

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
    lines, reversed_amount = [], 0
    for record in records:
        if record["sk"] == "FUNDS#REVERSED":
            reversed_amount = record["sum"]
        elif record.get("kind") != "refused":
            lines.append(read_line(record))
    return FundsTransaction(tuple(sorted(lines, key=lambda entry: entry.number)), reversed_amount) if lines else None


@dataclass(slots=True)
class _FundsPostingAttempt:
    """One request: the state of the tenant wallets that it concerns, as far as it is known."""

    ledger: TenantLedger
    request: PostingRequest
    state: FundsState
    decision: Callable[[FundsState], FundsDecision]
    extra_writes: ExtraWrites[FundsPosting]
    state_kinds: Mapping[keys.Key, str] = field(default_factory=dict)
    """What the last try was decided from, by the kinds of its writes."""

    def decide(self) -> FundsDecision:
        return self.decision(self.state)

    def writes(self, decision: FundsPosting) -> list[PlannedWrite]:
        writes = [*self._lines(decision), *self._balances(decision), *planned_extras(self.extra_writes, decision)]
        if len(writes) > MAX_WRITES:
            raise InvariantBroken(f"a transaction takes at most {MAX_WRITES} writes")
        self.state_kinds = {each.write.key: each.kind for each in writes if each.kind in _STATE_KINDS}
        return writes

    def _lines(self, posting: FundsPosting) -> list[PlannedWrite]:
        request = self.request
        if posting.lines[0].wallet.scope != request.scope:
            raise InvariantBroken("the first line of a transaction is in the books of its request")
        day = clock.local_day(posting.at, self.ledger.zone)
        items = posting_items(request.id, posting, request.source, request.fingerprint, day)
        return [
            PlannedWrite("line" if number else "entry", Put(key, item, when=ABSENT))
            for number, (key, item) in enumerate(items)
        ]

    def _balances(self, posting: FundsPosting) -> list[PlannedWrite]:
        writes = [PlannedWrite("tenant_wallet", funds_update(change)) for change in posting.changes]
        if posting.hold:
            hold = posting.hold
            when = Condition(equal={"st": "open"}) if hold.state != "open" else ABSENT
            put = Put(keys.funds_hold_key(hold.wallet.scope, hold.id), funds_hold_item(hold), when=when)
            writes.append(PlannedWrite("hold", put))
        if posting.reversal:
            sum = posting.reversal
            put = reversal_put(keys.funds_reversed_key(sum.scope, sum.id), sum.before, sum.after)
            writes.append(PlannedWrite("reversed", put))
        if posting.creditable:
            writes.append(PlannedWrite("creditable", _creditable_update(posting.creditable)))
        return writes

    def on_cancelled(self, planned: PlannedWrite, item: Record | None) -> bool:
        self._update(planned.write.key, planned.kind, item or self._read([planned.write.key])[planned.write.key])
        return False

    def _update(self, key: keys.Key, kind: str, record: Record | None) -> None:
        state = self.state
        if kind == "tenant_wallet":
            wallet = key.pk.rpartition("#")[2]
            self.state = replace(state, funds={**state.funds, wallet: read_funds_balance(record)})
        elif kind == "hold":
            self.state = replace(state, hold=read_funds_hold(record) if record else None)
        elif kind == "creditable":
            self.state = replace(state, creditable=(record or {}).get("left", 0))
        elif kind == "reversed":
            self.state = replace(state, reversed=(record or {}).get("sum", 0))
        else:
            raise InvariantBroken(f"the condition of a write of kind {kind} did not hold")

    def is_consistent(self) -> bool:
        """One item was true at the moment that it was returned. Several may be of different moments: read together."""
        before = self.state
        if len(self.state_kinds) > 1:
            for key, record in self._read(self.state_kinds).items():
                self._update(key, self.state_kinds[key], record)
        return self.state == before

    def on_contention(self, writes: Sequence[PlannedWrite], reasons: Sequence[Reason]) -> bool:
        """A tenant's wallet is one item: there is nothing else to try."""
        return False

    def refresh(self) -> None:
        """Nothing to read: what is known can only speak against a posting, and did so at once."""

    def refusal_index(self, id: str) -> Mapping[str, Any]:
        request = self.request
        return {
            "ten": request.source.merchant,
            "g2p": keys.funds_refusals_partition(request.scope, request.source.merchant),
            "g2s": f"{clock.iso(self.ledger.now)}#{id}",
        }

    def _read(self, wanted: Iterable[keys.Key]) -> Mapping[keys.Key, Record | None]:
        return self.ledger.store.read(wanted)


def _creditable_update(change: CreditableChange) -> Update:
    from ...store import gateway_keys  # charges alone need it

    key = gateway_keys.creditable_key(change.scope, change.reference)
    when = Condition(at_least={"left": -change.amount}) if change.amount < 0 else ALWAYS
    return Update(key, add={"left": change.amount}, when=when)
