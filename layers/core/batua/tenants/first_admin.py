"""A tenant's first administrator, invited by the operator: the only one that comes from outside."""

from __future__ import annotations

from pydantic import Field

from .. import errors
from ..api.endpoint import Call
from ..api.models import Model, PlainText
from ..identity import users
from ..identity.roles import permissions
from . import tree
from .directory import tenant_in_path
from .team import Invited, send_invitation


class InviteTenantAdmin(Model):
    email: str = Field(max_length=254, examples=["owner@kaveri.example"])
    name: PlainText = Field(examples=["Anita Rao"])


def invite_tenant_admin(call: Call[InviteTenantAdmin]) -> Invited:
    """Mails a link that sets a password and opens the account, with the role `tenant_admin`.

    Invited again, someone who has not accepted yet gets a new link. Raises NOT_FOUND; TENANT_MISPLACED for the
    operator, whose team takes two, and for closed tenants; TENANT_HAS_ADMIN; EMAIL_TAKEN.
    """
    given, id = call.input, tenant_in_path(call)
    tenant = tree.load_tenant(call.store, id)
    if tenant.kind == "operator":
        raise errors.TENANT_MISPLACED("Invite to the operator's own team with POST /api/v1/tenant/users.")
    if tenant.status == "closed":
        raise errors.TENANT_MISPLACED("The tenant is closed.")
    team = users.list_tenant_users(call.store, id)
    if any(user.status == "active" and "tenant:admin" in permissions(user.roles) for user in team):
        raise errors.TENANT_HAS_ADMIN()
    return send_invitation(call, id, given.email, given.name, ["tenant_admin"])
