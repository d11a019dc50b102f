"""POST /api/v1/wallets/transfer"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.wallets.models import MovementOut, Transfer
from batua.wallets.transfers import TRANSFER_ERRORS, prefetch_transfer, transfer_between_wallets


@endpoint(
    "POST",
    "/api/v1/wallets/transfer",
    caller=user_caller("funds:move"),
    request=Transfer,
    response=MovementOut,
    errors=TRANSFER_ERRORS,
    moves_value=True,
    prefetch=prefetch_transfer,
)
def handler(call: Call[Transfer]) -> Reply:
    """Move value between two wallets of the tenant, of the same asset."""
    return transfer_between_wallets(call)
