"""POST /api/v1/fraud-flags/{id}/review"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import FOUR_EYES, NOT_FOUND, VERSION_CONFLICT
from batua.fraud import review
from batua.fraud.models import FlagOut, ReviewFlag
from batua.fraud.review import FLAG_CLOSED
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/fraud-flags/{id}/review",
    caller=user_caller("flags:review"),
    request=ReviewFlag,
    response=FlagOut,
    errors=(
        FOUR_EYES,
        NOT_FOUND,
        FLAG_CLOSED,
        VERSION_CONFLICT,
    ),
    prefetch=review.prefetch_flag,
    parameters={"id": "The flag, `flag_…`."},
)
def handler(call: Call[ReviewFlag]) -> Reply:
    """Close a flag as `fraud`, `harmless` or `unclear`. Not allowed for a user who made one of its entries.

    It says what was found, and does nothing else: coins are taken back by a reversal.
    """
    return review.review_flag(call)
