"""POST /gateway/wallet/api/create-transaction"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import PRAYOG, Reply
from batua.gateway import charges
from batua.gateway.models import NewTransaction, TransactionMade
from batua.gateway.wallet import seek_own
from batua.identity.caller import tenant


@endpoint(
    "POST",
    "/gateway/wallet/api/create-transaction",
    caller=tenant("gateway:write"),
    request=NewTransaction,
    response=TransactionMade,
    errors=charges.ERRORS,
    style=PRAYOG,
    moves_value=True,
    seek=seek_own,
)
def handler(call: Call[NewTransaction]) -> Reply:
    """Record a transaction made of charges, and move the tenant's balance by them, by all or by none.

    `referenceId` with `entityType` is the idempotency key. A breakup must add up to its charge.
    """
    return charges.create_transaction(call)
