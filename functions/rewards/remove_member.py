"""POST /api/v1/rewards/programs/{id}/members/{tenant_id}/remove"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.rewards import membership_end, programs
from batua.rewards.membership_end import MembershipEnded


@endpoint(
    "POST",
    "/api/v1/rewards/programs/{id}/members/{tenant_id}/remove",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    response=MembershipEnded,
    errors=membership_end.REMOVE_ERRORS,
    prefetch=programs.prefetch_program,
    parameters={"id": "The network's program, `prg_…`.", "tenant_id": "The merchant, `ten_…`."},
)
def handler(call: Call[None]) -> MembershipEnded:
    """Remove a merchant from your network. Customers keep their coins, and can spend them at the other members.

    Refused while redemptions or orders of the merchant are open.
    """
    return membership_end.remove_member(call)
