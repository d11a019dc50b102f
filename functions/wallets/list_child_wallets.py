"""GET /api/v1/wallets/children"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.wallets import children
from batua.wallets.models import ChildWallet, ChildWalletsQuery


@endpoint(
    "GET",
    "/api/v1/wallets/children",
    caller=user_caller("ledger:read"),
    request=ChildWalletsQuery,
    response=list[ChildWallet],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[ChildWalletsQuery]) -> Reply:
    """List the tenants right below this one, with the balance of their main wallets in rupees."""
    return children.list_child_wallets(call)
