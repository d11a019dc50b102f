"""POST /api/v1/merchant/coins/issue/calculate"""

from batua.api.endpoint import Call, endpoint
from batua.coins.counter import seek_customer
from batua.coins.issue import ERRORS, calculate
from batua.coins.models import CalculateIssue, CoinsCalculated
from batua.identity.caller import key


@endpoint(
    "POST",
    "/api/v1/merchant/coins/issue/calculate",
    caller=key("coins:issue"),
    request=CalculateIssue,
    response=CoinsCalculated,
    errors=ERRORS,
    seek=seek_customer,
)
def handler(call: Call[CalculateIssue]) -> CoinsCalculated:
    """Tell how many coins an issue would give now. The same decision, nothing is written."""
    return calculate(call)
