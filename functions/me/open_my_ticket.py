"""POST /api/v1/me/tickets"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import IDEMPOTENCY_KEY_REUSED
from batua.identity.caller import customer_caller
from batua.me.ticket_models import MyTicketDetail
from batua.me.tickets import NewMyTicket, open_my_ticket
from batua.support.refusals import TICKET_NOT_FOUND, TICKETS_NOT_OFFERED, TOO_MANY_OPEN_TICKETS


@endpoint(
    "POST",
    "/api/v1/me/tickets",
    caller=customer_caller(live_only=True),
    request=NewMyTicket,
    response=Success(MyTicketDetail, status=201),
    errors=(IDEMPOTENCY_KEY_REUSED, TICKETS_NOT_OFFERED, TOO_MANY_OPEN_TICKETS, TICKET_NOT_FOUND),
)
def handler(call: Call[NewMyTicket]) -> Reply:
    """Open a ticket with the merchant, if the merchant takes tickets. Its own team answers."""
    return open_my_ticket(call)
