"""Which wallets of phones a deployment has accounts for."""

from __future__ import annotations

from typing import Literal

from .. import clock
from ..store.store import Record

PassWallet = Literal["apple", "google"]


def offered_wallets(record: Record | None) -> list[PassWallet]:
    """The wallets that this deployment has accounts for, whose certificates are in force."""
    known, now = record or {}, clock.system()
    apple = "apple" in known and known["apple"]["until"] > now
    return [*(["apple"] if apple else []), *(["google"] if "google" in known else [])]  # type: ignore[list-item]
