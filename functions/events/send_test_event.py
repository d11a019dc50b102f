"""POST /api/v1/webhook-endpoints/{id}/test"""

from batua.api.endpoint import Call, endpoint
from batua.errors import NOT_FOUND
from batua.events import endpoints
from batua.events.models import TestSent
from batua.identity.caller import user


@endpoint(
    "POST",
    "/api/v1/webhook-endpoints/{id}/test",
    caller=user("tenant:admin"),
    response=TestSent,
    errors=(NOT_FOUND,),
    seek=endpoints.seek,
    parameters={"id": "The webhook endpoint, `wep_…`."},
)
def handler(call: Call[None]) -> TestSent:
    """Send a test event now, and tell what the receiver answered.

    It is of type `webhook.test`, signed as all are, and sent once; a paused endpoint gets it too.
    """
    return endpoints.test(call)
