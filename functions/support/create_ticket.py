"""POST /api/v1/tickets"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import DOCUMENT_UNFIT, IDEMPOTENCY_KEY_REUSED, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.support import tickets
from batua.support.models import NewTicket, TicketOut
from batua.support.refusals import TICKET_NOT_FOUND


@endpoint(
    "POST",
    "/api/v1/tickets",
    caller=user_caller(),
    request=NewTicket,
    response=Success(TicketOut, status=201),
    errors=(
        IDEMPOTENCY_KEY_REUSED,
        DOCUMENT_UNFIT,
        VERSION_CONFLICT,
        TICKET_NOT_FOUND,
    ),
)
def handler(call: Call[NewTicket]) -> Reply:
    """Open a ticket with the operator's support staff."""
    return tickets.create_ticket(call)
