"""DELETE /api/v1/rewards/programs/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.rewards import programs
from batua.rewards.program_models import ProgramOut


@endpoint(
    "DELETE",
    "/api/v1/rewards/programs/{id}",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    response=ProgramOut,
    errors=programs.RETIRE_PROGRAM_ERRORS,
    precondition="If-Match",
    prefetch=programs.prefetch_program,
    parameters={"id": "The program, `prg_…` or `waty_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Retire a program: it issues no more coins, and issued coins can be spent until they expire."""
    return programs.retire_program(call)
