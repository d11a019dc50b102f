"""Moving a tenant to another parent by API: never its money, and never its customers' coins."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import Model, Note
from ..identity.tenant import Tenant
from ..ledger.model import Program
from ..store.keys import Mode
from ..tenants import tree
from ..tenants.directory import TenantNode, tenant_in_path, tenant_node
from .requests import open_requests_of_child

MOVE_TENANT_ERRORS: Final = (
    errors.NOT_FOUND,
    errors.TENANT_IN_CYCLE,
    errors.TENANT_MISPLACED,
    errors.PROGRAM_WOULD_CHANGE,
    errors.BALANCE_REQUESTS_OPEN,
    errors.BUSY,
)
_MODES: Final[tuple[Mode, ...]] = ("live", "test")


class MoveTenant(Model):
    parent_id: str = Field(description="Under whom it is placed.", examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FB"])
    reason: Note = Field(description="For the audit trail.", examples=["Sold to the Ganga group"])


def move_tenant_node(call: Call[MoveTenant]) -> TenantNode:
    """Places a tenant, with all below it, under another parent. Done again, it goes on where it ended.

    Its wallet, keys and people stay as they are. Raises TENANT_IN_CYCLE, TENANT_MISPLACED, NOT_FOUND;
    PROGRAM_WOULD_CHANGE where it would come into another program, or out of its own; BALANCE_REQUESTS_OPEN while its
    present parent may still pay it, or holds money for it.
    """
    given, tenant = call.input, tenant_in_path(call)
    if not ids.is_id(given.parent_id, "ten"):
        raise errors.invalid("parent_id", "must be a tenant's id, ten_…")
    store = call.store

    def require_movable(moved: Tenant, program: Program | None) -> None:
        if (moved.program.id if moved.program else None) != (program.id if program else None):
            raise errors.PROGRAM_WOULD_CHANGE()
        parent = moved.parent or ""
        waiting = sum(len(open_requests_of_child(store, mode, parent, moved.id)) for mode in _MODES)
        if waiting:
            refusal, figures = errors.BALANCE_REQUESTS_OPEN, {"open": str(waiting)}
            raise refusal(refusal.describe(figures), figures=figures)

    tree.move_tenant(
        store,
        tenant,
        given.parent_id,
        clock.system(),
        by=call.caller.id,
        address=call.caller.address,
        why=given.reason,
        guard=require_movable,
    )
    return tenant_node(call, tenant)
