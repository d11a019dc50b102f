"""GET /api/v1/rewards/programs/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import PROGRAM_NOT_FOUND
from batua.identity.caller import user_caller
from batua.rewards import programs
from batua.rewards.program_models import ProgramOut


@endpoint(
    "GET",
    "/api/v1/rewards/programs/{id}",
    caller=user_caller(),
    response=ProgramOut,
    errors=(PROGRAM_NOT_FOUND,),
    prefetch=programs.prefetch_program,
    parameters={"id": "The program, `prg_…` or `waty_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Read a program that your tenant owns or takes part in; its `ETag` is what `If-Match` needs."""
    return programs.read_program_settings(call)
