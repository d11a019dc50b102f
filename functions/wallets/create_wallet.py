"""POST /api/v1/wallets"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.wallets.lifecycle import CREATE_WALLET_ERRORS, create_wallet, prefetch_new_wallet
from batua.wallets.models import CreateWallet, WalletOut


@endpoint(
    "POST",
    "/api/v1/wallets",
    caller=user_caller("funds:move"),
    request=CreateWallet,
    response=WalletOut,
    errors=CREATE_WALLET_ERRORS,
    prefetch=prefetch_new_wallet,
)
def handler(call: Call[CreateWallet]) -> Reply:
    """Create a wallet in rupees under a name of your own: a branch, a project, a customer.

    With an `Idempotency-Key` the same request again answers with the same wallet.
    """
    return create_wallet(call)
