"""POST /api/v1/merchant/coins/{id}/reverse"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins.models import CoinsReversed, ReverseCoins
from batua.coins.reverse import ERRORS, reverse, seek_transaction
from batua.identity.caller import key


@endpoint(
    "POST",
    "/api/v1/merchant/coins/{id}/reverse",
    caller=key("coins:reverse"),
    request=ReverseCoins,
    response=CoinsReversed,
    errors=ERRORS,
    moves_value=True,
    seek=seek_transaction,
    parameters={"id": "The transaction to undo, `txn_…`."},
)
def handler(call: Call[ReverseCoins]) -> Reply:
    """Undo an issue or a redemption of this merchant's, the rest of it or a part.

    All reversals together never exceed the original. Coins of a redemption come back into their own lots, unless those
    are past; coins of an issue that have been spent are settled by the program's policy.
    """
    return reverse(call)
