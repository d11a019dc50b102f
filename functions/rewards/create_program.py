"""POST /api/v1/rewards/programs"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.rewards import programs
from batua.rewards.program_models import CreateProgram, ProgramOut


@endpoint(
    "POST",
    "/api/v1/rewards/programs",
    caller=user_caller("tenant:admin", live_only=True),
    request=CreateProgram,
    response=Success(ProgramOut, status=201),
    errors=programs.CREATE_PROGRAM_ERRORS,
)
def handler(call: Call[CreateProgram]) -> Reply:
    """Create a coin program. `name`, `kind` and `earn_percent` are enough."""
    return programs.create_program(call)
