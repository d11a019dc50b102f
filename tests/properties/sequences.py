"""What happens to an order, as a table: a name, a shop, and the acts. For both kinds of shop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests.fakes.settling import PHONE
from tests.fakes.shops import SHOPIFY_VERSIONS, ShopifyShop, WooShop

Sequence = Callable[[Any], Any]

SHOPIFY: Final[dict[str, Sequence]] = {
    "paid": lambda o: o.place(100_000).pay(),
    "never paid": lambda o: o.place(100_000).update(),
    "paid and told over and over": lambda o: o.place(99_999).pay().update().update().update(),
    "paid within the second in which it was placed": lambda o: o.place(100_000).at_once().pay(),
    "a slab": lambda o: o.place(250_000).pay(),
    "below a coin": lambda o: o.place(1_900).pay(),
    "three lines, one refunded": lambda o: o.place(40_000, 30_000, 30_000).pay().refund(1),
    "three lines, two refunded": lambda o: o.place(40_000, 30_000, 30_000).pay().refund(1).refund(0),
    "refunded line by line to nothing": lambda o: o.place(40_000, 30_000).pay().refund(0).refund(1),
    "refunded at once": lambda o: o.place(100_000).pay().refund(0),
    "refunded within the second in which it was paid": lambda o: o.place(100_000, 50_000).pay().at_once().refund(0),
    "a slab, and a refund below it": lambda o: o.place(150_000, 100_000).pay().refund(1),
    "the higher slab, a third refunded": lambda o: o.place(400_000, 200_000).pay().refund(1),
    "goodwill": lambda o: o.place(100_000).pay().goodwill(12_345),
    "goodwill twice": lambda o: o.place(100_000).pay().goodwill(10_000).goodwill(20_000),
    "goodwill of all": lambda o: o.place(100_000).pay().goodwill(100_000),
    "a refund less a fee": lambda o: o.place(60_000, 40_000).pay().restocking_fee(1, 5_000),
    "a line and goodwill": lambda o: o.place(60_000, 40_000).pay().refund(1).goodwill(1_000),
    "cancelled before it was paid": lambda o: o.place(100_000).cancel(),
    "cancelled after it was paid": lambda o: o.place(100_000).pay().cancel(),
    "cancelled after a refund": lambda o: o.place(60_000, 40_000).pay().refund(0).cancel(),
    "cancelled, then updated": lambda o: o.place(100_000).pay().cancel().update().update(),
    "edited before it was paid": lambda o: o.place(100_000).add(50_000).pay(),
    "edited after it was paid, not paid up": lambda o: o.place(100_000).pay().add(50_000),
    "edited after it was paid, and paid up": lambda o: o.place(100_000).pay().add(50_000).settle_up(),
    "edited up into a slab": lambda o: o.place(150_000).pay().add(60_000).settle_up(),
    "edited twice": lambda o: o.place(50_000).pay().add(20_000).settle_up().add(30_000).settle_up(),
    "edited, then the first line refunded": lambda o: o.place(50_000).pay().add(20_000).settle_up().refund(0),
    "refunded, then edited and not paid up": lambda o: o.place(50_000, 30_000).pay().refund(1).add(40_000),
    "refunded, then edited": lambda o: o.place(50_000, 30_000).pay().refund(1).add(20_000).settle_up(),
    "shipping refunded": lambda o: o.place(100_000).pay().refund_shipping(),
    "shipping and a line refunded": lambda o: o.place(60_000, 40_000).pay().refund_shipping().refund(1),
    "exchanged for something cheaper": lambda o: o.place(260_000).pay().exchange(0, 250_000),
    "exchanged for the same price": lambda o: o.place(260_000).pay().exchange(0, 260_000),
    "exchanged for something dearer": lambda o: o.place(260_000).pay().exchange(0, 300_000).settle_up(),
    "exchanged for something dearer, not paid up": lambda o: o.place(260_000).pay().exchange(0, 300_000),
    "one of two exchanged, then the other refunded": lambda o: (
        o.place(60_000, 40_000).pay().exchange(0, 50_000).refund(1)
    ),
    "exchanged, then refunded": lambda o: o.place(60_000).pay().exchange(0, 50_000).refund(1),
    "edited, refunded, goodwill, updated": lambda o: (
        o.place(80_000, 20_000).pay().add(30_000).settle_up().refund(1).goodwill(777).update()
    ),
}

WOOCOMMERCE: Final[dict[str, Sequence]] = {
    "paid": lambda o: o.place(100_000).pay(),
    "paid and completed": lambda o: o.place(100_000).pay().complete(),
    "never paid": lambda o: o.place(100_000).update().update(),
    "on hold, then paid": lambda o: o.place(100_000).hold().pay(),
    "created as paid": lambda o: _paid_at_once(o),
    "partly refunded": lambda o: o.place(100_000).pay().refund(21_000),
    "partly refunded within the same second": lambda o: o.place(100_000).pay().at_once().refund(21_000),
    "refunded in three parts": lambda o: o.place(90_000).complete().refund(10_000).refund(20_000).refund(5_000),
    "wholly refunded": lambda o: o.place(100_000).pay().refund(105_000),
    "refunded before it was completed": lambda o: o.place(100_000).pay().refund(50_000).complete(),
    "cancelled": lambda o: o.place(100_000).pay().cancel(),
    "cancelled before it was paid": lambda o: o.place(100_000).cancel(),
    "cancelled, and paid after all": lambda o: o.place(100_000).cancel().pay(),
    "paid, on hold, paid": lambda o: o.place(100_000).pay().hold().pay(),
    "edited up": lambda o: o.place(100_000).pay().add(20_000),
    "edited up into a slab": lambda o: o.place(180_000).pay().add(20_000),
    "edited down": lambda o: o.place(100_000, 50_000).pay().remove(1),
    "edited down out of a slab": lambda o: o.place(180_000, 50_000).pay().remove(1),
    "edited and refunded": lambda o: o.place(100_000).pay().add(25_000).refund(13_000),
    "shipping refunded": lambda o: o.place(100_000).pay().refund_shipping(),
    "one of two lines refunded": lambda o: o.place(60_000, 40_000).pay().refund(40_000),
    "a line and shipping refunded": lambda o: o.place(60_000, 40_000).pay().refund(45_000),
    "deleted": lambda o: o.place(100_000).pay().delete(),
    "deleted before it was paid": lambda o: o.place(100_000).delete(),
    "deleted and restored": lambda o: o.place(100_000).pay().delete().restore(),
    "deleted, restored, deleted": lambda o: o.place(100_000).pay().delete().restore().delete(),
    "deleted, restored, refunded": lambda o: o.place(100_000).pay().delete().restore().refund(35_000),
    "refunded and deleted": lambda o: o.place(100_000).pay().refund(35_000).delete(),
}


def _paid_at_once(order: WooShop) -> WooShop:
    order.status, order.paid_at = "processing", "2026-11-20T09:00:00"
    return order.place(100_000)


def shop(kind: str) -> Any:
    return ShopifyShop(PHONE) if kind == "shopify" else WooShop(PHONE)


def versions(kind: str, name: str) -> str:
    """The API version that a sequence is told in: both forms of refunds are among them."""
    return SHOPIFY_VERSIONS[list(SHOPIFY).index(name) % len(SHOPIFY_VERSIONS)] if kind == "shopify" else ""


def table() -> list[tuple[str, str]]:
    return [("shopify", name) for name in SHOPIFY] + [("woocommerce", name) for name in WOOCOMMERCE]


def played(kind: str, name: str) -> Any:
    """The shop after the acts of a sequence."""
    order = shop(kind)
    if kind == "shopify":
        order.version = versions(kind, name)
    return (SHOPIFY if kind == "shopify" else WOOCOMMERCE)[name](order)
