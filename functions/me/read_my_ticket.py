"""GET /api/v1/me/tickets/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import customer_caller
from batua.me.ticket_models import MyTicketDetail
from batua.me.tickets import read_my_ticket
from batua.support.refusals import TICKET_NOT_FOUND


@endpoint(
    "GET",
    "/api/v1/me/tickets/{id}",
    caller=customer_caller(),
    response=MyTicketDetail,
    errors=(TICKET_NOT_FOUND,),
    parameters={"id": "One of the customer's tickets, `tkt_…`."},
)
def handler(call: Call[None]) -> MyTicketDetail:
    """Read one of the customer's tickets, with its conversation."""
    return read_my_ticket(call)
