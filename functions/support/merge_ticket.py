"""POST /api/v1/tickets/{id}/merge"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.support.access import prefetch_ticket
from batua.support.merging import merge_ticket
from batua.support.models import MergeTicket, TicketOut
from batua.support.refusals import TICKET_CLOSED, TICKET_NOT_FOUND


@endpoint(
    "POST",
    "/api/v1/tickets/{id}/merge",
    caller=user_caller("platform:review"),
    request=MergeTicket,
    response=TicketOut,
    errors=(TICKET_NOT_FOUND, TICKET_CLOSED),
    prefetch=prefetch_ticket,
    parameters={"id": "The ticket that is closed, `tkt_…`."},
)
def handler(call: Call[MergeTicket]) -> TicketOut:
    """Merge a ticket into another of the same tenant.

    The ticket is closed and names the other, which gets its description and last comment: as a public comment where
    both were opened by the same person, as an internal one otherwise.
    """
    return merge_ticket(call)
