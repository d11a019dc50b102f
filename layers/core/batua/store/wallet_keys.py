"""The keys of the names of tenants' own wallets and of what became of them. `scope` is of the tenant's own books."""

from __future__ import annotations

import hashlib

from .keys import Key
from .scope import Scope, require_id


def wallet_names_partition(scope: str) -> str:
    """The names that lead to a tenant's wallets, and the changes of these wallets: the partition."""
    return f"{Scope.of(scope)}#WALLET_NAMES"


def wallet_name_key(scope: str, spelling: str) -> Key:
    """Which wallet a name leads to. `spelling` is the same for all ways to write the name."""
    return Key("directory", wallet_names_partition(scope), f"NAME#{hashlib.sha256(spelling.encode()).hexdigest()}")


def direct_credits_key(day: int) -> Key:
    """What the operator's administrators have credited by themselves on a day (yyyymmdd)."""
    return Key("directory", f"DIRECT_CREDITS#{day}", "SUM")


def wallet_change_key(scope: str, wallet_id: str, revision: int) -> Key:
    """What was done to a wallet at one of its revisions: 0 made it."""
    require_id(wallet_id, "wal")
    return Key("directory", wallet_names_partition(scope), f"WALLETCHANGE#{wallet_id}#{revision:06d}")
