"""POST /api/v1/merchant/coins/issue/calculate"""

from batua.api.endpoint import Call, endpoint
from batua.coins.counter import prefetch_customer
from batua.coins.issue import ISSUE_ERRORS, calculate_issue
from batua.coins.models import CalculateIssue, IssueCalculation
from batua.identity.caller import key_caller


@endpoint(
    "POST",
    "/api/v1/merchant/coins/issue/calculate",
    caller=key_caller("coins:issue"),
    request=CalculateIssue,
    response=IssueCalculation,
    errors=ISSUE_ERRORS,
    prefetch=prefetch_customer,
)
def handler(call: Call[CalculateIssue]) -> IssueCalculation:
    """Calculate how many coins an issue would give now. The decision is the same; nothing is written."""
    return calculate_issue(call)
