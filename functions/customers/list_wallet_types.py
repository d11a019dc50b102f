"""GET /wallets"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import REHOOK
from batua.customers import points
from batua.customers.models import WalletType
from batua.identity.caller import basic_caller


@endpoint(
    "GET",
    "/wallets",
    caller=basic_caller("points:read"),
    response=list[WalletType],
    errors=(),
    style=REHOOK,
)
def handler(call: Call[None]) -> list[WalletType]:
    """List the application's custom wallets."""
    return points.list_wallet_types(call)
