"""PATCH /api/v1/tenant/tree/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import BUSY, NOT_FOUND, TENANT_MISPLACED, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.tenants import directory
from batua.tenants.directory import ChangeTenantStatus, TenantNode


@endpoint(
    "PATCH",
    "/api/v1/tenant/tree/{id}",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=ChangeTenantStatus,
    response=TenantNode,
    errors=(NOT_FOUND, TENANT_MISPLACED, VERSION_CONFLICT, BUSY),
    parameters={"id": "The tenant, `ten_…`."},
)
def handler(call: Call[ChangeTenantStatus]) -> TenantNode:
    """Suspend a tenant and all below it, end a suspension, or change its products, request limit or shards.

    A suspended tenant's users and keys are refused from the next request on.
    """
    return directory.change_tenant_status(call)
