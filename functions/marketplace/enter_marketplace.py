"""GET /api/v1/marketplace/entry"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.identity.caller import user_caller
from batua.marketplace import catalogue, entry
from batua.marketplace.models import EntryQuery, MarketplaceEntry


@endpoint(
    "GET",
    "/api/v1/marketplace/entry",
    caller=user_caller(),
    request=EntryQuery,
    response=MarketplaceEntry,
    prefetch=catalogue.prefetch_accounts,
)
def handler(call: Call[EntryQuery]) -> Reply:
    """Read where web and API clients enter the marketplace."""
    return entry.enter_marketplace(call)
