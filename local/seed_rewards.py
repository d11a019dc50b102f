"""Seed data of the first merchant's reward catalogue. Planted again, nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.people import write_missing

DAY_MS = 86_400_000
FixedId = Callable[[str, str], str]
CODES = ("CINEMA-0001", "CINEMA-0002", "CINEMA-0003")


def plant(town: Any, fixed_id: FixedId) -> dict[str, str]:
    """Plants what is missing. Returns what the sample events name."""
    from batua.rewards import reward_codes
    from batua.rewards.reward import CustomerLimits, Reward, RewardCodes, reward_item, stock_item
    from batua.store import keys, reward_keys
    from batua.store.store import store
    from batua.store.writes import ABSENT, Put

    kaveri, at = town.kaveri, town.now - 10 * DAY_MS
    scope = keys.scope("live", kaveri.program.owner)

    def reward(name: str, points: int, **more: Any) -> Reward:
        made = Reward(
            id=fixed_id("rew", name),
            tenant=kaveri.id,
            program=kaveri.program.id,
            type=more.pop("type", "free_product"),
            title=name,
            points=points,
            status="active",
            version=1,
            created_at=at,
            updated_at=at,
            updated_by=fixed_id("usr", "merchant_tenant_admin"),
            stock_epoch=1,
            **more,
        )
        puts = [Put(reward_keys.reward_key(scope, made.id), reward_item(scope, made), when=ABSENT)]
        if made.counted:
            key = reward_keys.reward_stock_key(scope, made.id)
            puts.append(Put(key, stock_item(made, made.stock or 0), when=ABSENT))
        write_missing(puts)
        return made

    mug = reward("Steel travel mug", 1, stock=50_000, benefit={"product": "SKU-1042"}, worth=399_00)
    ticket = reward(
        "Cinema ticket",
        2,
        type="voucher",
        delivery="instant",
        codes=RewardCodes("pool", valid_days=90, low_at=2),
        limits=CustomerLimits(month=2),
    )
    reward_codes.add_codes(store(), scope, ticket, CODES, at)
    return {
        "reward_id": mug.id,
        "coded_reward_id": ticket.id,
        "replaced_reward_id": reward("Cotton tote bag", 8, benefit={"product": "SKU-2001"}).id,
        "retired_reward_id": reward("Last year's calendar", 2, benefit={"product": "SKU-0907"}).id,
    }
