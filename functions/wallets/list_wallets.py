"""GET /api/v1/wallets"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user
from batua.wallets import reading
from batua.wallets.models import WalletShown, WalletsQuery


@endpoint(
    "GET",
    "/api/v1/wallets",
    caller=user("ledger:read"),
    request=WalletsQuery,
    response=list[WalletShown],
    errors=(INVALID_CURSOR,),
    seek=reading.seek_rupees,
)
def handler(call: Call[WalletsQuery]) -> Reply:
    """List the tenant's own wallets: in rupees, in coins of a prefunded program, and those it keeps for customers."""
    return reading.list_wallets(call)
