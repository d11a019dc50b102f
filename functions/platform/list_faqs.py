"""GET /api/v1/landing/faqs"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Raw, Reply
from batua.errors import SERVICE_UNAVAILABLE
from batua.identity.caller import public_caller
from batua.landing import content
from batua.landing.models import FaqEntry


@endpoint(
    "GET",
    "/api/v1/landing/faqs",
    caller=public_caller(),
    response=list[FaqEntry],
    errors=[SERVICE_UNAVAILABLE],
    precondition="If-None-Match",
)
def handler(call: Call[None]) -> Reply | Raw:
    """List questions and answers, in the order in which the operator shows them."""
    return content.list_content(call, "faqs")
