"""POST /api/v1/merchant/coins/issue"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins.counter import seek_customer
from batua.coins.issue import ERRORS, issue
from batua.coins.models import CoinsIssued, IssueCoins
from batua.identity.caller import key


@endpoint(
    "POST",
    "/api/v1/merchant/coins/issue",
    caller=key("coins:issue"),
    request=IssueCoins,
    response=CoinsIssued,
    errors=ERRORS,
    moves_value=True,
    seek=seek_customer,
)
def handler(call: Call[IssueCoins]) -> Reply:
    """Issue coins to a customer by phone, wallet id or QR.

    Give the coins, or leave them out to have them computed from the bill by the earning rules. A phone number that is
    new becomes a customer with a wallet in the same transaction.
    """
    return issue(call)
