"""GET /api/v1/tickets/teams"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.support.teams import TeamsOut, read_teams


@endpoint(
    "GET",
    "/api/v1/tickets/teams",
    caller=user_caller("platform:review"),
    response=TeamsOut,
)
def handler(call: Call[None]) -> TeamsOut:
    """Read the teams of the operator's staff."""
    return read_teams(call)
