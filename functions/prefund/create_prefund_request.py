"""POST /api/v1/prefund/requests"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import (
    DOCUMENT_UNFIT,
    IDEMPOTENCY_KEY_REUSED,
    RECEIVER_ACCOUNT_INACTIVE,
    RECEIVER_ACCOUNT_NOT_FOUND,
    SERVICE_UNAVAILABLE,
    UTR_USED,
)
from batua.identity.caller import user
from batua.prefund import asking
from batua.prefund.models import NewRequest, RequestShown


@endpoint(
    "POST",
    "/api/v1/prefund/requests",
    caller=user("prefund:request"),
    request=NewRequest,
    response=RequestShown,
    errors=(
        RECEIVER_ACCOUNT_NOT_FOUND,
        RECEIVER_ACCOUNT_INACTIVE,
        UTR_USED,
        DOCUMENT_UNFIT,
        IDEMPOTENCY_KEY_REUSED,
        SERVICE_UNAVAILABLE,
    ),
    status=201,
    seek=asking.seek_named,
)
def handler(call: Call[NewRequest]) -> Reply:
    """Tell of money that was sent to a receiver account, to be credited to the tenant's wallet.

    Starts the approval. A transfer's UTR can stand for one request; made again, it is the same one.
    """
    return asking.create(call)
