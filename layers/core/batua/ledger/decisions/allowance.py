"""The minimum issuance ratio: what a merchant may redeem in a month, out of what it issued in that month. Pure.

A merchant's month is kept in *escrow shards*. An issue adds room to one shard, a redemption takes room from one, and no
redemption takes more than is there: so the rule holds over all shards without anyone adding them up. The room is
counted at both ratios, the usual one and that of a new merchant, so that the thirtieth day needs no conversion.

No shard is below zero while others are in use (`posting.shards` says how the table ensures it). So room found on one
shard is room of the merchant, and only a request that finds too little reads all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...clock import DAY_MS
from ..model import RATIO_UNIT, MirPolicy, MonthChange, Refusal, Shard


def is_new(policy: MirPolicy, joined_at: int, at: int) -> bool:
    return at < joined_at + policy.new_days * DAY_MS


def ratio_for(policy: MirPolicy, joined_at: int, at: int) -> int:
    """The ratio in force, in hundredths."""
    return policy.new_ratio if is_new(policy, joined_at, at) else policy.ratio


def issue_change(policy: MirPolicy | None, month: int, shard: int, coins: int) -> MonthChange:
    """`coins` below zero reverses an issue."""
    if policy is None:
        return MonthChange(month, shard, issued=coins)
    return MonthChange(month, shard, issued=coins, room=policy.ratio * coins, room_new=policy.new_ratio * coins)


def redemption_counters(
    policy: MirPolicy | None, month: int, shard: int, coins: int, *, new: bool = False
) -> MonthChange:
    """`coins` below zero reverses a redemption, which needs no room."""
    if policy is None:
        return MonthChange(month, shard, redeemed=coins)
    units = RATIO_UNIT * coins
    return MonthChange(
        month, shard, redeemed=coins, room=-units, room_new=-units, needs=max(units, 0), new_merchant=new
    )


def redemption_change(
    policy: MirPolicy | None,
    month: int,
    coins: int,
    *,
    new: bool,
    shard: int,
    shards: Mapping[int, Shard] | None,
) -> tuple[MonthChange, ...] | Refusal:
    """Room for a redemption. Before the shards are read, one of them is tried; once they are, all of them decide.

    The month's floor is added to the room by the first redemption that needs it, in the same write.
    """
    change = redemption_counters(policy, month, shard, coins, new=new)
    if policy is None or shards is None:
        return (change,)
    room = _ruling_room(shards, new=new)
    if room < change.needs and not shards[0].floor:
        units = RATIO_UNIT * policy.floor
        left = max(0, change.needs - units)
        change = replace(
            change, shard=0, room=change.room + units, room_new=change.room_new + units, needs=left, floor=policy.floor
        )
    if room < change.needs:
        return ceiling_reached(policy, shards, new=new)
    return allocate(change, shards)


def issue_reversal_change(
    policy: MirPolicy | None,
    month: int,
    coins: int,
    *,
    new: bool,
    shard: int,
    shards: Mapping[int, Shard] | None,
) -> tuple[MonthChange, ...] | Refusal:
    """Takes back the room that an issue gave, as far as it has not been used.

    Without this, a merchant could issue to itself, redeem what others issued, and reverse its own issue.
    """
    change = issue_change(policy, month, shard, -coins)
    if policy is None:
        return (change,)
    ratio = policy.new_ratio if new else policy.ratio
    change = replace(change, needs=ratio * coins, new_merchant=new)
    if shards is None:
        return (change,)
    room = _ruling_room(shards, new=new)
    if room < change.needs:
        reversible = max(0, room) // ratio
        return Refusal("reversal_exceeds_allowance", {**_figures(shards), "reversible": reversible, "requested": coins})
    return allocate(change, shards)


def _ruling_room(shards: Mapping[int, Shard], *, new: bool) -> int:
    return sum(there.room_new if new else there.room for there in shards.values())


def _figures(shards: Mapping[int, Shard]) -> dict[str, int]:
    return {
        "issued": sum(shard.issued for shard in shards.values()),
        "redeemed": sum(shard.redeemed for shard in shards.values()),
    }


def allocate(change: MonthChange, shards: Mapping[int, Shard]) -> tuple[MonthChange, ...]:
    """A change of one shard, carried by those that have what it takes. It counts on one of them.

    Its own shard first; where that has too little, others give, the richest first and half of what it has, so that a
    shard opened late is soon as rich as the rest. Where all of them have too little, or one is below zero already,
    everything moves to shard 0, which alone may stay below zero: an issue is undone whose room was used, or a new
    merchant redeems more than the usual ratio will allow it later in the month.
    """
    if change.decided_globally or change.epoch is not None:
        return (change,)
    if change.shard not in shards or not shards[change.shard].initialized:
        change = replace(change, shard=0)
    taken, own = room_required(change), shards[change.shard]
    if not taken:
        return (change,)
    if any(getattr(there, name) < 0 for there in shards.values() for name in taken):
        return _consolidate(change, shards)
    if own.open and all(getattr(own, name) >= least for name, least in taken.items()):
        return (change,)
    return _borrow(change, shards) or _consolidate(change, shards)


def room_required(change: MonthChange) -> dict[str, int]:
    """The room that a change takes and that must be there: of both ratios, as long as both can still matter."""
    taken = {"room": -change.room, "room_new": -change.room_new}
    if change.needs and not change.new_merchant:
        del taken["room_new"]  # a merchant is new only once
    return {name: units for name, units in taken.items() if units > 0}


def _borrow(change: MonthChange, shards: Mapping[int, Shard]) -> tuple[MonthChange, ...] | None:
    """None where the shards have too little together. What each gives must still be there, so none falls below zero."""
    spare = {number: _spare(there, change) for number, there in shards.items()}
    have, have_new = spare.pop(change.shard)
    short, short_new = max(0, -change.room - have), max(0, -change.room_new - have_new)
    given = []
    for number, (room, room_new) in sorted(spare.items(), key=lambda entry: entry[1], reverse=True):
        if not (short or short_new):
            break
        gives, gives_new = min(room, max(short, room // 2)), min(room_new, max(short_new, room_new // 2))
        given.append(_debit_shard(change, number, gives, gives_new))
        short, short_new = max(0, short - gives), max(0, short_new - gives_new)
    if short or short_new:
        return None
    return (_credit_shard(replace(change, decided_globally=True), given), *given)


def _spare(there: Shard, change: MonthChange) -> tuple[int, int]:
    """What a shard has at either ratio. A redemption takes as much at one as at the other."""
    if not change.needs:
        return max(0, there.room), max(0, there.room_new)
    least = max(0, min(there.room, there.room_new) if change.new_merchant else there.room)
    return least, least


def _consolidate(change: MonthChange, shards: Mapping[int, Shard]) -> tuple[MonthChange, ...]:
    """All that the others have goes to shard 0."""
    change = replace(change, shard=0, epoch=shards[0].epoch)
    there = [(number, each) for number, each in shards.items() if number and (each.room or each.room_new)]
    moved = [_debit_shard(replace(change, needs=0), number, each.room, each.room_new) for number, each in there]
    return (_credit_shard(change, moved), *moved)


def _debit_shard(change: MonthChange, number: int, room: int, room_new: int) -> MonthChange:
    """What another shard gives to a change. (One that is below zero takes.)"""
    needs = max(0, room_new if change.new_merchant else room) if change.needs else 0
    return MonthChange(
        change.month,
        number,
        room=-room,
        room_new=-room_new,
        needs=needs,
        new_merchant=change.new_merchant,
        decided_globally=True,
    )


def _credit_shard(change: MonthChange, given: Sequence[MonthChange]) -> MonthChange:
    """The change with what others gave, and so with less need of its own."""
    room, room_new = -sum(each.room for each in given), -sum(each.room_new for each in given)
    needs = max(0, change.needs - (room_new if change.new_merchant else room))
    return replace(change, room=change.room + room, room_new=change.room_new + room_new, needs=needs)


def ceiling_reached(policy: MirPolicy, shards: Mapping[int, Shard], *, new: bool) -> Refusal:
    figures = _figures(shards)
    ceiling = ceiling_of(policy, figures["issued"], new=new)
    return Refusal("mir_limit_reached", {**figures, "ceiling": ceiling, "left": max(0, ceiling - figures["redeemed"])})


def ceiling_of(policy: MirPolicy, issued: int, *, new: bool) -> int:
    """What a merchant that issued so many coins this month may redeem in it, in whole minor units."""
    return max(0, issued) * (policy.new_ratio if new else policy.ratio) // RATIO_UNIT + policy.floor
