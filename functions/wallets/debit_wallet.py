"""POST /api/v1/wallets/{id}/debit"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user
from batua.wallets.models import DebitWallet, Moved
from batua.wallets.moving import DEBIT_ERRORS, debit, seek_own


@endpoint(
    "POST",
    "/api/v1/wallets/{id}/debit",
    caller=user("tenant:admin"),
    request=DebitWallet,
    response=Moved,
    errors=DEBIT_ERRORS,
    moves_value=True,
    seek=seek_own,
    parameters={"id": "The wallet, `wal_…`."},
)
def handler(call: Call[DebitWallet]) -> Reply:
    """Debit a wallet at once, or set the amount aside as a hold.

    A hold is a transaction that is pending: capture it, whole or in part, or void it; else it expires by itself.
    """
    return debit(call)
