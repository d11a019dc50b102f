"""GET /api/v1/me/referral"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.referral import MyReferral, read_my_referral


@endpoint(
    "GET",
    "/api/v1/me/referral",
    caller=customer_caller(),
    response=MyReferral,
)
def handler(call: Call[None]) -> MyReferral:
    """Read the customer's referral code, its rewards, and the referrals so far."""
    return read_my_referral(call)
