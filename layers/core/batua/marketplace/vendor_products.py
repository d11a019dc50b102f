"""A vendor's product as its catalogue was read last, and as it is offered at the tariff of the account."""

from __future__ import annotations

from typing import Any

from .. import ids
from ..store import market_keys
from ..store.store import Record
from ..store.writes import Check, Condition
from .account import ExternalVendor, VendorAccount
from .product import MarketProduct
from .vendor import Denominations, VendorProduct


def vendor_product_id(scope: str, tenant: str, vendor: ExternalVendor, sku: str) -> str:
    return ids.derived_id("prd", scope, tenant, vendor, sku)


def product_item(account: VendorAccount, product: VendorProduct, version: int) -> dict[str, Any]:
    """Text that a vendor sends is cut to what a page shows, so that no product outgrows its item."""
    faces = product.denominations
    id = vendor_product_id(account.scope, account.tenant, account.vendor, product.sku)
    return {
        "ten": account.tenant,
        "ven": account.vendor,
        "sku": product.sku,
        "ver": version,
        "title": product.title[:200],
        "desc": product.description[:2000] if product.description else None,
        "terms": product.terms[:4000] if product.terms else None,
        "img": product.image,
        "cat": list(product.categories[:20]),
        "fix": list(faces.fixed[:200]),
        "least": faces.least,
        "most": faces.most,
        "step": faces.step,
        "months": product.valid_months,
        "g1p": market_keys.market_products_partition(account.scope, account.tenant),
        "g1s": f"{product.title.lower()[:100]}#{id}",
    }


def vendor_product(record: Record, account: VendorAccount) -> MarketProduct:
    """A cached product at the account's tariff."""
    id = str(record["pk"]).rpartition("#")[2]
    account_key = market_keys.vendor_account_key(account.scope, account.tenant, account.vendor)
    product_key = market_keys.market_product_key(account.scope, id)
    return MarketProduct(
        id=id,
        vendor=account.vendor,
        owner=account.tenant,
        sku=record["sku"],
        title=record["title"],
        denominations=Denominations(tuple(record["fix"]), record["least"], record["most"], record["step"]),
        tariff=account.tariff,
        as_read=(
            Check(product_key, Condition(equal={"ver": record["ver"]})),
            Check(account_key, Condition(equal={"version": account.version, "st": "active"})),
        ),
        description=record.get("desc"),
        terms=record.get("terms"),
        image=record.get("img"),
        categories=tuple(record["cat"]),
        valid_months=record.get("months"),
        generation=account.generation,
    )
