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

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, Protocol

from .. import clock, errors, ids
from ..store import keys
from ..store.keys import Mode
from ..store.store import Cancelled, ConditionFailed, Contended, Reason, Record, Store
from ..store.writes import ABSENT, Condition, Put, Write
from . import accounts
from .accounts import Change, Funds, Line
from .contention import Lost, counted
from .entry import Entry, Source, entry_item, hold_item, read_entry, read_hold, read_wallet, reversal_put, wallet_item
from .escrow import Escrow, month_key
from .funds_entry import Writing, funds_update, line_item, read_funds
from .model import Decision, Hold, InvariantBroken, Original, Posting, Program, Refusal, Shard, Wallet
from .shards import month_update
from .spread import STRAIN, Spread, Strain
from .spread import shard_of as shard_of

DEADLINE_SECONDS: Final = 24.0
"""How long a posting keeps trying against others: inside the functions' timeout and the gateway's 30 seconds."""


@dataclass(frozen=True, slots=True)
class Order:
    """What identifies a request: its operation and key under the merchant, and the content that the key stands for.

    `key` is None where the caller gave neither a key nor a reference: such a request is accepted once per call.
    """

    operation: str
    mode: Mode
    scope: str
    source: Source
    key: str | None
    content: Mapping[str, Any]
    book: Literal["coins", "funds"] = "coins"
    """Customers' wallets, or tenants' own."""
    id: str = field(init=False)
    """The transaction's id. From the key where there is one, so that no index is needed to find the entry; else new."""
    fingerprint: bytes = field(init=False)

    def __post_init__(self) -> None:
        named = self.key is not None and ids.derived("txn", self.scope, self.source.merchant, self.operation, self.key)
        content = json.dumps([self.operation, self.content], sort_keys=True, default=str)
        object.__setattr__(self, "id", named or ids.new("txn"))
        object.__setattr__(self, "fingerprint", hashlib.sha256(content.encode()).digest()[:16])

    @property
    def place(self) -> keys.Key:
        """Where the entry stands, or the refusal."""
        return (keys.transaction if self.book == "coins" else keys.funds_transaction)(self.scope, self.id)


@dataclass(frozen=True, slots=True)
class State:
    """What a decision looks at. `shards` is None until the one shard that was tried is not enough (see `escrow`)."""

    wallet: Wallet
    now: int
    shard: int = 0
    shards: Mapping[int, Shard] | None = None
    hold: Hold | None = None
    original: Original | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    entry: Entry
    replayed: bool


class Refused(Exception):
    """The decision was a refusal; it is on record."""

    def __init__(self, refusal: Refusal, replayed: bool) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.replayed = replayed


class Overtaken(Exception):
    """What a guard of a posting stands for has changed: nothing was posted; look at it again."""

    def __init__(self, key: keys.Key) -> None:
        super().__init__(key.sk)
        self.key = key


class Movement(Protocol):
    """What a class of accounts brings to the posting path for one request. It keeps what is known of the state."""

    def decide(self) -> Sequence[Write] | Refusal:
        """The writes of the decision by what is known now; the first puts the entry at the order's place if absent."""

    def learn(self, writes: Sequence[Write], cancelled: Cancelled) -> bool:
        """Takes in what failed conditions hand over, reading where they hand over nothing. True: try again at once."""

    def hindered(self, writes: Sequence[Write], reasons: Sequence[Reason]) -> bool:
        """Takes in why a try did not get through; without reasons, no reply came or capacity was short.

        Returns whether it met somebody else at a shard of a merchant's month.
        """

    def look_again(self) -> None:
        """Takes in what may have changed in a pause. Where nothing has, the next decision makes the same writes."""

    def stood(self) -> bool:
        """Whether what a refusal goes by stood in one moment. If not, it is now known as it stands."""

    def refused(self) -> Mapping[str, Any]:
        """Where a refusal stands in the lists: what the record says of it beside the order."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands at an order's place."""

    record: Record
    replayed: bool


def carry_out(
    store: Store, order: Order, movement: Movement, deadline: float = DEADLINE_SECONDS, *, keep_refusal: bool = True
) -> Kept:
    """The one loop: decide and commit until it is posted, refused or known to have been before.

    Raises Refused, or a Problem. A refusal is kept under the key unless the caller asks again until it is granted.
    """
    with counted() as lost:
        return _carry_out(store, order, movement, deadline, keep_refusal, lost)


