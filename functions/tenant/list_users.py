"""GET /api/v1/tenant/users"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.tenants import team
from batua.tenants.team import Member, TeamQuery


@endpoint(
    "GET",
    "/api/v1/tenant/users",
    caller=user_caller("tenant:admin"),
    request=TeamQuery,
    response=list[Member],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[TeamQuery]) -> Reply:
    """List the tenant's users, in the order in which they were invited."""
    return team.list_users(call)
