"""GET /api/v1/me/tickets"""

from batua import errors
from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import customer_caller
from batua.me.ticket_models import MyTicket
from batua.me.tickets import MyTicketsQuery, list_my_tickets


@endpoint(
    "GET",
    "/api/v1/me/tickets",
    caller=customer_caller(),
    request=MyTicketsQuery,
    response=list[MyTicket],
    errors=(errors.INVALID_CURSOR,),
)
def handler(call: Call[MyTicketsQuery]) -> Reply:
    """List the customer's tickets with the merchant, the newest first."""
    return list_my_tickets(call)
