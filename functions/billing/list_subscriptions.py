"""GET /api/v1/billing/subscriptions"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.plan_models import OperatorListQuery, SubscriptionOut
from batua.billing.plan_settings import OPERATOR_LIST_ERRORS, list_subscriptions
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/subscriptions",
    caller=user_caller("platform:review", live_only=True),
    request=OperatorListQuery,
    response=list[SubscriptionOut],
    errors=OPERATOR_LIST_ERRORS,
)
def handler(call: Call[OperatorListQuery]) -> Reply:
    """List which tenants are, were or will be on which price plan."""
    return list_subscriptions(call)
