"""The items of a merchant's month, and the conditions under which they are written.

A month begins with shard 0 alone. Others are opened ahead of it by postings in the last day of the month before, where
a merchant uses several; else by the first request that wants to use one. The items say so:
shard 0 holds how many shards there may be (attribute `reach`) and an epoch (`turn`) that counts how often sharding
began, grew or ended; every other shard says whether it is `open`. A posting brings only a guess of their number; the
conditions make a wrong guess harmless:

- A shard that was never opened takes nothing, so nothing can be stored where nobody reads it.
- By itself a shard gives only room that it has, and only while it is open.
- Shard 0 goes below zero (an issue was reversed whose room had been used) only if no other shard was opened since it
  was read.

So while several are in use none is below zero, and room found on one is room of the merchant; see
`decisions.allowance.allocate`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from ... import ids
from ...store.keys import Key
from ...store.store import Cancelled, ConditionFailed, Contended, Record, Store
from ...store.writes import Condition, Update, Write
from ..decisions.allowance import room_required
from ..model import MonthChange, Shard

OPENED_AT_ONCE: Final = 8
"""Shards that one transaction opens at most: it prepares and commits so many items, and shard 0 waits meanwhile."""

_SOUND = (Condition(missing=("room", "room_new")), Condition(at_least={"room": 0, "room_new": 0}))


def read_shard(record: Record | None, number: int = 0) -> Shard:
    """A shard's item; one that was not written this month is empty."""
    read: Any = (record or {}).get
    return Shard(
        issued=read("issued", 0),
        redeemed=read("redeemed", 0),
        room=read("room", 0),
        room_new=read("room_new", 0),
        raised=read("raised", 0),
        initialized=not number or "room" in (record or {}),
        open=not number or bool(read("open", False)),
        epoch=read("turn", 0),
        shard_count=read("reach", 1),
        floor=read("floor", 0),
    )


def month_update(key: Key, change: MonthChange) -> Update:
    """Counts a posting in one shard of the merchant's month, if the shard may take it and has the room."""
    counted = {"issued": change.issued, "redeemed": change.redeemed, "room": change.room, "room_new": change.room_new}
    counted["raised"] = max(0, change.room, change.room_new)
    add = {name: count for name, count in counted.items() if count}
    when = _condition(change)
    if change.floor:
        return Update(key, add=add, set={"floor": change.floor}, when=replace(when, missing=(*when.missing, "floor")))
    return Update(key, add=add, when=when)


def _condition(change: MonthChange) -> Condition:
    ruling = {"room_new" if change.new_merchant else "room": change.needs} if change.needs else {}
    taken = room_required(change)
    if change.epoch is not None:
        return Condition(at_least=ruling, **_since(change.epoch))
    if change.decided_globally:
        return Condition(at_least=taken)
    if change.shard:
        return Condition(at_least=taken, present=("open",) if taken else ("room",))
    # Alone in its month, shard 0 may go below zero: its room is then the merchant's whole room.
    beyond = {name: least for name, least in taken.items() if ruling.get(name) != least}
    alone = (Condition(missing=("turn",)), Condition(at_least=beyond))
    return Condition(at_least=ruling, any_of=alone if beyond else ())


def _since(turn: int) -> dict[str, Any]:
    return {"equal": {"turn": turn}} if turn else {"missing": ("turn",)}


@dataclass(frozen=True, slots=True)
class MonthLocation:
    """A merchant's month: the keys of its shards differ in their last part alone."""

    stem: str
    sk: str

    @classmethod
    def of(cls, key: Key) -> MonthLocation:
        """The month that a shard's key belongs to."""
        return cls(key.pk.rpartition("#")[0], key.sk)

    def key(self, number: int) -> Key:
        return Key("ledger", f"{self.stem}#{number}", self.sk)


def shard_number(key: Key) -> int:
    return int(key.pk.rpartition("#")[2])


def load_shards(store: Store, month: MonthLocation, first: Record | None = None) -> dict[int, Shard]:
    """All shards of a month. Shard 0 (`first`, if it has just come back) is read before the others.

    The order matters, as what shard 0 says of the others holds from then on: none beyond its `reach` holds anything,
    and after an even epoch one that is found closed stays closed until the epoch changes.
    """
    if first is None:
        key = month.key(0)
        first = store.read([key])[key]
    shards = {0: read_shard(first)}
    others = {number: month.key(number) for number in range(1, shards[0].shard_count)}
    found = store.read(others.values())
    return shards | {number: read_shard(found[key], number) for number, key in others.items()}


