"""GET /api/v1/tenant/assignable-roles"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.tenants import team
from batua.tenants.team import RoleOut


@endpoint(
    "GET",
    "/api/v1/tenant/assignable-roles",
    caller=user_caller("tenant:admin"),
    response=list[RoleOut],
)
def handler(call: Call[None]) -> list[RoleOut]:
    """List the roles that you can give to others: those whose permissions you hold yourself."""
    return team.list_assignable_roles(call)
