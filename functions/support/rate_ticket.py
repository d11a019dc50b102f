"""POST /api/v1/tickets/{id}/rate"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.support import actions
from batua.support.access import prefetch_ticket
from batua.support.models import NewRating, TicketOut
from batua.support.refusals import RATING_FINAL, TICKET_NOT_FOUND, TICKET_NOT_RATEABLE


@endpoint(
    "POST",
    "/api/v1/tickets/{id}/rate",
    caller=user_caller(),
    request=NewRating,
    response=TicketOut,
    errors=(
        TICKET_NOT_FOUND,
        TICKET_NOT_RATEABLE,
        RATING_FINAL,
    ),
    prefetch=prefetch_ticket,
    parameters={"id": "The ticket, `tkt_…`."},
)
def handler(call: Call[NewRating]) -> TicketOut:
    """Rate how a resolved ticket was handled. Only its requester can, and change the rating for a week."""
    return actions.rate_ticket(call)
