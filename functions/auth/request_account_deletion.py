"""POST /api/v1/auth/account/delete"""

from batua.api.endpoint import Call, Success, endpoint
from batua.auth import deletion
from batua.auth.models import AccountDeletion, DeletionState
from batua.errors import (
    DELETION_NOT_REQUESTED,
    LAST_ADMIN,
    OTP_INVALID,
    SERVICE_UNAVAILABLE,
    TOO_MANY_ATTEMPTS,
    VERSION_CONFLICT,
    WRONG_PASSWORD,
)
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/auth/account/delete",
    caller=user_caller(enrolling=True),
    request=AccountDeletion,
    response=Success(DeletionState, status=202),
    errors=(
        WRONG_PASSWORD,
        OTP_INVALID,
        LAST_ADMIN,
        DELETION_NOT_REQUESTED,
        TOO_MANY_ATTEMPTS,
        VERSION_CONFLICT,
        SERVICE_UNAVAILABLE,
    ),
)
def handler(call: Call[AccountDeletion]) -> DeletionState:
    """Request the deletion of your account, or cancel it with `cancel`.

    Needs the password, or a one-time code for `account_deletion`. After the time of grace personal data is erased;
    entries of the ledger stay, and name nobody.
    """
    return deletion.request_account_deletion(call)
