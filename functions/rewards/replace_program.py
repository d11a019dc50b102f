"""PUT /api/v1/rewards/programs/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.rewards import programs
from batua.rewards.program_models import ProgramOut, ReplaceProgram


@endpoint(
    "PUT",
    "/api/v1/rewards/programs/{id}",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    request=ReplaceProgram,
    response=ProgramOut,
    errors=programs.CHANGE_PROGRAM_ERRORS,
    precondition="If-Match",
    prefetch=programs.prefetch_program,
    parameters={"id": "The program, `prg_…` or `waty_…`."},
)
def handler(call: Call[ReplaceProgram]) -> Reply:
    """Replace the settings of a program. Settings that issued coins depend on cannot change."""
    return programs.replace_program(call)
