"""POST /api/v1/rewards/programs/{id}/members"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.rewards import program_members, programs
from batua.rewards.program_members import InviteMember, MemberOut


@endpoint(
    "POST",
    "/api/v1/rewards/programs/{id}/members",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    request=InviteMember,
    response=MemberOut,
    errors=program_members.INVITE_ERRORS,
    prefetch=programs.prefetch_program,
    parameters={"id": "The network's program, `prg_…`."},
)
def handler(call: Call[InviteMember]) -> Reply:
    """Invite a merchant into your network. It takes part once it accepts."""
    return program_members.invite_member(call)
