"""POST /api/v1/admin-messages"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.notifications import broadcasts
from batua.notifications.models import NewAdminMessage, SentAdminMessageOut


@endpoint(
    "POST",
    "/api/v1/admin-messages",
    caller=user_caller("platform:admin", step_up=True, live_only=True),
    request=NewAdminMessage,
    response=Success(SentAdminMessageOut, status=201),
)
def handler(call: Call[NewAdminMessage]) -> Reply:
    """Send a message to everyone, to roles or to tenants, now or later. All super admins are notified by email."""
    return broadcasts.create_admin_message(call)
