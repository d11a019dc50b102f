"""How seed data is written: ids and secrets that are the same at every start, and only what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

DAY_MS = 86_400_000


def fixed_id(prefix: str, name: str) -> str:
    """The id of a seed thing: always the same for its name."""
    from batua import ids

    return ids.derived_id(prefix, "seed", name)


def local_secret(name: str) -> str:
    return hashlib.sha256(f"local secret of {name}".encode()).hexdigest()


def write_missing(writes: Iterable[Any]) -> None:
    """Each write by itself; what is there already stays as someone may have changed it."""
    from batua.store.store import ConditionFailed, store

    for write in writes:
        try:
            store().write(write)
        except ConditionFailed:
            continue
