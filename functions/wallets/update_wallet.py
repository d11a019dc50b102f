"""PATCH /api/v1/wallets/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.wallets.lifecycle import UPDATE_WALLET_ERRORS, prefetch_change, update_wallet
from batua.wallets.models import UpdateWallet, WalletOut


@endpoint(
    "PATCH",
    "/api/v1/wallets/{id}",
    caller=user_caller("funds:move"),
    request=UpdateWallet,
    response=WalletOut,
    errors=UPDATE_WALLET_ERRORS,
    prefetch=prefetch_change,
    parameters={"id": "The wallet, `wal_…`."},
)
def handler(call: Call[UpdateWallet]) -> Reply:
    """Rename a wallet, close it, or open it again.

    The wallet keeps its id and its transactions, and its former names keep leading to it. It is closed once it is empty
    and nothing is held in it; from then on nothing goes in or out, refunds included, until it is opened again. The
    tenant's main wallets can't be renamed or closed.
    """
    return update_wallet(call)