def all_closed(shards: Mapping[int, Shard]) -> bool:
    return shards[0].epoch % 2 == 0 and not any(shard.open for number, shard in shards.items() if number)


def conservative_room(before: Mapping[int, Shard], after: Mapping[int, Shard]) -> dict[int, Shard]:
    """At least the room that there was at the moment between two reads: what the first found, and all that was added.

    No shard had more at that moment, although the reads went from one to the next while others took and moved room.
    """
    most = {}
    for number, shard in after.items():
        seen = before.get(number, Shard())
        added = shard.raised - seen.raised
        most[number] = replace(shard, room=seen.room + added, room_new=seen.room_new + added)
    return most


def shards_to_open(shards: Mapping[int, Shard], wanted: int, count: int) -> list[int]:
    """The shard that a request wants, and of `count` shards some of those after it that are not open either."""
    behind = [1 + (wanted - 1 + step) % (count - 1) for step in range(count - 1)]
    return [number for number in behind if number not in shards or not shards[number].open][:OPENED_AT_ONCE]


def open_shards(
    store: Store, month: MonthLocation, shards: Mapping[int, Shard], numbers: Sequence[int], count: int
) -> bool:
    """Opens these of `count` shards and gives each its part of shard 0's room. False where another request was quicker.

    Some at a time: each transaction has to find shard 0 free, and postings wait until their shard is open. The others
    are not contended for, as nothing is stored in a shard before it is open.
    """
    first = shards[0]
    turn = first.epoch
    known = turn % 2 == 1 and max(numbers) < first.shard_count
    part = {"room": max(0, first.room) // count, "room_new": max(0, first.room_new) // count}
    given = {name: units * len(numbers) for name, units in part.items() if units}
    # Adding zero still creates the attributes, by which a shard is known to be initialized.
    opened = [
        Update(
            month.key(number),
            add={**part, "raised": max(part.values())},
            set={"open": True},
            when=Condition(missing=("open",)),
        )
        for number in numbers
    ]
    change = Update(
        month.key(0),
        add={"turn": 0 if known else 1 + turn % 2, **{n: -units for n, units in given.items()}},
        set={} if known else {"reach": max(count, first.shard_count)},
        when=Condition(at_least=given, any_of=_SOUND, **_since(turn)),
    )
    try:
        store.commit([change, *opened], caller=ids.new_id("req"))
    except (Cancelled, Contended):
        return False
    return True


def open_some_ahead(store: Store, month: MonthLocation, count: int) -> bool:
    """Opens some of `count` shards of a month before anybody needs them. Returns whether none is left to open."""
    shards = load_shards(store, month)
    left = shards_to_open(shards, 1, count)
    if left:
        open_shards(store, month, shards, left, count)
    return not left


def close_shards(store: Store, month: MonthLocation, shards: Mapping[int, Shard]) -> None:
    """Closes every shard but the first and moves their room there, one after the other.

    Interrupted half-way it leaves nothing wrong: what is still open goes on as before, and the next request that needs
    it continues closing.
    """
    turn = shards[0].epoch
    if turn % 2:
        with suppress(ConditionFailed):
            store.write(Update(month.key(0), add={"turn": 1}, when=Condition(equal={"turn": turn})))
        shards = load_shards(store, month)
        turn = shards[0].epoch
        if turn % 2:
            return
    for number, shard in shards.items():
        if number and shard.open:
            with suppress(Cancelled, Contended):
                store.commit(_closing(month, number, shard, turn), caller=ids.new_id("req"))


def _closing(month: MonthLocation, number: int, shard: Shard, turn: int) -> list[Write]:
    there = {"room": shard.room, "room_new": shard.room_new}
    return [
        Update(
            month.key(number),
            add={name: -units for name, units in there.items()},
            remove=("open",),
            when=Condition(equal=there, present=("open",)),
        ),
        Update(month.key(0), add={**there, "raised": max(there.values())}, when=Condition(equal={"turn": turn})),
    ]
