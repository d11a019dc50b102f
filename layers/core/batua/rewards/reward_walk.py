"""The rewards that a tenant offers, its own and its network's, with their stock."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ..api.endpoint import Call
from ..coins import counter
from ..store import reward_keys
from ..store.keys import Key
from ..store.store import Record
from .reward import Reward, read_reward_record, read_stock


def offered_partitions(call: Call[Any]) -> list[str]:
    """The tenant's own rewards, and its network's."""
    tenants = dict.fromkeys((call.caller.tenant.id, counter.program_of(call.caller).owner))
    return [reward_keys.rewards_partition(call.caller.scope, tenant) for tenant in tenants]


def walk_rewards(call: Call[Any], before: str | None = None) -> Iterator[tuple[Record, int | None]]:
    """Rewards with their stock, newest first."""
    sources: list[Iterable[Record]] = [
        (
            row
            for row in call.store.query_all(
                "directory", partition, index="by_parent", descending=True, until=before, limit=100
            )
            if before is None or row["g1s"] < before
        )
        for partition in offered_partitions(call)
    ]
    merged = heapq.merge(*sources, key=lambda row: str(row["g1s"]), reverse=True)
    while rows := list(islice(merged, 100)):
        stocks = {row["pk"]: Key("directory", row["pk"], "STOCK") for row in rows}
        found = call.store.read(stocks.values(), consistent=False)
        for row in rows:
            yield row, read_stock(found[stocks[row["pk"]]], read_reward_record(row))


def is_listed(reward: Reward, call: Call[Any]) -> bool:
    """Customers' staff see what is active and visible; those who manage rewards see all of their own."""
    tenant, owner = call.caller.tenant.id, counter.program_of(call.caller).owner
    if reward.program != counter.program_of(call.caller).id or not reward.offered_by(tenant, owner):
        return False
    if reward.tenant == tenant and "tenant:admin" in call.caller.permissions:
        return True
    return reward.status == "active" and reward.visible.contains(call.now)
