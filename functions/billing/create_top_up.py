"""POST /api/v1/billing/top-ups"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.billing.top_up_models import CreateTopUp, TopUpOut
from batua.billing.top_ups import CREATE_TOP_UP_ERRORS, create_top_up
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/billing/top-ups",
    caller=user_caller("funds:move"),
    request=CreateTopUp,
    response=Success(TopUpOut, status=201),
    errors=CREATE_TOP_UP_ERRORS,
)
def handler(call: Call[CreateTopUp]) -> Reply:
    """Create a top-up: a link to pay into the tenant's own wallet, through the operator's payment provider.

    Nothing is credited until the payment has arrived; then it is credited once. The link ends after three days.
    """
    return create_top_up(call)
