"""POST /gateway/wallet/api/create-transaction"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import charges
from batua.gateway.models import NewTransaction, TransactionCreated
from batua.gateway.wallet import prefetch_gateway_wallet
from batua.identity.caller import tenant_caller


@endpoint(
    "POST",
    "/gateway/wallet/api/create-transaction",
    caller=tenant_caller("gateway:write"),
    request=NewTransaction,
    response=TransactionCreated,
    errors=charges.CHARGE_ERRORS,
    style=PRAYOG,
    moves_value=True,
    prefetch=prefetch_gateway_wallet,
)
def handler(call: Call[NewTransaction]) -> Reply:
    """Record a transaction made of charges, and move the tenant's balance by all of them or none.

    `referenceId` with `entityType` is the idempotency key. A breakup must add up to its charge.
    """
    return charges.create_transaction(call)
