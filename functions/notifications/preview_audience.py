"""POST /api/v1/admin-messages/preview"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.notifications.broadcasts import preview_audience
from batua.notifications.models import AudiencePreview, PreviewAudience


@endpoint(
    "POST",
    "/api/v1/admin-messages/preview",
    caller=user_caller("platform:admin"),
    request=PreviewAudience,
    response=AudiencePreview,
)
def handler(call: Call[PreviewAudience]) -> AudiencePreview:
    """Count who would receive a message to an audience, before sending it."""
    return preview_audience(call)
