"""The minimum issuance ratio: what a merchant may redeem in a month, out of what it issued in that month. Pure.

A merchant's month is kept in *escrow shards*. An issue adds room to one shard, a redemption takes room from one, and no
redemption takes more than is there: so the rule holds over all shards without anyone adding them up. The room is
counted at both ratios, the usual one and that of a new merchant, so that the thirtieth day needs no conversion.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..clock import DAY_MS
from .model import RATIO_UNIT, MirPolicy, MonthChange, Refusal, Shard


def is_new(policy: MirPolicy, joined_at: int, at: int) -> bool:
    return at < joined_at + policy.new_days * DAY_MS


def ratio_for(policy: MirPolicy, joined_at: int, at: int) -> int:
    """The ratio in force, in hundredths."""
    return policy.new_ratio if is_new(policy, joined_at, at) else policy.ratio


def after_issue(policy: MirPolicy | None, month: int, shard: int, coins: int) -> MonthChange:
    """`coins` below zero undoes an issue."""
    if policy is None:
        return MonthChange(month, shard, issued=coins)
    return MonthChange(month, shard, issued=coins, room=policy.ratio * coins, room_new=policy.new_ratio * coins)


def after_redemption(policy: MirPolicy | None, month: int, shard: int, coins: int, *, new: bool = False) -> MonthChange:
    """`coins` below zero undoes a redemption, which needs no room."""
    if policy is None:
        return MonthChange(month, shard, redeemed=coins)
    units = RATIO_UNIT * coins
    return MonthChange(
        month, shard, redeemed=coins, room=-units, room_new=-units, needs=max(units, 0), new_merchant=new
    )


def spend(
    policy: MirPolicy | None,
    month: int,
    coins: int,
    *,
    new: bool,
    shard: int,
    shards: Mapping[int, Shard] | None,
) -> tuple[MonthChange, ...] | Refusal:
    """Room for a redemption. Before the shards are read, one of them is tried; once they are, all of them decide.

    The redemption counts on one shard; room comes from there as far as it goes, then from the others. A shard may be
    below zero: an issue was undone whose room was used, or the usual ratio has taken over from that of a new merchant.
    What it lacks is made up first, so that no shard gives what the merchant as a whole does not have.
    """
    if policy is None or shards is None:
        return (after_redemption(policy, month, shard, coins, new=new),)
    room = {number: there.room_new if new else there.room for number, there in shards.items()}
    units = RATIO_UNIT * coins
    if sum(room.values()) < units:
        return ceiling_reached(policy, shards, new=new)
    moved = {number: -there for number, there in room.items() if there < 0}
    units += sum(moved.values())
    for number, there in sorted(room.items(), key=lambda entry: (entry[0] != shard, -entry[1])):
        part = min(there, units)
        if part > 0:
            moved[number] = -part
            units -= part
    return tuple(
        MonthChange(
            month,
            number,
            redeemed=coins if number == shard else 0,
            room=there,
            room_new=there,
            needs=max(0, -there),
            new_merchant=new,
        )
        for number, there in {shard: 0, **moved}.items()
    )


def ceiling_reached(policy: MirPolicy, shards: Mapping[int, Shard], *, new: bool) -> Refusal:
    issued = sum(shard.issued for shard in shards.values())
    redeemed = sum(shard.redeemed for shard in shards.values())
    ceiling = ceiling_of(policy, issued, new=new)
    return Refusal(
        "mir_limit_reached",
        {"issued": issued, "redeemed": redeemed, "ceiling": ceiling, "left": max(0, ceiling - redeemed)},
    )


def ceiling_of(policy: MirPolicy, issued: int, *, new: bool) -> int:
    """What a merchant that issued so many coins this month may redeem in it, in whole minor units."""
    return max(0, issued) * (policy.new_ratio if new else policy.ratio) // RATIO_UNIT