def _carry_out(store: Store, order: Order, movement: Movement, deadline: float, keep: bool, lost: Lost) -> Kept:
    caller = ids.new("req")
    started = time.monotonic()
    tries = torn = 0
    while True:
        try:
            writes = movement.decide()
        except InvariantBroken:
            # What is read together need not have stood in one moment: the wallet may be older than its hold.
            if (torn := torn + 1) > 3:
                raise
            movement.look_again()
            continue
        if isinstance(writes, Refusal):
            if not movement.stood() and time.monotonic() - started <= deadline:
                continue
            return _refuse(store, order, writes, movement, keep)
        began = time.monotonic()
        tries += 1
        try:
            store.commit(writes, caller=caller)
            first = writes[0]
            assert isinstance(first, Put)
            return Kept({"pk": first.key.pk, "sk": first.key.sk, **first.item}, replayed=False)
        except Cancelled as cancelled:
            stored = cancelled.reasons[0]
            if stored.failed:
                return answer_again(stored.item or _stored(store, order), order)
            lost["PostingsOvertaken"] += 1
            if movement.learn(writes, cancelled) or tries == 1:
                continue  # with what was handed over just now
        except Contended as busy:
            lost["PostingsContended"] += 1
            if movement.hindered(writes, busy.reasons):
                lost["ShardConflicts"] += 1
        now = time.monotonic()
        if now - started > deadline:
            # The reply to a commit may have been the one that was lost.
            return answer_again(_stored(store, order, errors.BUSY), order)
        # In proportion to how long the try took: where many are at one wallet, tries take long, and fewer are made.
        # Whoever has waited longest waits least, so that nobody starves.
        bound = min(2.0, max(0.01, now - began) * 2 ** min(tries, 6))
        store.sleep(random.uniform(0, bound) * (1 - (now - started) / deadline))
        movement.look_again()


def _refuse(store: Store, order: Order, refusal: Refusal, movement: Movement, keep: bool) -> Kept:
    """Puts the refusal on record under the key. Where the key is taken, the answer that stands there is given."""
    if not keep:
        found = store.read([order.place])[order.place]
        if found is not None:
            return answer_again(found, order)
        raise Refused(refusal, replayed=False)
    item = {
        "kind": "refused",
        "op": order.operation,
        "code": refusal.code,
        "fig": dict(refusal.figures),
        "fp": order.fingerprint,
        "ref": order.source.reference,
        "by": order.source.caller,
        "ip": order.source.address,
        **movement.refused(),
    }
    try:
        store.write(Put(order.place, item, when=ABSENT))
    except ConditionFailed as taken:
        return answer_again(taken.item or _stored(store, order), order)
    raise Refused(refusal, replayed=False)


def _stored(store: Store, order: Order, missing: errors.ErrorKind = errors.REQUEST_IN_PROGRESS) -> Record:
    record = store.read([order.place])[order.place]
    if record is None:
        raise missing(headers={"Retry-After": "1"})
    return record


def answer_again(record: Record, order: Order) -> Kept:
    """The answer that a key was given before: the same, unless the content is another."""
    if record["fp"] != order.fingerprint:
        raise errors.IDEMPOTENCY_KEY_REUSED()
    if record["kind"] == "refused":
        raise Refused(Refusal(record["code"], record["fig"]), replayed=True)
    return Kept(record, replayed=True)


@dataclass(slots=True)
class Desk:
    """The posting path of customers' wallets. `companions` go with a wallet's first entry, such as its customer."""

    store: Store
    program: Program
    shard_count: int = 1
    deadline: float = DEADLINE_SECONDS
    companions: Sequence[Put] = field(default_factory=tuple)
    guards: Callable[[Posting], Sequence[Write]] = lambda posting: ()
    """Writes that go with every posting. Where the condition of one fails, nothing is posted: raises Overtaken."""
    keep_refusal: bool = True
    spread: Spread | None = None
    """What the number of shards comes from, where postings may change it; `shard_count` is a part of it."""
    strain: Strain = field(default_factory=lambda: STRAIN)

    def post(self, order: Order, state: State, decide: Callable[[State], Decision]) -> Posted:
        """Posts what `decide` says of the state, or of the state as it has become. Raises Refused, or a Problem."""
        # The sandbox uses the merchant's shards as they are: no test key changes what is live.
        spread = self.spread if order.mode == "live" else None
        began = time.monotonic()
        now = lambda: state.now + int(1000 * (time.monotonic() - began))  # noqa: E731
        escrow = Escrow(self.store, order, self.shard_count, spread, self.strain, now)
        companions = list(self.companions) if state.wallet.seq == 0 else []
        movement = _CoinMovement(self, order, state, decide, escrow, companions)
        kept = carry_out(self.store, order, movement, self.deadline, keep_refusal=self.keep_refusal)
        if not kept.replayed:
            escrow.done()
        return Posted(read_entry(kept.record), kept.replayed)


