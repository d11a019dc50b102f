"""GET /api/v1/rewards/programs/invitations"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.rewards import program_members
from batua.rewards.program_members import InvitationOut


@endpoint(
    "GET",
    "/api/v1/rewards/programs/invitations",
    caller=user_caller("tenant:admin"),
    response=list[InvitationOut],
)
def handler(call: Call[None]) -> list[InvitationOut]:
    """List your tenant's open invitations to networks."""
    return program_members.list_invitations(call)
