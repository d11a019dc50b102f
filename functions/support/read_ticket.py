"""GET /api/v1/tickets/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.support import tickets
from batua.support.access import prefetch_ticket
from batua.support.models import TicketOut
from batua.support.refusals import TICKET_NOT_FOUND


@endpoint(
    "GET",
    "/api/v1/tickets/{id}",
    caller=user_caller(),
    response=TicketOut,
    errors=(TICKET_NOT_FOUND,),
    prefetch=prefetch_ticket,
    parameters={"id": "The ticket, `tkt_…`."},
)
def handler(call: Call[None]) -> TicketOut:
    """Read a ticket, with links to its attachments."""
    return tickets.read_ticket(call)
