"""A merchant's month behind one interface, whether it is one item or many shards.

A posting tries one shard without reading it. Only where that shard can't take the change are all of them read, and from
then on the decision is made from their sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from ... import clock
from ...store import keys
from ...store.store import ConditionFailed, Contended, Record, Store
from ...store.writes import Condition, Update
from ..decisions import allowance
from ..model import CoinDecision, MonthChange, Posting, Refusal, Shard
from . import shard_scaling
from .request import PostingRequest, PostingState
from .shard_scaling import AHEAD_MS, ContentionTracker, ShardScaling, shard_of
from .shards import (
    MonthLocation,
    all_closed,
    close_shards,
    conservative_room,
    load_shards,
    open_shards,
    open_some_ahead,
    shard_number,
    shards_to_open,
)

_MAX_READS: Final = 8
_MAX_WAITS: Final = 4
_MAX_LOOKS: Final = 4
"""How often a refusal waits for two equal readings of shards that keep changing."""


@dataclass(slots=True)
class AllowanceShards:
    """The shards of one request. `scaling` is what it may change of the merchant's number of shards; None: nothing."""

    store: Store
    request: PostingRequest
    count: int
    scaling: ShardScaling | None
    tracker: ContentionTracker
    now: Callable[[], int]
    """The time, which passes while a request waits."""
    zone: str = "UTC"
    """In which months begin."""
    conflicts: int = 0
    used: bool = False
    retries: int = 0
    exclusive: bool = False
    """It has closed the others, so that shard 0 may go below zero."""
    month: MonthLocation | None = None
    shards: Mapping[int, Shard] = field(default_factory=dict)
    """All shards of the month, once one of them was not enough; empty until then."""
    refused: bool = False
    """The last decision was a refusal that rests on `shards`."""
    looks: int = 0

    @property
    def shard(self) -> int:
        """The shard to use: another one after each conflict, as the other posting may come again."""
        id = self.request.id
        return shard_of(f"{id}#{self.conflicts}" if self.conflicts else id, self.count)

    def decide(self, decision: Callable[[PostingState], CoinDecision], state: PostingState) -> CoinDecision:
        """Decides from one shard without reading it, or from all. Raises Contended where they keep changing."""
        self.refused = False
        for _ in range(_MAX_READS):
            decided = decision(replace(state, shard=self.shard, shards=None))
            if isinstance(decided, Refusal) or not decided.months:
                return decided
            self.used = True
            if not self.shards or self.month != MonthLocation.of(
                shard_key_of(self.request, decided, decided.months[0])
            ):
                self.shards = {}
                return decided
            globally = self._decide_globally(decision, state)
            if globally is not None:
                return globally
        raise Contended("the shards of a merchant's month kept changing")

    def _decide_globally(
        self, decision: Callable[[PostingState], CoinDecision], state: PostingState
    ) -> CoinDecision | None:
        """Decides from all shards. None where they had to be read again, which has been done."""
        assert self.month is not None
        shards = self.shards
        decided = decision(replace(state, shard=self.shard, shards=shards))
        if isinstance(decided, Refusal):
            self.refused = True
            return decided
        months = tuple(part for change in decided.months for part in allowance.allocate(change, shards))
        if any(change.epoch is not None for change in months) and not all_closed(shards):
            self.exclusive = True
            close_shards(self.store, self.month, shards)
            self.shards = load_shards(self.store, self.month)
            return None
        return replace(decided, months=months)

    def confirm_refusal(self, decision: Callable[[PostingState], CoinDecision], state: PostingState) -> bool:
        """Reads the shards again that a refusal rests on. Returns whether it was right at the moment in between.

        Where two readings are equal, so was everything at that moment, and the refusal's figures are its figures. A
        merchant whose shards differ at every look is refused in the end where even the most room that they can have had
        between two looks was too little; the figures are then those of the earlier look.
        """
        assert self.month is not None
        before = self.shards
        self.shards = load_shards(self.store, self.month)
        self.looks += 1
        if self.shards == before:
            return True
        if self.looks < _MAX_LOOKS:
            return False
        most = conservative_room(before, self.shards)
        return isinstance(decision(replace(state, shard=self.shard, shards=most)), Refusal)

    def on_cancelled(self, key: keys.Key, there: Record | None) -> bool:
        """Reads all shards, as one of them (`key`) could not take a change; `there` is its item, if it came back.

        Returns whether to try again at once. Where another request is opening the shard it is better to wait: by then
        the shard is open.
        """
        first_read, self.month = not self.shards, MonthLocation.of(key)
        self._load(there if shard_number(key) == 0 else None)
        return first_read and bool(self.shards)

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
        numbers = shards_to_open(self.shards, self.shard, self.count)
        if open_shards(self.store, self.month, self.shards, numbers, self.count) or self.retries == _MAX_WAITS:
            self.shards = load_shards(self.store, self.month)
        else:
            # Another request is opening it. Going to shard 0 instead would get in its way.
            self.retries += 1
            self.shards = {}

    def on_conflict(self) -> None:
        """A try conflicted at a shard of the month: only such conflicts say that there are too few shards."""
        self.conflicts += 1
        self.shards = {}  # rather another shard, unseen, than another look at all of them
        self.tracker.note(self.request.source.merchant, self.count, conflict=True)
        self._rescale()

    def on_success(self) -> None:
        """The posting got through."""
        if self.used:
            self.tracker.note(self.request.source.merchant, self.count, conflict=False)
            self._rescale()
            self._open_ahead()

    def _open_ahead(self) -> None:
        """In the last day of a month now and then opens some of the next one's shards, so that it begins as wide as
        this one ends. Else all requests of a busy merchant would open them at once, and wait for one another."""
        merchant, count = self.request.source.merchant, self.count
        if self.scaling is None or count == 1 or not shard_scaling.looks_ahead(self.request.id):
            return
        now = self.now()
        month = clock.add_months(clock.local_month(now, self.zone), 1)
        soon = clock.month_start(month, self.zone) - AHEAD_MS <= now
        if not soon or self.tracker.is_open_ahead(merchant, month, count):
            return
        following = MonthLocation.of(keys.month_key(self.request.scope, merchant, 0, month))
        with suppress(Contended):  # the posting is done; the next one that looks ahead goes on
            if open_some_ahead(self.store, following, count):
                self.tracker.note_open_ahead(merchant, month, count)

    def _rescale(self) -> None:
        """Changes the merchant's number of shards if it is time to. The first request to do so does it for all."""
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
            pass  # another request with the same reason was quicker
        except Contended:
            return
        self.count, self.scaling = count, replace(before, count=count, at=now)


def shard_key_of(order: PostingRequest, posting: Posting, change: MonthChange) -> keys.Key:
    """The key of a change's shard. A reversal counts for the merchant that issued or redeemed."""
    merchant = posting.original.merchant if posting.original else order.source.merchant
    return keys.month_key(order.scope, merchant, change.shard, change.month)
