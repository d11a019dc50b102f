"""POST /api/v1/me/tickets/{id}/rating"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.ticket_models import MyTicketDetail
from batua.me.tickets import rate_my_ticket
from batua.support.models import NewRating
from batua.support.refusals import RATING_FINAL, TICKET_NOT_FOUND, TICKET_NOT_RATEABLE


@endpoint(
    "POST",
    "/api/v1/me/tickets/{id}/rating",
    caller=customer_caller(live_only=True),
    request=NewRating,
    response=MyTicketDetail,
    errors=(TICKET_NOT_FOUND, TICKET_NOT_RATEABLE, RATING_FINAL),
    parameters={"id": "One of the customer's tickets, `tkt_…`."},
)
def handler(call: Call[NewRating]) -> MyTicketDetail:
    """Rate how the merchant handled one of the customer's tickets, once it is resolved.

    The rating can be changed for a week. The text message which says that a ticket is resolved has a link that does the
    same without signing in.
    """
    return rate_my_ticket(call)
