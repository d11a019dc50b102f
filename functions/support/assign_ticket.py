"""POST /api/v1/tickets/{id}/assign"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.support import actions
from batua.support.access import prefetch_ticket
from batua.support.models import TicketAssignment, TicketOut
from batua.support.refusals import TICKET_ASSIGNEE_UNFIT, TICKET_CLOSED, TICKET_NOT_FOUND


@endpoint(
    "POST",
    "/api/v1/tickets/{id}/assign",
    caller=user_caller("platform:review"),
    request=TicketAssignment,
    response=TicketOut,
    errors=(
        TICKET_NOT_FOUND,
        TICKET_CLOSED,
        TICKET_ASSIGNEE_UNFIT,
    ),
    prefetch=prefetch_ticket,
    parameters={"id": "The ticket, `tkt_…`."},
)
def handler(call: Call[TicketAssignment]) -> TicketOut:
    """Assign a ticket to one of the operator's staff, or unassign it."""
    return actions.assign_ticket(call)
