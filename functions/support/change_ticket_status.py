"""POST /api/v1/tickets/{id}/change-status"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.support import actions
from batua.support.access import prefetch_ticket
from batua.support.models import TicketOut, TicketStatusChange
from batua.support.refusals import TICKET_NOT_FOUND, TICKET_STEP_NOT_ALLOWED


@endpoint(
    "POST",
    "/api/v1/tickets/{id}/change-status",
    caller=user_caller(),
    request=TicketStatusChange,
    response=TicketOut,
    errors=(
        TICKET_NOT_FOUND,
        TICKET_STEP_NOT_ALLOWED,
        VERSION_CONFLICT,
    ),
    prefetch=prefetch_ticket,
    parameters={"id": "The ticket, `tkt_…`."},
)
def handler(call: Call[TicketStatusChange]) -> TicketOut:
    """Change the status of a ticket, along allowed steps only; a refusal names them."""
    return actions.change_ticket_status(call)
