"""GET /wallets"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import REHOOK
from batua.customers import wallets
from batua.customers.models import WalletType
from batua.identity.caller import basic


@endpoint(
    "GET",
    "/wallets",
    caller=basic("points:read"),
    response=list[WalletType],
    errors=(),
    style=REHOOK,
)
def handler(call: Call[None]) -> list[WalletType]:
    """List the application's custom wallets."""
    return wallets.list_wallet_types(call)
