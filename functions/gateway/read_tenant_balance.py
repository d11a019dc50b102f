"""GET /gateway/wallet/api/balance"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway.models import TenantBalance
from batua.gateway.wallet import prefetch_gateway_wallet, read_gateway_balance
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/balance",
    caller=tenant_caller("gateway:read"),
    response=TenantBalance,
    style=PRAYOG,
    prefetch=prefetch_gateway_wallet,
)
def handler(call: Call[None]) -> Reply:
    """Read the balance of the tenant's wallet: what is available, and what is held."""
    return read_gateway_balance(call)
