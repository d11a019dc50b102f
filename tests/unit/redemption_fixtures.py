"""Redemptions of rewards in every state."""

from __future__ import annotations

from dataclasses import replace

from batua import clock
from batua.rewards.redemption import (
    Redemption,
    opened_redemption,
)
from batua.rewards.reward import (
    Reward,
)

SCOPE = "L#ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"
TENANT = "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"
ULID = "01KDC0V6M8W3T4Q9X2Z7N5B1FA"
NOW = clock.parse_iso("2026-11-30T18:45:00Z")
"""A quarter past midnight on the first of December, in Kolkata."""


def made(**more: object) -> Reward:
    base = Reward(
        id=f"rew_{ULID}",
        tenant=TENANT,
        program=f"prg_{ULID}",
        type="voucher",
        title="Mug",
        points=10,
        status="active",
        version=3,
        created_at=NOW,
        updated_at=NOW,
        updated_by=f"usr_{ULID}",
        stock_epoch=1,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def opened(reward: Reward) -> Redemption:
    return opened_redemption(
        reward,
        id=f"rdm_{ULID}",
        tenant=TENANT,
        by=f"usr_{ULID}",
        customer=f"cust_{ULID}",
        wallet=f"wal_{ULID}",
        state="approved",
        created_at=NOW,
        updated_at=NOW,
        due_at=NOW + clock.DAY_MS,
    )
