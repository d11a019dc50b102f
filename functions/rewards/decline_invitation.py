"""POST /api/v1/rewards/programs/{id}/decline"""

from batua.api.endpoint import Call, endpoint
from batua.errors import INVITATION_NOT_FOUND, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.rewards import program_members
from batua.rewards.program_members import InvitationOut


@endpoint(
    "POST",
    "/api/v1/rewards/programs/{id}/decline",
    caller=user_caller("tenant:admin", live_only=True),
    response=InvitationOut,
    errors=(INVITATION_NOT_FOUND, VERSION_CONFLICT),
    prefetch=program_members.prefetch_invitation,
    parameters={"id": "The network's program, `prg_…`."},
)
def handler(call: Call[None]) -> InvitationOut:
    """Decline an invitation to a network."""
    return program_members.decline_invitation(call)
