"""A vendor's product as it is cached, and products as they are offered: from the cache, or from a reward of the house.

The house sells gift cards that are rewards with a pool of codes: instant, without approval and without limits per
customer. What is limited or decided by people is redeemed as a reward.
"""

from __future__ import annotations

from typing import Any

from .. import ids
from ..ledger.model import Program
from ..rewards.reward import Reward
from ..store import market_keys, reward_keys
from ..store.store import Record
from ..store.writes import Check, Condition
from .account import ExternalVendor, VendorAccount
from .pricing import Tariff
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
    pk = str(record["pk"])
    account_key = market_keys.vendor_account_key(account.scope, account.tenant, account.vendor)
    product_key = market_keys.market_product_key(account.scope, pk.rpartition("#")[2])
    return MarketProduct(
        id=pk.rpartition("#")[2],
        vendor=account.vendor,
        owner=account.tenant,
        sku=record["sku"],
        title=record["title"],
        denominations=Denominations(tuple(record["fix"]), record["least"], record["most"], record["step"]),
        tariff=account.tariff,
        as_read=(
            Check(product_key, Condition(equal={"ver": record["ver"]})),
            Check(account_key, Condition(equal={"ver": account.version, "st": "active"})),
        ),
        description=record.get("desc"),
        terms=record.get("terms"),
        image=record.get("img"),
        categories=tuple(record["cat"]),
        valid_months=record.get("months"),
    )


def house_product(scope: str, reward: Reward, left: int | None, program: Program, now: int) -> MarketProduct | None:
    """A reward as a product of the house; None for one that the house does not sell now."""
    limits = reward.limits
    sold = (
        reward.type == "gift_card"
        and reward.codes.source == "pool"
        and reward.delivery == "instant"
        and not reward.approval
        and (limits.ever, limits.month, limits.day) == (None, None, None)
    )
    if not sold or reward.status != "active" or not (reward.active.contains(now) and reward.visible.contains(now)):
        return None
    face = reward.benefit.get("amount") or reward.worth or program.value_of(reward.points)
    return MarketProduct(
        id=reward.id,
        vendor="house",
        owner=reward.tenant,
        sku=reward.id,
        title=reward.title,
        denominations=Denominations((face,)),
        tariff=Tariff(points=reward.points),
        as_read=(
            Check(reward_keys.reward_key(scope, reward.id), Condition(equal={"ver": reward.version, "st": "active"})),
        ),
        left=left,
        description=reward.description,
        terms=reward.terms,
        image=reward.images[0] if reward.images else None,
        categories=reward.categories,
        provider=reward.benefit.get("provider"),
    )
