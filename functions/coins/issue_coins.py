"""POST /api/v1/merchant/coins/issue"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins.issue import REFERRED_ISSUE_ERRORS, issue_coins, prefetch_issue
from batua.coins.models import IssueCoins, IssueResult
from batua.identity.caller import key_caller


@endpoint(
    "POST",
    "/api/v1/merchant/coins/issue",
    caller=key_caller("coins:issue"),
    request=IssueCoins,
    response=IssueResult,
    errors=REFERRED_ISSUE_ERRORS,
    moves_value=True,
    prefetch=prefetch_issue,
)
def handler(call: Call[IssueCoins]) -> Reply:
    """Issue coins to a customer by phone, wallet id or QR.

    Give the coins, or leave them out to have them computed from the bill by the earning rules. A phone number that is
    new becomes a customer with a wallet in the same transaction. A new customer may name the `referral_code` of the one
    who sent them: both get the campaign's coins once this bill has stood.
    """
    return issue_coins(call)
