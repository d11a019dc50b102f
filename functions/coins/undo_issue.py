"""POST /api/v1/merchant/coins/{id}/undo"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.coins.models import ReversalResult
from batua.coins.undo import UNDO_ERRORS, UndoIssue, prefetch_undo, undo_issue
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/merchant/coins/{id}/undo",
    caller=user_caller("coins:issue"),
    request=UndoIssue,
    response=ReversalResult,
    errors=UNDO_ERRORS,
    moves_value=True,
    prefetch=prefetch_undo,
    parameters={"id": "The issue to undo, `txn_…`."},
)
def handler(call: Call[UndoIssue]) -> Reply:
    """Undo your own issue at the counter, within 5 minutes.

    For cashiers, who may not reverse in general. Only the whole issue, only by the user who made it, and only while it
    is the customer's latest transaction. Everything else is a reversal, for an administrator.
    """
    return undo_issue(call)
