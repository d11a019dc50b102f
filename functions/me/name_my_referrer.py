"""POST /api/v1/me/referral"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import customer_caller
from batua.me.referral import NAME_REFERRER_ERRORS, NameMyReferrer, ReferredFriend, name_my_referrer


@endpoint(
    "POST",
    "/api/v1/me/referral",
    caller=customer_caller(),
    request=NameMyReferrer,
    response=Success(ReferredFriend, status=201),
    errors=NAME_REFERRER_ERRORS,
)
def handler(call: Call[NameMyReferrer]) -> Reply:
    """Enter the referral code of another customer. For new customers, once."""
    return name_my_referrer(call)
