"""POST /api/v1/rewards/programs/{id}/leave"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.rewards import membership_end
from batua.rewards.membership_end import MembershipEnded


@endpoint(
    "POST",
    "/api/v1/rewards/programs/{id}/leave",
    caller=user_caller("tenant:admin", step_up=True, live_only=True),
    response=MembershipEnded,
    errors=membership_end.END_ERRORS,
    prefetch=membership_end.prefetch_membership,
    parameters={"id": "The network's program, `prg_…`."},
)
def handler(call: Call[None]) -> MembershipEnded:
    """Leave a network. Customers keep their coins, and can spend them at its other members.

    Refused while redemptions or orders of the merchant are open.
    """
    return membership_end.leave_network(call)
