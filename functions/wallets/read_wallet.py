"""GET /api/v1/wallets/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import WALLET_NOT_FOUND
from batua.identity.caller import user_caller
from batua.wallets import queries
from batua.wallets.models import WalletDetail


@endpoint(
    "GET",
    "/api/v1/wallets/{id}",
    caller=user_caller("ledger:read"),
    response=WalletDetail,
    errors=(WALLET_NOT_FOUND,),
    prefetch=queries.prefetch_wallet,
    parameters={"id": "The wallet, `wal_…`."},
)
def handler(call: Call[None]) -> WalletDetail:
    """Read one wallet, the tenant's own or a customer's: balance, held, available, and the lots that expire."""
    return queries.read_tenant_wallet_detail(call)
