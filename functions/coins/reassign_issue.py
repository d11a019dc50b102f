"""POST /api/v1/merchant/coins/{id}/reassign"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins.transfers import REASSIGN_ERRORS, MoveCoins, MovedCoins, prefetch_reassignment, reassign_issue
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/merchant/coins/{id}/reassign",
    caller=user_caller("coins:reverse"),
    request=MoveCoins,
    response=MovedCoins,
    errors=REASSIGN_ERRORS,
    moves_value=True,
    prefetch=prefetch_reassignment,
    parameters={"id": "The issue that was made to a wrong number, `txn_…`."},
)
def handler(call: Call[MoveCoins]) -> Reply:
    """Correct a wrong phone number: move what is left of an issue to the customer it was meant for.

    In one transaction the issue is reversed and the same coins, with the same expiry, are issued to the right customer;
    the merchant's month stays as it is. Coins that were spent under the wrong number can't be moved: they are the
    `shortfall`. To undo it, reassign the new issue, `target.transaction_id`, or reverse it like any other.
    """
    return reassign_issue(call)
