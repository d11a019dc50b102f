"""POST /api/v1/tenant/tree/{id}/administrators"""

from batua.api.endpoint import Call, Success, endpoint
from batua.errors import (
    EMAIL_TAKEN,
    NOT_FOUND,
    TEAM_FULL,
    TENANT_HAS_ADMIN,
    TENANT_MISPLACED,
    TOO_MANY_ATTEMPTS,
    VERSION_CONFLICT,
)
from batua.identity.caller import user_caller
from batua.tenants import first_admin
from batua.tenants.first_admin import InviteTenantAdmin
from batua.tenants.team import Invited


@endpoint(
    "POST",
    "/api/v1/tenant/tree/{id}/administrators",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=InviteTenantAdmin,
    response=Success(Invited, status=201),
    errors=(
        NOT_FOUND,
        TENANT_MISPLACED,
        TENANT_HAS_ADMIN,
        EMAIL_TAKEN,
        TEAM_FULL,
        TOO_MANY_ATTEMPTS,
        VERSION_CONFLICT,
    ),
    parameters={"id": "The tenant, `ten_…`."},
)
def handler(call: Call[InviteTenantAdmin]) -> Invited:
    """Invite a tenant's first administrator, who invites everyone else. The link in the email works for seven days.

    Refused once the tenant has an active administrator.
    """
    return first_admin.invite_tenant_admin(call)
