"""Where web and API clients enter the marketplace."""

from __future__ import annotations

from urllib.parse import quote

from .. import errors, ids
from ..api.endpoint import Call
from ..api.styles import Reply
from ..coins import counter
from ..settings import settings
from .catalogue import sellable_accounts
from .models import EntryQuery, EntryTargets, MarketplaceEntry
from .vendor import VendorName

_API = "/api/v1/marketplace"


def enter_marketplace(call: Call[EntryQuery]) -> Reply:
    """The address of the page and those of the API, and whose products there are."""
    program, product = counter.program_of(call.caller), call.input.product_id
    if product is not None and not ids.is_id(product, "rew", "prd"):
        raise errors.invalid("product_id", "must be the id of a product, such as rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA")
    # Without an address of its own the targets are paths: the host that a request names is not to be trusted.
    base = settings().public_url
    accounts = sellable_accounts(call, call.loaded).values()
    vendors: list[VendorName] = ["house", *sorted({account.vendor for account in accounts})]
    page = f"{base}/marketplace" + (f"?product={quote(product)}" if product else "")
    entry = MarketplaceEntry(
        web_url=page,
        api=EntryTargets(
            balance=f"{base}{_API}/balance",
            products=f"{base}{_API}/products",
            checkout=f"{base}{_API}/checkout",
            orders=f"{base}{_API}/orders",
        ),
        vendors=vendors,
        program_id=program.id,
        coin_name=program.singular,
        mode=call.caller.mode,
    )
    return Reply(entry)
