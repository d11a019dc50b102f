"""POST /api/v1/merchant/coins/{id}/reverse"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins.models import ReversalResult, ReverseCoins
from batua.coins.reverse import REVERSE_ERRORS, prefetch_reversal, reverse_coins
from batua.identity.caller import key_caller
from batua.rewards.redemption_ends import reward_reversal


@endpoint(
    "POST",
    "/api/v1/merchant/coins/{id}/reverse",
    caller=key_caller("coins:reverse"),
    request=ReverseCoins,
    response=ReversalResult,
    errors=REVERSE_ERRORS,
    moves_value=True,
    prefetch=prefetch_reversal,
    parameters={"id": "The transaction to undo, `txn_…`."},
)
def handler(call: Call[ReverseCoins]) -> Reply:
    """Reverse an issue or a redemption of this merchant, in full or in part.

    All reversals together never exceed the original. Coins of a redemption come back into their own lots, unless those
    are past; coins of an issue that have been spent are settled by the program's policy. With all coins of a redeemed
    reward, its stock, the customer's limit and a code that nobody has seen come back as well. What a reward credited to
    another wallet is taken back in proportion; where it has been spent, nothing is reversed.
    """
    return reverse_coins(call, reward_reversal)
