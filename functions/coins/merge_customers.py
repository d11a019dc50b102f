"""POST /api/v1/merchant/customers/{id}/merge"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins.transfers import MERGE_ERRORS, MoveCoins, MovedCoins, merge_customers, prefetch_merge
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/merchant/customers/{id}/merge",
    caller=user_caller("customers:write", step_up=True),
    request=MoveCoins,
    response=MovedCoins,
    errors=MERGE_ERRORS,
    moves_value=True,
    prefetch=prefetch_merge,
    parameters={"id": "The customer whose coins are moved, `cust_…`."},
)
def handler(call: Call[MoveCoins]) -> Reply:
    """Merge a customer into another: all available coins move, and keep the months in which they expire.

    For the owner of the program. Both wallets keep their entries, the coins leave one and enter the other in one
    transaction, and the QR codes of the first customer are revoked. Nothing is issued and nothing redeemed, so no
    merchant's figures change. A merge can't be reversed; merge the other way instead. Refunds of bills from before act
    on the first wallet, by the program's policy for coins that are gone; what is issued later to its number stays there
    until it is merged again.
    """
    return merge_customers(call)
