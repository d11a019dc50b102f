"""GET /api/v1/rewards/programs/{id}/members"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR, NOT_A_NETWORK
from batua.identity.caller import user_caller
from batua.rewards import program_members, programs
from batua.rewards.program_members import MemberOut, MembersQuery


@endpoint(
    "GET",
    "/api/v1/rewards/programs/{id}/members",
    caller=user_caller("tenant:admin"),
    request=MembersQuery,
    response=list[MemberOut],
    errors=(*program_members.MEMBER_ERRORS, NOT_A_NETWORK, INVALID_CURSOR),
    prefetch=programs.prefetch_program,
    parameters={"id": "The network's program, `prg_…`."},
)
def handler(call: Call[MembersQuery]) -> Reply:
    """List the members and invitations of a network, with the program version in force at each counter."""
    return program_members.list_members(call)
