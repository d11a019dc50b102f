"""The one path by which value moves: decide, then write everything in one transaction, or nothing.

What can go wrong, and what is done about it:

- The request was made before. The transaction's first write puts the entry under the digest of its idempotency key, so
  it is cancelled and the stored entry comes back in the reasons: no read, same answer.
- Someone else moved the wallet, or took the room of the merchant's month. The condition fails and hands over what
  stands there now; decide again with that.
- Conflict, throttling, a lost reply. Send the same writes again with the same token until the deadline.
- The decision is a refusal. It is stored under the key as well; where the key is taken, what is stored there wins:
  a redemption that emptied the wallet is then answered as the success that it was.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from .. import clock, errors, ids
from ..store import keys
from ..store.keys import Mode
from ..store.store import Cancelled, ConditionFailed, Contended, Record, Store
from ..store.writes import ABSENT, Condition, Put, Update, Write
from .entry import (
    Entry,
    Source,
    entry_item,
    hold_item,
    read_entry,
    read_hold,
    read_shard,
    read_wallet,
    wallet_item,
)
from .model import Decision, Hold, InvariantBroken, MonthChange, Original, Posting, Program, Refusal, Shard, Wallet

DEADLINE_SECONDS: Final = 8.0
"""How long a posting keeps trying against others: well inside a function's timeout of 15 seconds."""


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
    id: str = field(init=False)
    """The transaction's id. From the key where there is one, so the entry is found without an index; else new per order."""
    fingerprint: bytes = field(init=False)

    def __post_init__(self) -> None:
        named = self.key is not None and ids.derived("txn", self.scope, self.source.merchant, self.operation, self.key)
        content = json.dumps([self.operation, self.content], sort_keys=True, default=str)
        object.__setattr__(self, "id", named or ids.new("txn"))
        object.__setattr__(self, "fingerprint", hashlib.sha256(content.encode()).digest()[:16])


@dataclass(frozen=True, slots=True)
class State:
    """What a decision looks at. `shards` is None until the one shard that was tried is not enough to decide by."""

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


