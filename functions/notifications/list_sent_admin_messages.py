"""GET /api/v1/admin-messages/sent"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.notifications import broadcasts
from batua.notifications.models import SentAdminMessageOut, SentMessagesQuery


@endpoint(
    "GET",
    "/api/v1/admin-messages/sent",
    caller=user_caller("platform:admin"),
    request=SentMessagesQuery,
    response=list[SentAdminMessageOut],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[SentMessagesQuery]) -> Reply:
    """List all messages of the operator, scheduled and withdrawn ones included."""
    return broadcasts.list_sent_admin_messages(call)
