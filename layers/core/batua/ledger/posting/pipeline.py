"""The one path by which value moves: decide, then write everything in one transaction, or nothing.

What can go wrong, and what is done about it:

- The request was made before. The transaction's first write puts the entry under the digest of its idempotency key, so
  it is cancelled and the stored entry comes back in the reasons: no read, same answer.
- Someone else moved the wallet, or took the room of the merchant's month. The condition fails and hands over what
  stands there now; decide again with that.
- Conflict, throttling, a lost reply. Send the same writes again with the same token until the deadline.
- The decision is a refusal. It must be right of one moment, as a posting is by its conditions (`Movement.stood`). It is
  stored under the key as well; where the key is taken, what is stored there wins: a redemption that emptied the wallet
  is then answered as the success that it was.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from ... import clock, errors, ids
from ...store import keys
from ...store.store import Cancelled, ConditionFailed, Contended, Reason, Record, Store
from ...store.writes import ABSENT, Condition, Put, Write
from ..decisions import prefunding
from ..decisions.tenant_money import FundsBalance, FundsLine, WalletChange
from ..model import CoinDecision, InvariantBroken, Posting, Program, Refusal
from ..records.customer_coins import (
    entry_item,
    hold_item,
    read_entry,
    read_hold,
    read_wallet,
    reversal_put,
    wallet_item,
)
from ..records.tenant_money import TransactionContext, funds_update, line_item, read_funds_balance
from .allowance import AllowanceShards, shard_key_of
from .contention import ContentionMetrics, contention_metrics
from .request import CoinPostingResult as CoinPostingResult
from .request import PostingRefused as PostingRefused
from .request import PostingRequest as PostingRequest
from .request import PostingState as PostingState
from .request import PreconditionFailed as PreconditionFailed
from .shard_scaling import CONTENTION, ContentionTracker, ShardScaling
from .shard_scaling import shard_of as shard_of
from .shards import month_update

DEADLINE_SECONDS: Final = 24.0
"""How long a posting keeps trying against others: inside the functions' timeout and the gateway's 30 seconds."""


class PostingAttempt(Protocol):
    """What a class of accounts brings to the posting path for one request. It keeps what is known of the state."""

    def decide(self) -> Sequence[Write] | Refusal:
        """The writes of the decision by what is known now; the first puts the entry at the order's place if absent."""

    def on_cancelled(self, writes: Sequence[Write], cancelled: Cancelled) -> bool:
        """Takes in what failed conditions hand over, reading where they hand over nothing. True: try again at once."""

    def on_contention(self, writes: Sequence[Write], reasons: Sequence[Reason]) -> bool:
        """Takes in why a try did not get through; without reasons, no reply came or capacity was short.

        Returns whether it met somebody else at a shard of a merchant's month.
        """

    def refresh(self) -> None:
        """Takes in what may have changed in a pause. Where nothing has, the next decision makes the same writes."""

    def is_consistent(self) -> bool:
        """Whether what a refusal goes by stood in one moment. If not, it is now known as it stands."""

    def refusal_index(self) -> Mapping[str, Any]:
        """Where a refusal stands in the lists: what the record says of it beside the order."""


@dataclass(frozen=True, slots=True)
class StoredOutcome:
    """What stands at an order's place."""

    record: Record
    replayed: bool


def execute(
    store: Store,
    request: PostingRequest,
    attempt: PostingAttempt,
    deadline: float = DEADLINE_SECONDS,
    *,
    keep_refusal: bool = True,
) -> StoredOutcome:
    """The one loop: decide and commit until it is posted, refused or known to have been before.

    Raises Refused, or a Problem. A refusal is kept under the key unless the caller asks again until it is granted.
    """
    with contention_metrics() as lost:
        return _execute(store, request, attempt, deadline, keep_refusal, lost)


def _execute(
    store: Store,
    request: PostingRequest,
    attempt: PostingAttempt,
    deadline: float,
    keep: bool,
    metrics: ContentionMetrics,
) -> StoredOutcome:
    caller = ids.new_id("req")
    started = time.monotonic()
    tries = partial_reads = 0
    while True:
        try:
            writes = attempt.decide()
        except InvariantBroken:
            # What is read together need not have stood in one moment: the wallet may be older than its hold.
            if (partial_reads := partial_reads + 1) > 3:
                raise
            attempt.refresh()
            continue
        if isinstance(writes, Refusal):
            if not attempt.is_consistent() and time.monotonic() - started <= deadline:
                continue
            return _refuse(store, request, writes, attempt, keep)
        began = time.monotonic()
        tries += 1
        try:
            store.commit(writes, caller=caller)
            first = writes[0]
            assert isinstance(first, Put)
            return StoredOutcome({"pk": first.key.pk, "sk": first.key.sk, **first.item}, replayed=False)
        except Cancelled as cancelled:
            stored = cancelled.reasons[0]
            if stored.failed:
                return replay_outcome(stored.item or _stored(store, request), request)
            metrics["PostingsOvertaken"] += 1
            if attempt.on_cancelled(writes, cancelled) or tries == 1:
                continue  # with what was handed over just now
        except Contended as busy:
            metrics["PostingsContended"] += 1
            if attempt.on_contention(writes, busy.reasons):
                metrics["ShardConflicts"] += 1
        now = time.monotonic()
        if now - started > deadline:
            # The reply to a commit may have been the one that was lost.
            return replay_outcome(_stored(store, request, errors.BUSY), request)
        # In proportion to how long the try took: where many are at one wallet, tries take long, and fewer are made.
        # Whoever has waited longest waits least, so that nobody starves.
        bound = min(2.0, max(0.01, now - began) * 2 ** min(tries, 6))
        store.sleep(random.uniform(0, bound) * (1 - (now - started) / deadline))
        attempt.refresh()


