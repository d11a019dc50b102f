"""PUT /api/v1/landing-content/testimonials"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.landing import content
from batua.landing.models import ContentSaved, ReplaceTestimonials


@endpoint(
    "PUT",
    "/api/v1/landing-content/testimonials",
    caller=user_caller("platform:admin"),
    request=ReplaceTestimonials,
    response=ContentSaved,
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[ReplaceTestimonials]) -> ContentSaved:
    """Replace the testimonials; each needs the consent of the person quoted."""
    return content.replace_content(call, "testimonials")
