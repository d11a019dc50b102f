"""PUT /api/v1/tickets/teams"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.support.teams import ReplaceTeams, TeamsOut, replace_teams


@endpoint(
    "PUT",
    "/api/v1/tickets/teams",
    caller=user_caller("platform:admin"),
    request=ReplaceTeams,
    response=TeamsOut,
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[ReplaceTeams]) -> TeamsOut:
    """Replace the teams of the operator's staff, and which new tickets are assigned to them."""
    return replace_teams(call)
