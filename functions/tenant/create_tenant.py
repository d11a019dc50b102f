"""POST /api/v1/tenant/tree"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import BUSY, IDEMPOTENCY_KEY_REUSED, NOT_FOUND, SLUG_TAKEN, TENANT_MISPLACED
from batua.identity.caller import user_caller
from batua.tenants import directory
from batua.tenants.directory import CreateTenant, TenantNode


@endpoint(
    "POST",
    "/api/v1/tenant/tree",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=CreateTenant,
    response=Success(TenantNode, status=201),
    errors=(NOT_FOUND, SLUG_TAKEN, TENANT_MISPLACED, IDEMPOTENCY_KEY_REUSED, BUSY),
)
def handler(call: Call[CreateTenant]) -> Reply:
    """Create a tenant below another, with the products that it can use. Invite its administrator next."""
    return directory.create_tenant_node(call)
