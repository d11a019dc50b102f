"""GET /api/v1/wallets"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.wallets import queries
from batua.wallets.models import WalletOut, WalletsQuery


@endpoint(
    "GET",
    "/api/v1/wallets",
    caller=user_caller("ledger:read"),
    request=WalletsQuery,
    response=list[WalletOut],
    errors=(INVALID_CURSOR,),
    prefetch=queries.prefetch_rupee_wallet,
)
def handler(call: Call[WalletsQuery]) -> Reply:
    """List the tenant's own wallets: in rupees, in coins of a prefunded program, and those it keeps for customers."""
    return queries.list_tenant_wallets(call)
