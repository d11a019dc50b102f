"""GET /api/v1/tickets/{id}/history"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.support import conversation
from batua.support.access import prefetch_ticket
from batua.support.models import CommentsQuery, HistoryEntry
from batua.support.refusals import TICKET_NOT_FOUND


@endpoint(
    "GET",
    "/api/v1/tickets/{id}/history",
    caller=user_caller(),
    request=CommentsQuery,
    response=list[HistoryEntry],
    errors=(TICKET_NOT_FOUND, INVALID_CURSOR),
    prefetch=prefetch_ticket,
    parameters={"id": "The ticket, `tkt_…`."},
)
def handler(call: Call[CommentsQuery]) -> Reply:
    """List the history of a ticket, oldest first."""
    return conversation.list_ticket_history(call)
