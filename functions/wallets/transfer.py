"""POST /api/v1/wallets/transfer"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user
from batua.wallets.models import Moved, Transfer
from batua.wallets.moving import TRANSFER_ERRORS, seek_both, transfer


@endpoint(
    "POST",
    "/api/v1/wallets/transfer",
    caller=user("funds:move"),
    request=Transfer,
    response=Moved,
    errors=TRANSFER_ERRORS,
    moves_value=True,
    seek=seek_both,
)
def handler(call: Call[Transfer]) -> Reply:
    """Move value between two wallets of the tenant, of the same asset."""
    return transfer(call)
