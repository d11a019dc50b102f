"""The keys of a network's members, and of changes on their way to them. All are in the directory."""

from __future__ import annotations

from .keys import Key
from .scope import Scope, require_id

CARRY_PARTITION = "CARRY"
"""Programs whose last change has not reached every member's counter."""

REMINDING_PARTITION = "REMINDING"
"""In index `by_name`: programs that remind their customers of expiring coins."""


def members_partition(program_id: str) -> str:
    """All tenants that were invited to a program; strongly read, as no member's counter may be forgotten."""
    require_id(program_id, "prg")
    return f"MEMBERS#{program_id}"


def member_key(program_id: str, tenant_id: str) -> Key:
    require_id(tenant_id, "ten")
    return Key("directory", members_partition(program_id), tenant_id)


def invitations_partition(tenant_id: str) -> str:
    """The programs that a tenant was invited to, in index `by_parent`."""
    require_id(tenant_id, "ten")
    return f"INVITATIONS#{tenant_id}"


def carry_key(program_id: str) -> Key:
    require_id(program_id, "prg")
    return Key("directory", CARRY_PARTITION, program_id)


def campaigns_partition(program_id: str) -> str:
    """A program's campaigns, past ones too."""
    require_id(program_id, "prg")
    return f"CAMPAIGN#{program_id}"


def campaign_key(program_id: str, campaign_id: str) -> Key:
    """A campaign, with what is left of its budget."""
    require_id(campaign_id, "cmp")
    return Key("directory", campaigns_partition(program_id), campaign_id)


def program_months_partition(scope: str, program_id: str) -> str:
    """What a program's coins did, by month: added up from the ledger's stream. `scope` are its owner's books."""
    require_id(program_id, "prg", "waty")
    return f"TOTALS#{Scope.of(scope)}#{program_id}"


def program_month_key(scope: str, program_id: str, month: int) -> Key:
    return Key("directory", program_months_partition(scope, program_id), f"P#{month:06d}")


def expiry_reminders_key(program_id: str, month: int, days: int) -> Key:
    """How far the customers of a program were reminded, `days` before the end of `month`."""
    require_id(program_id, "prg")
    return Key("directory", f"REMINDED#{program_id}", f"{month:06d}#{days:02d}")
