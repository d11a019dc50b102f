"""The products that a tenant's customers can buy: from its own house and vendors, and from its network's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from .. import errors, ids
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.request import Request
from ..coins import counter
from ..identity.credentials import Claims
from ..money import INR_SCALE, to_text
from ..store import market_keys, reward_keys
from ..store.keys import Key
from ..store.store import Found
from .account import EXTERNAL_VENDORS, VendorAccount, read_account_record
from .models import ProductOut, ProductQuery
from .product import MarketProduct
from .views import product_out

PRODUCT_ERRORS: Final = (errors.PRODUCT_NOT_FOUND,)


@dataclass(frozen=True, slots=True)
class AccountsLookup:
    """The vendor accounts that a tenant may sell from: its own, and those of its program's owner."""

    scope: str
    tenants: tuple[str, ...]

    @property
    def keys(self) -> list[Key]:
        return [
            market_keys.vendor_account_key(self.scope, tenant, vendor)
            for tenant in self.tenants
            for vendor in EXTERNAL_VENDORS
        ]


@dataclass(frozen=True, slots=True)
class ProductLookup:
    """One product, with the sources of its price and stock."""

    accounts: AccountsLookup
    product: str

    @property
    def keys(self) -> list[Key]:
        scope = self.accounts.scope
        if ids.is_id(self.product, "rew"):
            return [reward_keys.reward_key(scope, self.product), reward_keys.reward_stock_key(scope, self.product)]
        return [market_keys.market_product_key(scope, self.product), *self.accounts.keys]


def prefetch_accounts(claims: Claims, content: object, request: Request) -> AccountsLookup:
    return AccountsLookup(claims.scope, tuple(dict.fromkeys((claims.tenant, claims.owner))))


def prefetch_product(claims: Claims, content: object, request: Request) -> ProductLookup:
    return product_lookup(claims, request.path["id"])


def product_lookup(claims: Claims, product: str) -> ProductLookup:
    """Raises PRODUCT_NOT_FOUND for what can't be one."""
    if not ids.is_id(product, "rew", "prd"):
        raise errors.PRODUCT_NOT_FOUND()
    return ProductLookup(AccountsLookup(claims.scope, tuple(dict.fromkeys((claims.tenant, claims.owner)))), product)


def offered_product(call: Call[Any], lookup: ProductLookup, found: Found) -> MarketProduct:
    """The product, where this tenant offers it now. Raises PRODUCT_NOT_FOUND for any other."""
    scope = call.caller.scope
    product: MarketProduct | None = None
    if ids.is_id(lookup.product, "rew"):
        from ..rewards.reward import read_reward_record, read_stock  # vendors' products do without
        from ..rewards.reward_walk import is_listed
        from .house_products import house_product

        record = found[reward_keys.reward_key(scope, lookup.product)]
        reward = read_reward_record(record) if record else None
        if reward and is_listed(reward, call):
            left = read_stock(found[reward_keys.reward_stock_key(scope, reward.id)], reward)
            product = house_product(scope, reward, left, counter.program_of(call.caller), call.now)
    elif record := found[market_keys.market_product_key(scope, lookup.product)]:
        from .vendor_products import vendor_product  # the house's own products do without

        account = sellable_accounts(call, found).get((record["ten"], record["ven"]))
        product = vendor_product(record, account) if account else None
    if product is None:
        raise errors.PRODUCT_NOT_FOUND()
    return product


def sellable_accounts(call: Call[Any], found: Found) -> dict[tuple[str, str], VendorAccount]:
    """The accounts that this tenant may sell from now: by their tenant and vendor. To a customer who orders alone,
    only those that are meant for it."""
    alone = call.caller.claims.kind == "customer"
    tenant, owner = call.caller.tenant.id, counter.program_of(call.caller).owner
    accounts: dict[tuple[str, str], VendorAccount] = {}
    for key in AccountsLookup(call.caller.scope, tuple(dict.fromkeys((tenant, owner)))).keys:
        record = found.get(key)
        account = read_account_record(record) if record else None
        if account is None or account.status != "active" or (alone and not account.for_customers):
            continue
        if account.tenant == tenant or account.for_members:
            accounts[account.tenant, account.vendor] = account
    return accounts


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
