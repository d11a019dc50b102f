"""Changes in the operator's team need two super admins: one asks for a change, another asks for the same.

One super admin alone could otherwise give themselves a second account and be their own four eyes. Where there is only
one, as right after the set-up, the change is made at once: nobody else could confirm it.
"""

from __future__ import annotations

from typing import Any, Final

from ..api.endpoint import Call
from ..identity import users
from ..identity.roles import permissions
from ..identity.users import TeamProposal, User

CONFIRM_WITHIN_MS: Final = 7 * 86_400_000


def must_wait(call: Call[Any], user: User, wanted: TeamProposal) -> bool:
    """Whether this change of the team waits for another super admin; not where it confirms another's request."""
    tenant = call.caller.tenant
    if tenant.kind != "operator":
        return False
    asked = user.proposal
    if (
        asked is not None
        and asked.by != wanted.by
        and wanted.at < asked.at + CONFIRM_WITHIN_MS
        and (set(asked.roles), asked.status) == (set(wanted.roles), wanted.status)
    ):
        return False
    team = users.list_tenant_users(call.store, tenant.id)
    return any(
        other.id not in (wanted.by, user.id)
        and other.status == "active"
        and "platform:admin" in permissions(other.roles)
        for other in team
    )


def initiator(user: User, caller: str) -> str:
    """Who requested a change that this caller makes: the first who did."""
    return user.proposal.by if user.proposal else caller
