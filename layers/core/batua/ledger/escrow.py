"""One request at the shards of a merchant's month: which one it uses, and what it knows of the others.

It tries one shard, unseen. Only where that does not do are all of them read, and from then on they decide together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ..store import keys
from ..store.store import ConditionFailed, Contended, Reason, Record, Store
from ..store.writes import Condition, Update, Write
from . import mir, spread
from .model import Decision, MonthChange, Posting, Refusal, Shard
from .shards import Month, all_shut, at_most, look, number_of, open_up, shut
from .spread import Spread, Strain, shard_of

if TYPE_CHECKING:
    from .post import Order, State

_LOOKS: Final = 8
_WAITS: Final = 4


@dataclass(slots=True)
class Escrow:
    """`spread` is what the request may change of the merchant's number of shards; None: nothing."""

    store: Store
    order: Order
    count: int
    spread: Spread | None
    strain: Strain
    now: Callable[[], int]
    """The time, which goes on while a request waits."""
    conflicts: int = 0
    used: bool = False
    waited: int = 0
    alone: bool = False
    """It has shut the others, to take shard 0 below zero."""
    month: Month | None = None
    shards: Mapping[int, Shard] = field(default_factory=dict)
    """All of the month, once one of them was not enough; empty until then."""

    @property
    def shard(self) -> int:
        """The shard to use: another one after each conflict, as whoever is there may stay."""
        id = self.order.id
        return shard_of(f"{id}#{self.conflicts}" if self.conflicts else id, self.count)

    def decide(self, decision: Callable[[State], Decision], state: State) -> Decision:
        """What is decided by one shard unseen, or else by all. Raises Contended where they keep changing."""
        for _ in range(_LOOKS):
            decided = decision(replace(state, shard=self.shard, shards=None))
            if isinstance(decided, Refusal) or not decided.months:
                return decided
            self.used = True
            if not self.shards or self.month != Month.of(month_key(self.order, decided, decided.months[0])):
                self.shards = {}
                return decided
            by_all = self._by_all(decision, state)
            if by_all is not None:
                return by_all
        raise Contended("the shards of a merchant's month kept changing")

    def _by_all(self, decision: Callable[[State], Decision], state: State) -> Decision | None:
        """None where the shards must be looked at again, which has been done."""
        assert self.month is not None
        shards = self.shards
        decided = decision(replace(state, shard=self.shard, shards=shards))
        if isinstance(decided, Refusal):
            if len(shards) == 1:
                return decided
            self.shards = look(self.store, self.month)
            # Refused only where there was a moment at which all shards together had too little.
            most = at_most(shards, self.shards)
            lacking = isinstance(decision(replace(state, shard=self.shard, shards=most)), Refusal)
            return decision(replace(state, shard=self.shard, shards=self.shards)) if lacking else None
        months = tuple(part for change in decided.months for part in mir.placed(change, shards))
        if any(change.turn is not None for change in months) and not all_shut(shards):
            self.alone = True
            shut(self.store, self.month, shards)
            self.shards = look(self.store, self.month)
            return None
        return replace(decided, months=months)

    def learn(self, key: keys.Key, there: Record | None) -> bool:
        """Looks at all shards, as one of them (`key`) could not take a change. `there`: what stands at it, if known.

        Returns whether that is news, so that there is no need to wait before another try. Where others are opening the
        shard, it is not: by then they will have done so.
        """
        unseen, self.month = not self.shards, Month.of(key)
        self._look(there if number_of(key) == 0 else None)
        return unseen and bool(self.shards)

    def look_again(self) -> None:
        if self.shards:
            self._look()

    def _look(self, first: Record | None = None) -> None:
        assert self.month is not None
        self.shards = look(self.store, self.month, first)
        own, shard_0 = self.shards.get(self.shard), self.shards[0]
        sound = shard_0.room >= 0 and shard_0.room_new >= 0
        if not sound or self.alone or (own is not None and own.open):
            return
        if open_up(self.store, self.month, self.shards, self.shard, self.count) or self.waited == _WAITS:
            self.shards = look(self.store, self.month)
        else:
            # Others are opening it. Whoever went to shard 0 instead would be in their way.
            self.waited += 1
            self.shards = {}

    def hindered(self, writes: Sequence[Write], reasons: Sequence[Reason]) -> bool:
        """Takes in why a try did not get through: only conflicts at a shard say that there are too few of them."""
        pairs = zip(writes, reasons, strict=False)
        met = any(reason.conflict and write.key.sk.startswith("MIR#") for write, reason in pairs)
        if met:
            self.conflicts += 1
            self.shards = {}  # rather another shard, unseen, than another look at all of them
            self.strain.note(self.order.source.merchant, self.count, conflict=True)
            self._adjust()
        return met

    def done(self) -> None:
        """A try got through."""
        if self.used:
            self.strain.note(self.order.source.merchant, self.count, conflict=False)
            self._adjust()

    def _adjust(self) -> None:
        """Writes down another number of shards where it is time for that. Whoever is first does it for all."""
        merchant, before = self.order.source.merchant, self.spread
        now = self.now()
        count = spread.wanted(before, self.strain.of(merchant, self.count), now) if before else None
        if before is None or count is None:
            return
        as_read = Condition(
            equal={"shards": before.count, **({"spread_at": before.at} if before.at else {})},
            missing=() if before.at else ("spread_at",),
        )
        change = Update(keys.tenant(merchant), set={"shards": count, "spread_at": now}, when=as_read)
        try:
            self.store.write(change, told=False)
        except ConditionFailed:
            pass  # somebody with the same reason was quicker
        except Contended:
            return
        self.count, self.spread = count, replace(before, count=count, at=now)


def month_key(order: Order, posting: Posting, change: MonthChange) -> keys.Key:
    """The shard of a change. A reversal counts in the month of the merchant that issued or redeemed, whoever asks."""
    merchant = posting.original.merchant if posting.original else order.source.merchant
    return keys.month(order.scope, merchant, change.shard, change.month)
