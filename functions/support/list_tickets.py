"""GET /api/v1/tickets"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.support import tickets
from batua.support.models import TicketsQuery, TicketSummary


@endpoint(
    "GET",
    "/api/v1/tickets",
    caller=user_caller(),
    request=TicketsQuery,
    response=list[TicketSummary],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[TicketsQuery]) -> Reply:
    """List tickets, the newest first: your own, all of your tenant's with `tickets:read`, and for staff everyone's."""
    return tickets.list_tickets(call)
