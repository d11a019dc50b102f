"""POST /wallets"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import REHOOK, Reply
from batua.customers import points
from batua.customers.models import CreateWalletType, WalletType
from batua.errors import IDEMPOTENCY_KEY_REUSED
from batua.identity.caller import basic_caller


@endpoint(
    "POST",
    "/wallets",
    caller=basic_caller("points:write"),
    request=CreateWalletType,
    response=Success(WalletType, status=201),
    errors=(points.TOO_MANY_WALLET_TYPES, IDEMPOTENCY_KEY_REUSED),
    style=REHOOK,
)
def handler(call: Call[CreateWalletType]) -> Reply:
    """Create a custom wallet: its name, its units, its currency, and when its points expire."""
    return points.create_wallet_type(call)
