"""GET /api/v1/rewards/programs/{id}/referrals"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.rewards.programs import prefetch_program
from batua.rewards.referral_list import LIST_REFERRALS_ERRORS, ReferralOut, ReferralsQuery, list_referrals


@endpoint(
    "GET",
    "/api/v1/rewards/programs/{id}/referrals",
    caller=user_caller("tenant:admin"),
    request=ReferralsQuery,
    response=list[ReferralOut],
    errors=LIST_REFERRALS_ERRORS,
    prefetch=prefetch_program,
    parameters={"id": "The program, `prg_…`."},
)
def handler(call: Call[ReferralsQuery]) -> Reply:
    """List referrals with referrer, new customer and outcome. For the program's owner."""
    return list_referrals(call)
