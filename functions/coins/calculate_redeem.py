"""POST /api/v1/merchant/coins/redeem/calculate"""

from batua.api.endpoint import Call, endpoint
from batua.coins.counter import prefetch_customer
from batua.coins.models import CalculateRedeem, RedemptionCalculation
from batua.coins.redeem import REDEEM_ERRORS, calculate_redemption
from batua.identity.caller import key_caller


@endpoint(
    "POST",
    "/api/v1/merchant/coins/redeem/calculate",
    caller=key_caller("coins:redeem"),
    request=CalculateRedeem,
    response=RedemptionCalculation,
    errors=REDEEM_ERRORS,
    prefetch=prefetch_customer,
)
def handler(call: Call[CalculateRedeem]) -> RedemptionCalculation:
    """Calculate what a redemption would do now, including the merchant's ceiling. Nothing is written."""
    return calculate_redemption(call)
