"""The products that a tenant's customers can buy: its own rewards that are sold, and those of its network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from .. import errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.request import Request
from ..api.styles import Reply
from ..coins import counter
from ..identity.credentials import Claims
from ..ledger.model import Program
from ..money import INR_SCALE, to_text
from ..rewards.reward import read_reward_record, read_stock
from ..rewards.reward_walk import is_listed, walk_rewards
from ..store import reward_keys
from ..store.keys import Key
from ..store.store import Found
from .house_products import house_product
from .models import ProductOut, ProductQuery, ProductsQuery
from .product import MarketProduct
from .views import product_out

PRODUCT_ERRORS: Final = (errors.PRODUCT_NOT_FOUND,)
_LOOKED_AT: Final = 2_000
"""Products that one page may look at for what the filters want; the cursor goes on from there."""


@dataclass(frozen=True, slots=True)
class ProductLookup:
    """One product, with what its price and what is left of it come from."""

    scope: str
    product: str

    @property
    def keys(self) -> list[Key]:
        return [
            reward_keys.reward_key(self.scope, self.product),
            reward_keys.reward_stock_key(self.scope, self.product),
        ]


def prefetch_product(claims: Claims, content: object, request: Request) -> ProductLookup:
    return product_lookup(claims, request.path["id"])


def product_lookup(claims: Claims, product: str) -> ProductLookup:
    """Raises PRODUCT_NOT_FOUND for what can't be one."""
    if not ids.is_id(product, "rew"):
        raise errors.PRODUCT_NOT_FOUND()
    return ProductLookup(claims.scope, product)


def offered_product(call: Call[Any], lookup: ProductLookup, found: Found) -> MarketProduct:
    """The product, where this tenant offers it now. Raises PRODUCT_NOT_FOUND for any other."""
    stored_reward, stored_stock = (found[key] for key in lookup.keys)
    reward = read_reward_record(stored_reward) if stored_reward else None
    product: MarketProduct | None = None
    if reward and is_listed(reward, call):
        left = read_stock(stored_stock, reward)
        product = house_product(lookup.scope, reward, left, counter.program_of(call.caller), call.now)
    if product is None:
        raise errors.PRODUCT_NOT_FOUND()
    return product


def read_product(call: Call[ProductQuery]) -> ProductOut:
    """One product, with the price of the denomination that the query names."""
    product, program = offered_product(call, call.lookup, call.loaded), counter.program_of(call.caller)
    face = None
    if call.input.denomination is not None:
        face = minor_units(call.input.denomination, INR_SCALE, "denomination")
        require_denomination(product, face)
    return product_out(product, program, face)


def require_denomination(product: MarketProduct, face: int) -> None:
    """Raises a 400 that says which face values there are."""
    faces = product.denominations
    if faces.allow(face):
        return
    if faces.fixed:
        known = ", ".join(to_text(each, INR_SCALE) for each in sorted(faces.fixed)[:20])
        raise errors.invalid("denomination", f"must be one of {known}")
    least, most, step = (to_text(each, INR_SCALE) for each in (faces.least, faces.most, faces.step))
    raise errors.invalid("denomination", f"must be from {least} to {most} in steps of {step}")


def list_products(call: Call[ProductsQuery]) -> Reply:
    """The products on offer, the newest first."""
    query, caller, program = call.input, call.caller, counter.program_of(call.caller)
    most = None if query.max_points is None else minor_units(query.max_points, program.scale, "max_points")
    bound = {"list": "products", "scope": caller.scope, **query.model_dump(exclude={"cursor", "limit"})}
    start = cursor.open_cursor(caller.tenant.id, bound, query.cursor) if query.cursor else ""
    walk = (
        (at, product if product and _fits(product, program, query, most) else None)
        for at, product in _walk(call, start)
    )
    found, place = cursor.take_page(walk, query.limit, _LOOKED_AT)
    rows = [product_out(product, program, None) for product in found]
    following = cursor.seal_cursor(caller.tenant.id, bound, place) if place else None
    return Reply(rows, meta={"next_cursor": following, "limit": query.limit})


def _fits(product: MarketProduct, program: Program, query: ProductsQuery, most: int | None) -> bool:
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


def _walk(call: Call[Any], before: str) -> Iterator[tuple[str, MarketProduct | None]]:
    """Each reward's product with its place, from after a place on. None: a reward that is not on offer as one."""
    program = counter.program_of(call.caller)
    for row, left in walk_rewards(call, before or None):
        reward = read_reward_record(row)
        listed = is_listed(reward, call)
        yield row["g1s"], house_product(call.caller.scope, reward, left, program, call.now) if listed else None