@dataclass(slots=True)
class Desk:
    """The posting path over a store. `companions` are writes that go with a wallet's first entry, such as its customer."""

    store: Store
    program: Program
    shard_count: int = 1
    deadline: float = DEADLINE_SECONDS
    companions: Sequence[Put] = field(default_factory=tuple)

    def post(self, order: Order, state: State, decide: Callable[[State], Decision]) -> Posted:
        """Posts what `decide` says of the state, or of the state as it has become. Raises Refused, or a Problem."""
        try:
            return self._post(order, replace(state, shard=shard_of(order.id, self.shard_count)), decide)
        except Contended as busy:
            raise errors.BUSY(headers={"Retry-After": "1"}) from busy

    def _post(self, order: Order, state: State, decide: Callable[[State], Decision]) -> Posted:
        companions = list(self.companions) if state.wallet.seq == 0 else []
        started = time.monotonic()
        attempt = 0
        while True:
            decision = decide(state)
            if self.shard_count > 1 and state.shards is None and isinstance(decision, Posting):
                wanting = [change for change in decision.months if change.needs]
                if wanting:
                    # One shard of several says nothing of the others, which may be below zero.
                    state = replace(state, shards=self._shards(month_key(order, decision, wanting[0])))
                    decision = decide(state)
            if isinstance(decision, Refusal):
                return self._refuse(order, decision, state)
            writes = [*self._writes(order, decision), *companions]
            try:
                self.store.commit(writes)
                return Posted(self._entry(writes[0]), replayed=False)
            except Cancelled as cancelled:
                stored = cancelled.reasons[0]
                if stored.failed:
                    return answer_again(stored.item or self._stored(order), order)
                state, companions = self._renewed(state, writes, companions, cancelled)
                pause = 0.005
            except Contended:
                pause = 0.025
            attempt += 1
            if time.monotonic() - started > self.deadline:
                # The reply to a commit may have been the one that was lost.
                return answer_again(self._stored(order, errors.BUSY), order)
            time.sleep(random.uniform(0, min(0.4, pause * 2 ** min(attempt, 6))))

    def _writes(self, order: Order, posting: Posting) -> list[Write]:
        id, scope = order.id, order.scope
        zone = self.program.time_zone
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
            writes.append(reversal_update(scope, posting.original))
        return writes

    def _refuse(self, order: Order, refusal: Refusal, state: State) -> Posted:
        """Puts the refusal on record under the key. Where the key is taken, the answer that stands there is given."""
        at = clock.iso(max(state.wallet.last_at, state.now))
        item = {
            "kind": "refused",
            "op": order.operation,
            "code": refusal.code,
            "fig": dict(refusal.figures),
            "fp": order.fingerprint,
            "ref": order.source.reference,
            "by": order.source.caller,
            "ip": order.source.address,
            "wal": state.wallet.id,
            "g2p": keys.refusals_partition(order.scope, order.source.merchant),
            "g2s": f"{at}#{order.id}",
        }
        try:
            self.store.write(Put(keys.transaction(order.scope, order.id), item, when=ABSENT))
        except ConditionFailed as taken:
            return answer_again(taken.item or self._stored(order), order)
        raise Refused(refusal, replayed=False)

    def _renewed(
        self, state: State, writes: Sequence[Write], companions: list[Put], cancelled: Cancelled
    ) -> tuple[State, list[Put]]:
        """The state as it has become, from what the failed conditions hand over; read only where they hand over nothing."""
        for write, reason in zip(writes, cancelled.reasons, strict=True):
            if not reason.failed:
                continue
            kind = write.key.sk.partition("#")[0]
            if kind == "BAL":
                record = reason.item or self.store.read([write.key])[write.key]
                if record is None:
                    raise InvariantBroken("a wallet is gone from the ledger")
                state = replace(state, wallet=read_wallet(record))
            elif kind == "MIR":
                state = replace(state, shards=self._shards(write.key))
            elif kind == "HOLD":
                record = reason.item or self.store.read([write.key])[write.key]
                state = replace(state, hold=read_hold(record) if record else None)
            elif kind == "REVERSED" and state.original:
                record = reason.item or self.store.read([write.key])[write.key]
                state = replace(state, original=replace(state.original, reversed=(record or {}).get("sum", 0)))
            else:
                # A companion is there already (the customer of another program, say): go on without it.
                companions = [put for put in companions if put.key != write.key]
        return state, companions

    def _shards(self, key: keys.Key) -> dict[int, Shard]:
        """All shards of the month that one shard's key is of."""
        stem = key.pk.rpartition("#")[0]
        wanted = {number: keys.Key("ledger", f"{stem}#{number}", key.sk) for number in range(self.shard_count)}
        found = self.store.read(wanted.values())
        return {number: read_shard(found[shard]) for number, shard in wanted.items()}

    def _stored(self, order: Order, missing: errors.ErrorKind = errors.REQUEST_IN_PROGRESS) -> Record:
        key = keys.transaction(order.scope, order.id)
        record = self.store.read([key])[key]
        if record is None:
            raise missing(headers={"Retry-After": "1"})
        return record

    @staticmethod
    def _entry(write: Write) -> Entry:
        assert isinstance(write, Put)
        return read_entry({"pk": write.key.pk, "sk": write.key.sk, **write.item})


def answer_again(record: Record, order: Order) -> Posted:
    """The answer that a key was given before: the same, unless the content is another."""
    if record["fp"] != order.fingerprint:
        raise errors.IDEMPOTENCY_KEY_REUSED()
    if record["kind"] == "refused":
        raise Refused(Refusal(record["code"], record["fig"]), replayed=True)
    return Posted(read_entry(record), replayed=True)


def month_key(order: Order, posting: Posting, change: MonthChange) -> keys.Key:
    """The shard of a change. A reversal counts in the month of the merchant that issued or redeemed, whoever asks for it."""
    merchant = posting.original.merchant if posting.original else order.source.merchant
    return keys.month(order.scope, merchant, change.shard, change.month)


def month_update(key: keys.Key, change: MonthChange) -> Update:
    """Counts a posting in one shard of the merchant's month; under MIR only where the room is there."""
    counted = {"issued": change.issued, "redeemed": change.redeemed, "room": change.room, "room_new": change.room_new}
    ruling = "room_new" if change.new_merchant else "room"
    return Update(
        key,
        add={name: count for name, count in counted.items() if count},
        when=Condition(at_least={ruling: change.needs} if change.needs else {}),
    )


def reversal_update(scope: str, original: Original) -> Put:
    """Counts how much of a transaction is undone, in an item of its own: the entry itself is never edited."""
    when = Condition(equal={"sum": original.reversed_before}) if original.reversed_before else ABSENT
    return Put(keys.reversed_sum(scope, original.id), {"sum": original.reversed}, when=when)


def shard_of(transaction_id: str, count: int) -> int:
    """The shard that a transaction tries first: always the same for one id, evenly spread over all."""
    return int.from_bytes(hashlib.sha256(transaction_id.encode()).digest()[:4], "big") % count
