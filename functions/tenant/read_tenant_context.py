"""GET /api/v1/tenant/context"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.tenants import context
from batua.tenants.context import TenantContext


@endpoint(
    "GET",
    "/api/v1/tenant/context",
    caller=user_caller(enrolling=True),
    response=TenantContext,
)
def handler(call: Call[None]) -> TenantContext:
    """Read the tenant's profile, products, features, limits and branding."""
    return context.read_tenant_context(call)
