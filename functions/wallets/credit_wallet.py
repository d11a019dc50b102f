"""POST /api/v1/wallets/{id}/credit"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.wallets.models import CreditWallet, MovementOut
from batua.wallets.transfers import CREDIT_ERRORS, credit_wallet, prefetch_credit


@endpoint(
    "POST",
    "/api/v1/wallets/{id}/credit",
    caller=user_caller("tenant:admin"),
    request=CreditWallet,
    response=MovementOut,
    errors=CREDIT_ERRORS,
    moves_value=True,
    prefetch=prefetch_credit,
    parameters={"id": "The wallet, `wal_…`."},
)
def handler(call: Call[CreditWallet]) -> Reply:
    """Credit a wallet, from the bank or as an adjustment, with the reason.

    In the sandbox, whoever administers the tenant may. Live, money enters a merchant's wallet by a prefund, from its
    parent, or at the hands of the platform's administrator, who names the tenant; a parent may credit itself.
    """
    return credit_wallet(call)
