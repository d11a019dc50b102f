"""POST /api/v1/merchant/coins/redeem/calculate"""

from batua.api.endpoint import Call, endpoint
from batua.coins.counter import seek_customer
from batua.coins.models import CalculateRedeem, RedemptionCalculated
from batua.coins.redeem import ERRORS, calculate
from batua.identity.caller import key


@endpoint(
    "POST",
    "/api/v1/merchant/coins/redeem/calculate",
    caller=key("coins:redeem"),
    request=CalculateRedeem,
    response=RedemptionCalculated,
    errors=ERRORS,
    seek=seek_customer,
)
def handler(call: Call[CalculateRedeem]) -> RedemptionCalculated:
    """Tell what a redemption would do now, the merchant's ceiling included. Nothing is written."""
    return calculate(call)
