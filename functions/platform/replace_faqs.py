"""PUT /api/v1/landing-content/faqs"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.landing import content
from batua.landing.models import ContentSaved, ReplaceFaqs


@endpoint(
    "PUT",
    "/api/v1/landing-content/faqs",
    caller=user_caller("platform:admin"),
    request=ReplaceFaqs,
    response=ContentSaved,
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[ReplaceFaqs]) -> ContentSaved:
    """Replace the public questions and answers."""
    return content.replace_content(call, "faqs")
