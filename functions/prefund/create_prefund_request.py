"""POST /api/v1/prefund/requests"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import (
    DOCUMENT_UNFIT,
    IDEMPOTENCY_KEY_REUSED,
    RECEIVER_ACCOUNT_INACTIVE,
    RECEIVER_ACCOUNT_NOT_FOUND,
    SERVICE_UNAVAILABLE,
    UTR_USED,
    VERIFICATION_REQUIRED,
)
from batua.identity.caller import user_caller
from batua.prefund import requests
from batua.prefund.models import NewPrefund, PrefundOut


@endpoint(
    "POST",
    "/api/v1/prefund/requests",
    caller=user_caller("prefund:request", live_only=True),
    request=NewPrefund,
    response=Success(PrefundOut, status=201),
    errors=(
        RECEIVER_ACCOUNT_NOT_FOUND,
        RECEIVER_ACCOUNT_INACTIVE,
        UTR_USED,
        VERIFICATION_REQUIRED,
        DOCUMENT_UNFIT,
        IDEMPOTENCY_KEY_REUSED,
        SERVICE_UNAVAILABLE,
    ),
    prefetch=requests.prefetch_new_prefund,
)
def handler(call: Call[NewPrefund]) -> Reply:
    """Report a transfer to a receiver account, to be credited to the tenant's wallet.

    Starts the approval. A transfer's UTR can stand for one request; made again, it is the same one.
    """
    return requests.create_prefund(call)
