"""PUT /api/v1/billing/subscriptions/{tenant}"""

from batua.api.endpoint import Call, endpoint
from batua.billing.plan_models import SaveSubscription, SubscriptionOut
from batua.billing.plan_settings import SUBSCRIPTION_ERRORS, save_subscription
from batua.identity.caller import user_caller


@endpoint(
    "PUT",
    "/api/v1/billing/subscriptions/{tenant}",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=SaveSubscription,
    response=SubscriptionOut,
    errors=SUBSCRIPTION_ERRORS,
    parameters={"tenant": "The tenant, `ten_…`."},
)
def handler(call: Call[SaveSubscription]) -> SubscriptionOut:
    """Put a tenant on a price plan from a day on, or end its subscription.

    The fee is prorated by days. What was planned for later days is dropped.
    """
    return save_subscription(call)
