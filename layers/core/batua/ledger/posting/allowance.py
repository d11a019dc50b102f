"""One request at the shards of a merchant's month: which one it uses, and what it knows of the others.

It tries one shard, unseen. Only where that does not do are all of them read, and from then on they decide together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ...store import keys
from ...store.store import ConditionFailed, Contended, Record, Store
from ...store.writes import Condition, Update
from ..decisions import allowance
from ..model import CoinDecision, MonthChange, Posting, Refusal, Shard
from . import shard_scaling
from .request import PostingRequest, PostingState
from .shard_scaling import ContentionTracker, ShardScaling, shard_of
from .shards import MonthLocation, all_closed, close_shards, conservative_room, load_shards, open_shard, shard_number

_LOOKS: Final = 8
_WAITS: Final = 4


@dataclass(slots=True)
class AllowanceShards:
    """`spread` is what the request may change of the merchant's number of shards; None: nothing."""

    store: Store
    request: PostingRequest
    count: int
    scaling: ShardScaling | None
    tracker: ContentionTracker
    now: Callable[[], int]
    """The time, which goes on while a request waits."""
    conflicts: int = 0
    used: bool = False
    retries: int = 0
    exclusive: bool = False
    """It has shut the others, to take shard 0 below zero."""
    month: MonthLocation | None = None
    shards: Mapping[int, Shard] = field(default_factory=dict)
    """All of the month, once one of them was not enough; empty until then."""

    @property
    def shard(self) -> int:
        """The shard to use: another one after each conflict, as whoever is there may stay."""
        id = self.request.id
        return shard_of(f"{id}#{self.conflicts}" if self.conflicts else id, self.count)

    def decide(self, decision: Callable[[PostingState], CoinDecision], state: PostingState) -> CoinDecision:
        """What is decided by one shard unseen, or else by all. Raises Contended where they keep changing."""
        for _ in range(_LOOKS):
            decided = decision(replace(state, shard=self.shard, shards=None))
            if isinstance(decided, Refusal) or not decided.months:
                return decided
            self.used = True
            if not self.shards or self.month != MonthLocation.of(
                shard_key_of(self.request, decided, decided.months[0])
            ):
                self.shards = {}
                return decided
            by_all = self._decide_globally(decision, state)
            if by_all is not None:
                return by_all
        raise Contended("the shards of a merchant's month kept changing")

    def _decide_globally(
        self, decision: Callable[[PostingState], CoinDecision], state: PostingState
    ) -> CoinDecision | None:
        """None where the shards must be looked at again, which has been done."""
        assert self.month is not None
        shards = self.shards
        decided = decision(replace(state, shard=self.shard, shards=shards))
        if isinstance(decided, Refusal):
            if len(shards) == 1:
                return decided
            self.shards = load_shards(self.store, self.month)
            # Refused only where there was a moment at which all shards together had too little.
            most = conservative_room(shards, self.shards)
            lacking = isinstance(decision(replace(state, shard=self.shard, shards=most)), Refusal)
            return decision(replace(state, shard=self.shard, shards=self.shards)) if lacking else None
        months = tuple(part for change in decided.months for part in allowance.allocate(change, shards))
        if any(change.epoch is not None for change in months) and not all_closed(shards):
            self.exclusive = True
            close_shards(self.store, self.month, shards)
            self.shards = load_shards(self.store, self.month)
            return None
        return replace(decided, months=months)

    def on_cancelled(self, key: keys.Key, there: Record | None) -> bool:
        """Looks at all shards, as one of them (`key`) could not take a change. `there`: what stands at it, if known.

        Returns whether that is news, so that there is no need to wait before another try. Where others are opening the
        shard, it is not: by then they will have done so.
        """
        unseen, self.month = not self.shards, MonthLocation.of(key)
        self._load(there if shard_number(key) == 0 else None)
        return unseen and bool(self.shards)

    def refresh(self) -> None:
        if self.shards:
            self._load()

    def _load(self, first: Record | None = None) -> None:
        assert self.month is not None
        self.shards = load_shards(self.store, self.month, first)
        own, shard_0 = self.shards.get(self.shard), self.shards[0]
        sound = shard_0.room >= 0 and shard_0.room_new >= 0
        if not sound or self.exclusive or (own is not None and own.open):
            return
        if open_shard(self.store, self.month, self.shards, self.shard, self.count) or self.retries == _WAITS:
            self.shards = load_shards(self.store, self.month)
        else:
            # Others are opening it. Whoever went to shard 0 instead would be in their way.
            self.retries += 1
            self.shards = {}

    def on_conflict(self) -> None:
        """A try conflicted at a shard of the month: only such conflicts say that there are too few shards."""
        self.conflicts += 1
        self.shards = {}  # rather another shard, unseen, than another look at all of them
        self.tracker.note(self.request.source.merchant, self.count, conflict=True)
        self._rescale()

    def on_success(self) -> None:
        """A try got through."""
        if self.used:
            self.tracker.note(self.request.source.merchant, self.count, conflict=False)
            self._rescale()

    def _rescale(self) -> None:
        """Writes down another number of shards where it is time for that. Whoever is first does it for all."""
        merchant, before = self.request.source.merchant, self.scaling
        now = self.now()
        count = shard_scaling.target_shards(before, self.tracker.of(merchant, self.count), now) if before else None
        if before is None or count is None:
            return
        as_read = Condition(
            equal={"shards": before.count, **({"spread_at": before.at} if before.at else {})},
            missing=() if before.at else ("spread_at",),
        )
        change = Update(keys.tenant_key(merchant), set={"shards": count, "spread_at": now}, when=as_read)
        try:
            self.store.write(change, return_old_on_failure=False)
        except ConditionFailed:
            pass  # somebody with the same reason was quicker
        except Contended:
            return
        self.count, self.scaling = count, replace(before, count=count, at=now)


def shard_key_of(order: PostingRequest, posting: Posting, change: MonthChange) -> keys.Key:
    """The shard of a change. A reversal counts in the month of the merchant that issued or redeemed, whoever asks."""
    merchant = posting.original.merchant if posting.original else order.source.merchant
    return keys.month_key(order.scope, merchant, change.shard, change.month)
