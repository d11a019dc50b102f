"""The list of products on offer; a checkout, which needs one of them, does without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ..api import cursor
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.styles import Reply
from ..coins import counter
from ..ledger.model import Program
from ..rewards.reward import read_reward_record
from ..rewards.reward_walk import is_listed, walk_rewards
from ..store import market_keys
from .account import VendorAccount
from .catalogue import sellable_accounts
from .house_products import house_product
from .models import ProductsQuery
from .product import MarketProduct
from .views import product_out

_MAX_SCANNED: Final = 2_000
"""Products that one page scans for those that match the filters; the cursor continues from there."""


def list_products(call: Call[ProductsQuery]) -> Reply:
    found, following = page_of_products(call)
    program = counter.program_of(call.caller)
    rows = [product_out(product, program, None) for product in found]
    return Reply(rows, meta={"next_cursor": following, "limit": call.input.limit})


def page_of_products(call: Call[ProductsQuery]) -> tuple[list[MarketProduct], str | None]:
    """The products on offer, those of the house, the newest first, then those of vendors by title; and the cursor."""
    query, caller, program = call.input, call.caller, counter.program_of(call.caller)
    most = None if query.max_points is None else minor_units(query.max_points, program.scale, "max_points")
    bound = {"list": "products", "scope": caller.scope, **query.model_dump(exclude={"cursor", "limit"})}
    start = cursor.open_cursor(caller.tenant.id, bound, query.cursor) if query.cursor else ""
    walk = (
        (at, product if product and _matches_query(product, program, query, most) else None)
        for at, product in _products(call, start)
    )
    found, place = cursor.take_page(walk, query.limit, _MAX_SCANNED)
    return found, cursor.seal_cursor(caller.tenant.id, bound, place) if place else None


def _matches_query(product: MarketProduct, program: Program, query: ProductsQuery, most: int | None) -> bool:
    if query.vendor not in (None, product.vendor) or (query.category and query.category not in product.categories):
        return False
    if query.available and product.left == 0:
        return False
    if query.search:
        words = f"{product.title} {product.provider or ''} {product.description or ''}".casefold()
        if query.search.casefold() not in words:
            return False
    faces = product.denominations
    cheapest = min(faces.fixed, default=faces.least)
    return most is None or product.unit_points(cheapest, program) <= most


def _products(call: Call[Any], start: str) -> Iterator[tuple[str, MarketProduct | None]]:
    """Each product with its place, from after a place on. None: a row that is not on offer."""
    part, _, place = start.partition("|")
    sources: dict[str, Iterable[tuple[str, MarketProduct | None]]] = {
        "house": _house(call, place if part == "house" else "")
    }
    accounts = sellable_accounts(call, call.loaded)
    for tenant in dict.fromkeys(account for account, _ in accounts):
        sources[tenant] = _cached(call, tenant, accounts, place if part == tenant else "")
    names = list(sources)
    for name in names[names.index(part) if part in names else 0 :]:
        for at, product in sources[name]:
            yield f"{name}|{at}", product


def _house(call: Call[Any], before: str) -> Iterator[tuple[str, MarketProduct | None]]:
    program = counter.program_of(call.caller)
    for row, left in walk_rewards(call, before or None):
        reward = read_reward_record(row)
        listed = is_listed(reward, call)
        yield row["g1s"], house_product(call.caller.scope, reward, left, program, call.now) if listed else None


def _cached(
    call: Call[Any], tenant: str, accounts: dict[tuple[str, str], VendorAccount], after: str
) -> Iterator[tuple[str, MarketProduct | None]]:
    from .vendor_products import vendor_product

    partition = market_keys.market_products_partition(call.caller.scope, tenant)
    rows = call.store.query_all("directory", partition, index="by_parent", since=after or None, limit=100)
    for row in rows:
        if row["g1s"] == after:
            continue
        account = accounts.get((row["ten"], row["ven"]))
        yield row["g1s"], vendor_product(row, account) if account else None
