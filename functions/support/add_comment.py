"""POST /api/v1/tickets/{id}/comments"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import DOCUMENT_UNFIT, IDEMPOTENCY_KEY_REUSED, VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.support import conversation
from batua.support.access import prefetch_ticket
from batua.support.models import CommentAdded, NewComment
from batua.support.refusals import (
    CANNED_RESPONSE_NOT_FOUND,
    TICKET_CLOSED,
    TICKET_NOT_FOUND,
    TICKET_STEP_NOT_ALLOWED,
    TOO_MANY_COMMENTS,
)


@endpoint(
    "POST",
    "/api/v1/tickets/{id}/comments",
    caller=user_caller(),
    request=NewComment,
    response=Success(CommentAdded, status=201),
    errors=(
        TICKET_NOT_FOUND,
        TICKET_CLOSED,
        TICKET_STEP_NOT_ALLOWED,
        CANNED_RESPONSE_NOT_FOUND,
        TOO_MANY_COMMENTS,
        DOCUMENT_UNFIT,
        IDEMPOTENCY_KEY_REUSED,
        VERSION_CONFLICT,
    ),
    prefetch=prefetch_ticket,
    parameters={"id": "The ticket, `tkt_…`."},
)
def handler(call: Call[NewComment]) -> Reply:
    """Comment on a ticket; a customer's reply reopens one that is pending or resolved."""
    return conversation.add_comment(call)
