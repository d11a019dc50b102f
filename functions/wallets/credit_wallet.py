"""POST /api/v1/wallets/{id}/credit"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.wallets.models import CreditWallet, MovementOut
from batua.wallets.transfers import CREDIT_ERRORS, credit_wallet, prefetch_credit


@endpoint(
    "POST",
    "/api/v1/wallets/{id}/credit",
    caller=user_caller("tenant:admin", step_up=True),
    request=CreditWallet,
    response=MovementOut,
    errors=CREDIT_ERRORS,
    moves_value=True,
    prefetch=prefetch_credit,
    parameters={"id": "The wallet, `wal_…`."},
)
def handler(call: Call[CreditWallet]) -> Reply:
    """Credit a wallet, from the bank or as an adjustment, with the reason.

    In the sandbox, a tenant's administrator may credit the tenant's own wallet. Live, money enters a wallet by a
    prefund, from the parent tenant, or by the platform's administrator, who names the tenant.
    """
    return credit_wallet(call)
