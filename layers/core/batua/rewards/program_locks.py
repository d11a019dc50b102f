"""Which settings of a program stay as they are once its coins exist.

Entries say coins in minor units, holds and lots too: another scale or value would change what customers already have.
An old redemption can be reversed and gives its coins back, so what counts is whether any were ever issued, not whether
some are left. A program may have been issuing until this moment; so it has to be paused for a minute first, after which
no issue under the old setting can still be on its way.
"""

from __future__ import annotations

from typing import Any, Final

from .. import errors
from ..identity.caller import Caller
from ..ledger.model import Program
from ..store import keys, program_keys
from ..store.store import Store
from .program import LOCK_PAUSE_MS, ProgramRecord
from .program_models import ProgramKind

LOCKED: Final = {
    "decimals": "scale",
    "coin_value": "coin_value",
    "currency": "currency",
    "funding": "funding",
    "time_zone": "time_zone",
}
"""Field on the wire -> attribute of `Program`."""

_MAX_SCANNED: Final = 2_000
"""Entries of a merchant that are looked at for one of the program; where there are more, it counts as used."""


def require_same_kind(program: Program, kind: ProgramKind) -> None:
    """Raises PROGRAM_IN_USE: each kind has separate ids and books."""
    if kind != program.kind:
        raise errors.PROGRAM_IN_USE(
            f"A program of kind {program.kind} stays one. Retire it and create another.",
            fields={"kind": [f"is {program.kind}"]},
        )


def require_changeable(store: Store, caller: Caller, before: ProgramRecord, after: Program, now: int) -> None:
    """Raises PROGRAM_IN_USE or PROGRAM_NOT_PAUSED where a locked setting would change."""
    was = before.program
    changed = [field for field, name in LOCKED.items() if getattr(was, name) != getattr(after, name)]
    if not changed or before.activated_at is None:
        return
    named: dict[str, Any] = {field: ["cannot change once coins have been issued"] for field in changed}
    if is_used(store, caller, was):
        raise errors.PROGRAM_IN_USE(
            f"Coins have been issued, so these stay as they are: {', '.join(changed)}. Retire the program and create "
            "another.",
            fields=named,
        )
    if was.campaigns and "decimals" in changed:
        raise errors.PROGRAM_IN_USE("Campaigns count in these decimals. End them first.", fields=named)
    if caller.tenant.rules and "decimals" in changed:
        raise errors.PROGRAM_IN_USE(
            "The merchant's own earning rules count in these decimals. Remove them first.", fields=named
        )
    if was.status != "paused" or now - before.status_at < LOCK_PAUSE_MS:
        raise errors.PROGRAM_NOT_PAUSED(fields=named)


def is_used(store: Store, caller: Caller, program: Program) -> bool:
    """Whether coins of the program were ever issued, by anyone. A network that a merchant has joined counts as used."""
    if program.kind == "network":
        if caller.tenant.kind != "operator":
            return True  # tenants below take part without an invitation
        rows = store.query_all("directory", program_keys.members_partition(program.id), consistent=True)
        return any(row["st"] == "active" for row in rows)
    partition = keys.activity_partition(keys.scope("live", program.owner), caller.tenant.id)
    for number, entry in enumerate(store.query_all("ledger", partition, index="activity", limit=200)):
        if entry.get("asset") == program.id or number >= _MAX_SCANNED:
            return True
    return False