def _refuse(
    store: Store, request: PostingRequest, refusal: Refusal, attempt: PostingAttempt, keep: bool
) -> StoredOutcome:
    """Puts the refusal on record under the key. Where the key is taken, the answer that stands there is given."""
    if not keep:
        found = store.read([request.entry_key])[request.entry_key]
        if found is not None:
            return replay_outcome(found, request)
        raise PostingRefused(refusal, replayed=False)
    item = {
        "kind": "refused",
        "op": request.operation,
        "code": refusal.code,
        "fig": dict(refusal.figures),
        "fp": request.fingerprint,
        "ref": request.source.reference,
        "by": request.source.caller,
        "ip": request.source.address,
        **attempt.refusal_index(),
    }
    try:
        store.write(Put(request.entry_key, item, when=ABSENT))
    except ConditionFailed as taken:
        return replay_outcome(taken.item or _stored(store, request), request)
    raise PostingRefused(refusal, replayed=False)


def _stored(store: Store, request: PostingRequest, missing: errors.ErrorKind = errors.REQUEST_IN_PROGRESS) -> Record:
    record = store.read([request.entry_key])[request.entry_key]
    if record is None:
        raise missing(headers={"Retry-After": "1"})
    return record


def replay_outcome(record: Record, request: PostingRequest) -> StoredOutcome:
    """The answer that a key was given before: the same, unless the content is another."""
    if record["fp"] != request.fingerprint:
        raise errors.IDEMPOTENCY_KEY_REUSED()
    if record["kind"] == "refused":
        raise PostingRefused(Refusal(record["code"], record["fig"]), replayed=True)
    return StoredOutcome(record, replayed=True)


@dataclass(slots=True)
class PostingService:
    """The posting path of customers' wallets. `companions` go with a wallet's first entry, such as its customer."""

    store: Store
    program: Program
    shard_count: int = 1
    deadline: float = DEADLINE_SECONDS
    first_entry_writes: Sequence[Put] = field(default_factory=tuple)
    preconditions: Callable[[Posting], Sequence[Write]] = lambda posting: ()
    """Writes that go with every posting. Where the condition of one fails, nothing is posted: raises Overtaken."""
    keep_refusal: bool = True
    scaling: ShardScaling | None = None
    """What the number of shards comes from, where postings may change it; `shard_count` is a part of it."""
    tracker: ContentionTracker = field(default_factory=lambda: CONTENTION)

    def post(
        self, request: PostingRequest, state: PostingState, decide: Callable[[PostingState], CoinDecision]
    ) -> CoinPostingResult:
        """Posts what `decide` says of the state, or of the state as it has become. Raises Refused, or a Problem."""
        # The sandbox uses the merchant's shards as they are: no test key changes what is live.
        scaling = self.scaling if request.mode == "live" else None
        began = time.monotonic()
        now = lambda: state.now + int(1000 * (time.monotonic() - began))  # noqa: E731
        escrow = AllowanceShards(self.store, request, self.shard_count, scaling, self.tracker, now)
        companions = list(self.first_entry_writes) if state.wallet.seq == 0 else []
        movement = _CoinPostingAttempt(self, request, state, decide, escrow, companions)
        kept = execute(self.store, request, movement, self.deadline, keep_refusal=self.keep_refusal)
        if not kept.replayed:
            escrow.on_success()
        return CoinPostingResult(read_entry(kept.record), kept.replayed)


