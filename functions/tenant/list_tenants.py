"""GET /api/v1/tenant/tree"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR, NOT_FOUND
from batua.identity.caller import user_caller
from batua.tenants import directory
from batua.tenants.directory import TenantNode, TenantTreeQuery


@endpoint(
    "GET",
    "/api/v1/tenant/tree",
    caller=user_caller("platform:review"),
    request=TenantTreeQuery,
    response=list[TenantNode],
    errors=(INVALID_CURSOR, NOT_FOUND),
)
def handler(call: Call[TenantTreeQuery]) -> Reply:
    """List the direct children of a tenant, with their settings and what awaits approval. For the operator's staff."""
    return directory.list_tenant_nodes(call)
