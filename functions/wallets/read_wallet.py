"""GET /api/v1/wallets/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import WALLET_NOT_FOUND
from batua.identity.caller import user
from batua.wallets import reading
from batua.wallets.models import WalletDetail


@endpoint(
    "GET",
    "/api/v1/wallets/{id}",
    caller=user("ledger:read"),
    response=WalletDetail,
    errors=(WALLET_NOT_FOUND,),
    seek=reading.seek_wallet,
    parameters={"id": "The wallet, `wal_…`."},
)
def handler(call: Call[None]) -> WalletDetail:
    """Read one wallet, the tenant's own or a customer's: balance, held, available, and the lots that expire."""
    return reading.read(call)
