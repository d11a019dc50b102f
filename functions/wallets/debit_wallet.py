"""POST /api/v1/wallets/{id}/debit"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.wallets.models import DebitWallet, MovementOut
from batua.wallets.transfers import DEBIT_ERRORS, debit_wallet, prefetch_debit


@endpoint(
    "POST",
    "/api/v1/wallets/{id}/debit",
    caller=user_caller("tenant:admin"),
    request=DebitWallet,
    response=MovementOut,
    errors=DEBIT_ERRORS,
    moves_value=True,
    prefetch=prefetch_debit,
    parameters={"id": "The wallet, `wal_…`."},
)
def handler(call: Call[DebitWallet]) -> Reply:
    """Debit a wallet at once, or set the amount aside as a hold.

    A hold is a transaction that is pending: capture it, whole or in part, or void it; else it expires by itself.
    """
    return debit_wallet(call)
