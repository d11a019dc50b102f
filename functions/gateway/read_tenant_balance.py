"""GET /gateway/wallet/api/balance"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway.models import Balance
from batua.gateway.wallet import read_balance, seek_own
from batua.identity.caller import tenant


@endpoint(
    "GET",
    "/gateway/wallet/api/balance",
    caller=tenant("gateway:read"),
    response=Balance,
    style=PRAYOG,
    seek=seek_own,
)
def handler(call: Call[None]) -> Reply:
    """Read the balance of the tenant's wallet: what is available, and what is held."""
    return read_balance(call)
