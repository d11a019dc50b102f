"""POST /api/v1/tenant/tree/{id}/move"""

from batua.api.endpoint import Call, endpoint
from batua.gateway import parent_changes
from batua.gateway.parent_changes import MoveTenant
from batua.identity.caller import user_caller
from batua.tenants.directory import TenantNode


@endpoint(
    "POST",
    "/api/v1/tenant/tree/{id}/move",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=MoveTenant,
    response=TenantNode,
    errors=parent_changes.MOVE_TENANT_ERRORS,
    parameters={"id": "The tenant, `ten_…`."},
)
def handler(call: Call[MoveTenant]) -> TenantNode:
    """Move a tenant, with all below it, to another parent. No money or coins move with it.

    Refused while it has open balance requests, and where it would change the tenant's coin program.
    """
    return parent_changes.move_tenant_node(call)
