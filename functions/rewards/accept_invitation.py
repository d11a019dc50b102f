"""POST /api/v1/rewards/programs/{id}/accept"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.rewards import program_members
from batua.rewards.program_members import AcceptInvitation
from batua.rewards.program_models import ProgramOut


@endpoint(
    "POST",
    "/api/v1/rewards/programs/{id}/accept",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    request=AcceptInvitation,
    response=ProgramOut,
    errors=program_members.ANSWER_INVITATION_ERRORS,
    prefetch=program_members.prefetch_invitation,
    parameters={"id": "The network's program, `prg_…`."},
)
def handler(call: Call[AcceptInvitation]) -> Reply:
    """Join a network that your tenant was invited to, on the terms of the version that you name."""
    return program_members.accept_invitation(call)