@dataclass(slots=True)
class _CoinMovement:
    """One request at a desk: what is known of the customer's wallet and of what goes with it."""

    desk: Desk
    order: Order
    state: State
    decision: Callable[[State], Decision]
    escrow: Escrow
    companions: list[Put]
    funds: list[Funds | None] = field(default_factory=list)
    """The merchant's own wallet, of a prefunded program, once it has been looked at."""
    guards: Sequence[Write] = ()

    def decide(self) -> Sequence[Write] | Refusal:
        decision = self.escrow.decide(self.decision, self.state)
        if isinstance(decision, Refusal):
            return decision
        order = self.order
        line = accounts.funding(self.desk.program, order.source.merchant, order.mode, decision)
        short = accounts.short_of_float(line, self.funds[-1]) if line and self.funds else None
        self.guards = self.desk.guards(decision)
        funding = self._funding(line, decision)
        return short or [*self._writes(order, decision), *funding, *self.guards, *self.companions]

    def look_again(self) -> None:
        state, scope = self.state, self.order.scope
        wallet, hold = keys.wallet(scope, state.wallet.id), state.hold and keys.hold(scope, state.hold.id)
        undone = state.original and keys.reversed_sum(scope, state.original.id)
        found = self.desk.store.read([key for key in (wallet, hold, undone) if key])
        if record := found[wallet]:
            state = replace(state, wallet=read_wallet(record))
        if hold and (record := found[hold]):
            state = replace(state, hold=read_hold(record))
        if undone and state.original:
            state = replace(state, original=replace(state.original, reversed=(found[undone] or {}).get("sum", 0)))
        self.state = state
        self.escrow.look_again()

    def stood(self) -> bool:
        before = self.state
        if before.hold or before.original:
            # Beside the wallet: read one after the other, or handed over where only one of them was.
            self.look_again()
        return self.state == before

    def hindered(self, writes: Sequence[Write], reasons: Sequence[Reason]) -> bool:
        return self.escrow.hindered(writes, reasons)

    def refused(self) -> Mapping[str, Any]:
        order, state = self.order, self.state
        return {
            "wal": state.wallet.id,
            "g2p": keys.refusals_partition(order.scope, order.source.merchant),
            "g2s": f"{clock.iso(max(state.wallet.last_at, state.now))}#{order.id}",
        }

    def _funding(self, line: Line | None, posting: Posting) -> list[Write]:
        """What a prefunded program's coins take from the merchant's wallet, or give back, and the line that says so."""
        if line is None:
            return []
        order, wallet = self.order, line.wallet
        day = clock.day_of(posting.at, self.desk.program.time_zone)
        item = line_item(line, 1, Writing(order.id, posting.at, order.source, day))
        change = Change(wallet, line.change, 0, needs_active=line.change < 0)
        return [Put(keys.funds_transaction(wallet.scope, order.id, 1), item, when=ABSENT), funds_update(change)]

    def _writes(self, order: Order, posting: Posting) -> list[Write]:
        id, scope = order.id, order.scope
        zone = self.desk.program.time_zone
        item = entry_item(
            scope,
            id,
            posting,
            order.source,
            order.fingerprint,
            clock.day_of(posting.at, zone),
            posting.months[0].month if posting.months else clock.month_of(posting.at, zone),
        )
        after = replace(posting.after, last_hash=item["hash"])
        before = posting.before
        # The status too: whoever freezes a wallet makes no entry, and must not be overwritten.
        as_read = Condition(equal={"seq": before.seq, "st": before.status}) if before.seq else ABSENT
        writes: list[Write] = [
            Put(keys.transaction(scope, id), item, when=ABSENT),
            Put(keys.wallet(scope, after.id), wallet_item(scope, after), when=as_read),
        ]
        writes += [month_update(month_key(order, posting, change), change) for change in posting.months]
        if posting.hold:
            ended = posting.hold.state != "open"
            when = Condition(equal={"st": "open"}) if ended else ABSENT
            writes.append(Put(keys.hold(scope, posting.hold.id), hold_item(posting.hold, scope), when=when))
        if posting.original:
            key = keys.reversed_sum(scope, posting.original.id)
            writes.append(reversal_put(key, posting.original.reversed_before, posting.original.reversed))
        return writes

    def learn(self, writes: Sequence[Write], cancelled: Cancelled) -> bool:
        news = False
        for write, reason in zip(writes, cancelled.reasons, strict=True):
            if not reason.failed:
                continue
            if write in self.guards:
                raise Overtaken(write.key)
            state, kind = self.state, write.key.sk.partition("#")[0]
            if kind == "BAL":
                record = self._standing(write, reason)
                if record is None:
                    raise InvariantBroken("a wallet is gone from the ledger")
                self.state = replace(state, wallet=read_wallet(record))
            elif kind == "FUNDS":
                self.funds.append(read_funds(self._standing(write, reason)))
            elif kind == "MIR":
                news |= self.escrow.learn(write.key, reason.item)
            elif kind == "HOLD":
                record = self._standing(write, reason)
                self.state = replace(state, hold=read_hold(record) if record else None)
            elif kind == "REVERSED" and state.original:
                undone = (self._standing(write, reason) or {}).get("sum", 0)
                self.state = replace(state, original=replace(state.original, reversed=undone))
            else:
                # A companion is there already (the customer of another program, say): go on without it.
                self.companions = [put for put in self.companions if put.key != write.key]
        return news

    def _standing(self, write: Write, reason: Reason) -> Record | None:
        return reason.item or self.desk.store.read([write.key])[write.key]
