"""GET /api/v1/tenant/public-context"""

from batua.api.endpoint import Call, endpoint
from batua.errors import NOT_FOUND
from batua.identity.caller import public_caller
from batua.tenants import context
from batua.tenants.context import PublicContext, SlugQuery


@endpoint(
    "GET",
    "/api/v1/tenant/public-context",
    caller=public_caller(),
    request=SlugQuery,
    response=PublicContext,
    errors=(NOT_FOUND,),
)
def handler(call: Call[SlugQuery]) -> PublicContext:
    """Read the name, branding and login options of a tenant by its slug.

    A tenant that is suspended is not found, like one that never was.
    """
    return context.read_public_context(call)
