"""POST /api/v1/tickets/ratings"""

from batua.api.endpoint import Call, endpoint
from batua.errors import LINK_INVALID
from batua.identity.caller import public_caller
from batua.support.models import RatedByLink, RatingByLink
from batua.support.rating import rate_by_link
from batua.support.refusals import RATING_FINAL, TICKET_NOT_FOUND, TICKET_NOT_RATEABLE


@endpoint(
    "POST",
    "/api/v1/tickets/ratings",
    caller=public_caller(),
    request=RatingByLink,
    response=RatedByLink,
    errors=(LINK_INVALID, TICKET_NOT_FOUND, TICKET_NOT_RATEABLE, RATING_FINAL),
)
def handler(call: Call[RatingByLink]) -> RatedByLink:
    """Rate how a resolved ticket was handled, with the signed link from an email or text, without signing in.

    The link works for 30 days, and for the requester's ticket alone. The rating can be changed for a week.
    """
    return rate_by_link(call)
