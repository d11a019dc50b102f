"""POST /api/v1/me/tickets/{id}/comments"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import IDEMPOTENCY_KEY_REUSED
from batua.identity.caller import customer_caller
from batua.me.ticket_models import MyTicketDetail
from batua.me.tickets import NewMyComment, add_my_comment
from batua.support.refusals import TICKET_CLOSED, TICKET_NOT_FOUND, TICKET_STEP_NOT_ALLOWED, TOO_MANY_COMMENTS


@endpoint(
    "POST",
    "/api/v1/me/tickets/{id}/comments",
    caller=customer_caller(live_only=True),
    request=NewMyComment,
    response=Success(MyTicketDetail, status=201),
    errors=(IDEMPOTENCY_KEY_REUSED, TICKET_NOT_FOUND, TICKET_CLOSED, TICKET_STEP_NOT_ALLOWED, TOO_MANY_COMMENTS),
    parameters={"id": "One of the customer's tickets, `tkt_…`."},
)
def handler(call: Call[NewMyComment]) -> Reply:
    """Comment on one of the customer's tickets. A pending or resolved ticket is reopened."""
    return add_my_comment(call)
