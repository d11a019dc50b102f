"""POST /api/v1/webhook-endpoints/{id}/test"""

from batua.api.endpoint import Call, endpoint
from batua.errors import NOT_FOUND
from batua.events import endpoints
from batua.events.models import TestEventResult
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/webhook-endpoints/{id}/test",
    caller=user_caller("tenant:admin"),
    response=TestEventResult,
    errors=(NOT_FOUND,),
    prefetch=endpoints.prefetch_webhook_endpoint,
    parameters={"id": "The webhook endpoint, `wep_…`."},
)
def handler(call: Call[None]) -> TestEventResult:
    """Send a test event now, and return the receiver's response.

    It is of type `webhook.test`, signed as all are, and sent once; a paused endpoint gets it too.
    """
    return endpoints.test_webhook_endpoint(call)
