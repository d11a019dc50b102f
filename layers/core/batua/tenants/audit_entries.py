"""Administration in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import audit_trail, clock
from ..api.endpoint import Call
from ..store.writes import Put


def tenant_audit_entry(
    call: Call[Any],
    what: str,
    reference: str,
    details: Mapping[str, Any] | None = None,
    *,
    tenant: str | None = None,
    announce: str | None = None,
) -> Put:
    """The write that records what a caller did to their tenant, or to another one.

    It is in the live trail, at the true time, whatever the session shows: the sandbox has no administration.
    `announce` is mailed to the administrators of that tenant.
    """
    present = {name: value for name, value in (details or {}).items() if value is not None}
    return audit_trail.audit_entry(
        "live",
        tenant or call.caller.tenant.id,
        clock.system(),
        what=what,
        who=call.caller.id,
        address=call.caller.address,
        reference=reference,
        request_id=call.request.id,
        details=present or None,
        announce=announce,
    )