@dataclass(slots=True)
class _CoinPostingAttempt:
    """One request at a desk: what is known of the customer's wallet and of what goes with it."""

    service: PostingService
    request: PostingRequest
    state: PostingState
    decision: Callable[[PostingState], CoinDecision]
    escrow: AllowanceShards
    first_entry_writes: list[Put]
    funds: list[FundsBalance | None] = field(default_factory=list)
    """The merchant's own wallet, of a prefunded program, once it has been looked at."""
    preconditions: Sequence[Write] = ()

    def decide(self) -> Sequence[Write] | Refusal:
        decision = self.escrow.decide(self.decision, self.state)
        if isinstance(decision, Refusal):
            return decision
        order = self.request
        line = prefunding.float_line(self.service.program, order.source.merchant, order.mode, decision)
        short = prefunding.float_shortage(line, self.funds[-1]) if line and self.funds else None
        self.preconditions = self.service.preconditions(decision)
        funding = self._funding(line, decision)
        return short or [*self._writes(order, decision), *funding, *self.preconditions, *self.first_entry_writes]

    def refresh(self) -> None:
        state, scope = self.state, self.request.scope
        wallet, hold = keys.wallet_key(scope, state.wallet.id), state.hold and keys.hold_key(scope, state.hold.id)
        undone = state.original and keys.reversed_sum_key(scope, state.original.id)
        found = self.service.store.read([key for key in (wallet, hold, undone) if key])
        if record := found[wallet]:
            state = replace(state, wallet=read_wallet(record))
        if hold and (record := found[hold]):
            state = replace(state, hold=read_hold(record))
        if undone and state.original:
            state = replace(state, original=replace(state.original, reversed=(found[undone] or {}).get("sum", 0)))
        self.state = state
        self.escrow.refresh()

    def is_consistent(self) -> bool:
        before = self.state
        if before.hold or before.original:
            # Beside the wallet: read one after the other, or handed over where only one of them was.
            self.refresh()
        return self.state == before

    def on_contention(self, writes: Sequence[Write], reasons: Sequence[Reason]) -> bool:
        return self.escrow.on_contention(writes, reasons)

    def refusal_index(self) -> Mapping[str, Any]:
        order, state = self.request, self.state
        return {
            "wal": state.wallet.id,
            "g2p": keys.refusals_partition(order.scope, order.source.merchant),
            "g2s": f"{clock.iso(max(state.wallet.last_at, state.now))}#{order.id}",
        }

    def _funding(self, line: FundsLine | None, posting: Posting) -> list[Write]:
        """What a prefunded program's coins take from the merchant's wallet, or give back, and the line that says so."""
        if line is None:
            return []
        order, wallet = self.request, line.wallet
        day = clock.local_day(posting.at, self.service.program.time_zone)
        item = line_item(line, 1, TransactionContext(order.id, posting.at, order.source, day))
        change = WalletChange(wallet, line.change, 0, needs_active=line.change < 0)
        return [Put(keys.funds_line_key(wallet.scope, order.id, 1), item, when=ABSENT), funds_update(change)]

    def _writes(self, order: PostingRequest, posting: Posting) -> list[Write]:
        id, scope = order.id, order.scope
        zone = self.service.program.time_zone
        item = entry_item(
            scope,
            id,
            posting,
            order.source,
            order.fingerprint,
            clock.local_day(posting.at, zone),
            posting.months[0].month if posting.months else clock.local_month(posting.at, zone),
        )
        after = replace(posting.after, last_hash=item["hash"])
        before = posting.before
        # The status too: whoever freezes a wallet makes no entry, and must not be overwritten.
        as_read = Condition(equal={"seq": before.seq, "st": before.status}) if before.seq else ABSENT
        writes: list[Write] = [
            Put(keys.transaction_key(scope, id), item, when=ABSENT),
            Put(keys.wallet_key(scope, after.id), wallet_item(scope, after), when=as_read),
        ]
        writes += [month_update(shard_key_of(order, posting, change), change) for change in posting.months]
        if posting.hold:
            ended = posting.hold.state != "open"
            when = Condition(equal={"st": "open"}) if ended else ABSENT
            writes.append(Put(keys.hold_key(scope, posting.hold.id), hold_item(posting.hold, scope), when=when))
        if posting.original:
            key = keys.reversed_sum_key(scope, posting.original.id)
            writes.append(reversal_put(key, posting.original.reversed_before, posting.original.reversed))
        return writes

    def on_cancelled(self, writes: Sequence[Write], cancelled: Cancelled) -> bool:
        news = False
        for write, reason in zip(writes, cancelled.reasons, strict=True):
            if not reason.failed:
                continue
            if write in self.preconditions:
                raise PreconditionFailed(write.key)
            state, kind = self.state, write.key.sk.partition("#")[0]
            if kind == "BAL":
                record = self._current_record(write, reason)
                if record is None:
                    raise InvariantBroken("a wallet is gone from the ledger")
                self.state = replace(state, wallet=read_wallet(record))
            elif kind == "FUNDS":
                self.funds.append(read_funds_balance(self._current_record(write, reason)))
            elif kind == "MIR":
                news |= self.escrow.on_cancelled(write.key, reason.item)
            elif kind == "HOLD":
                record = self._current_record(write, reason)
                self.state = replace(state, hold=read_hold(record) if record else None)
            elif kind == "REVERSED" and state.original:
                undone = (self._current_record(write, reason) or {}).get("sum", 0)
                self.state = replace(state, original=replace(state.original, reversed=undone))
            else:
                # A companion is there already (the customer of another program, say): go on without it.
                self.first_entry_writes = [put for put in self.first_entry_writes if put.key != write.key]
        return news

    def _current_record(self, write: Write, reason: Reason) -> Record | None:
        return reason.item or self.service.store.read([write.key])[write.key]
