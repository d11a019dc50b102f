"""POST /api/v1/wallets/{id}/credit"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user
from batua.wallets.models import CreditWallet, Moved
from batua.wallets.moving import CREDIT_ERRORS, credit, seek_credited


@endpoint(
    "POST",
    "/api/v1/wallets/{id}/credit",
    caller=user("tenant:admin"),
    request=CreditWallet,
    response=Moved,
    errors=CREDIT_ERRORS,
    moves_value=True,
    seek=seek_credited,
    parameters={"id": "The wallet, `wal_…`."},
)
def handler(call: Call[CreditWallet]) -> Reply:
    """Credit a wallet, from the bank or as an adjustment, with the reason.

    In the sandbox, whoever administers the tenant may. Live, money enters a merchant's wallet by a prefund, from its
    parent, or at the hands of the platform's administrator, who names the tenant; a parent may credit itself.
    """
    return credit(call)
