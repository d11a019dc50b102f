"""POST /api/v1/merchant/coins/redeem"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins.counter import seek_customer
from batua.coins.models import CoinsRedeemed, RedeemCoins
from batua.coins.redeem import ERRORS, redeem
from batua.identity.caller import key


@endpoint(
    "POST",
    "/api/v1/merchant/coins/redeem",
    caller=key("coins:redeem"),
    request=RedeemCoins,
    response=CoinsRedeemed,
    errors=ERRORS,
    moves_value=True,
    seek=seek_customer,
)
def handler(call: Call[RedeemCoins]) -> Reply:
    """Take coins off a customer's balance, those that expire first.

    Refused where the balance does not suffice, where the coins are worth more than the bill, and at the ceiling of what
    the merchant may redeem this month.
    """
    return redeem(call)
