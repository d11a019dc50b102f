"""POST /api/v1/merchant/coins/redeem"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins.counter import prefetch_customer
from batua.coins.models import RedeemCoins, RedemptionResult
from batua.coins.redeem import REDEEM_ERRORS, redeem_coins
from batua.identity.caller import key_caller


@endpoint(
    "POST",
    "/api/v1/merchant/coins/redeem",
    caller=key_caller("coins:redeem"),
    request=RedeemCoins,
    response=RedemptionResult,
    errors=REDEEM_ERRORS,
    moves_value=True,
    prefetch=prefetch_customer,
)
def handler(call: Call[RedeemCoins]) -> Reply:
    """Redeem a customer's coins, those that expire first.

    Refused where the balance does not suffice, where the coins are worth more than the bill, and at the ceiling of what
    the merchant may redeem this month.
    """
    return redeem_coins(call)
