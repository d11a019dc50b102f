"""GET /api/v1/landing/testimonials"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Raw, Reply
from batua.errors import SERVICE_UNAVAILABLE
from batua.identity.caller import public_caller
from batua.landing import content
from batua.landing.models import Testimonial


@endpoint(
    "GET",
    "/api/v1/landing/testimonials",
    caller=public_caller(),
    response=list[Testimonial],
    errors=[SERVICE_UNAVAILABLE],
    precondition="If-None-Match",
)
def handler(call: Call[None]) -> Reply | Raw:
    """List testimonials, entered by the operator with the consent of those quoted."""
    return content.list_content(call, "testimonials")
