"""PATCH /api/v1/tickets/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.support import tickets
from batua.support.access import prefetch_ticket
from batua.support.models import TicketChange, TicketOut
from batua.support.refusals import TICKET_CLOSED, TICKET_NOT_FOUND


@endpoint(
    "PATCH",
    "/api/v1/tickets/{id}",
    caller=user_caller(),
    request=TicketChange,
    response=TicketOut,
    errors=(
        TICKET_NOT_FOUND,
        TICKET_CLOSED,
        VERSION_CONFLICT,
    ),
    prefetch=prefetch_ticket,
    parameters={"id": "The ticket, `tkt_…`."},
)
def handler(call: Call[TicketChange]) -> TicketOut:
    """Change the subject, category or priority of a ticket."""
    return tickets.update_ticket(call)
