"""DELETE /api/v1/rewards/programs/{id}/members/{tenant_id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import NOT_A_NETWORK
from batua.identity.caller import user_caller
from batua.rewards import program_members, programs
from batua.rewards.program_members import MemberOut


@endpoint(
    "DELETE",
    "/api/v1/rewards/programs/{id}/members/{tenant_id}",
    caller=user_caller("tenant:admin", live_only=True),
    response=MemberOut,
    errors=(*program_members.WITHDRAW_ERRORS, NOT_A_NETWORK),
    prefetch=programs.prefetch_program,
    parameters={"id": "The network's program, `prg_…`.", "tenant_id": "The merchant, `ten_…`."},
)
def handler(call: Call[None]) -> MemberOut:
    """Withdraw an invitation that has not been accepted."""
    return program_members.withdraw_invitation(call)
