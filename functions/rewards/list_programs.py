"""GET /api/v1/rewards/programs"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.rewards import programs
from batua.rewards.program_models import ProgramOut, ProgramsQuery


@endpoint(
    "GET",
    "/api/v1/rewards/programs",
    caller=user_caller(),
    request=ProgramsQuery,
    response=list[ProgramOut],
)
def handler(call: Call[ProgramsQuery]) -> list[ProgramOut]:
    """List the coin programs that your tenant owns or takes part in."""
    return programs.list_programs(call)
