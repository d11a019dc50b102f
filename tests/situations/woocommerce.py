"""Situations of WooCommerce shops."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from batua.integrations.amounts import EligibleAmountPolicy
from tests.fakes.shops import WooShop

from . import WOO_ORDER, Situation

if TYPE_CHECKING:
    from tests.fakes.settling import World

PHONE: Final = "+919876543210"
STATUSES: Final = "woocommerce.com/document/managing-orders/order-statuses"
COD: Final = "woocommerce/woocommerce#29471"
REFUNDS: Final = "woocommerce/woocommerce#15380"
SHIPPING: Final = "woocommerce/woocommerce-rest-api#134"
DELETED: Final = "woocommerce.com/document/webhooks"
STORE_CREDIT: Final = "woocommerce.com/document/woocommerce-gift-cards"

Acts = Callable[[WooShop], Any]


def played(acts: Acts, **counting: Any) -> Callable[[World], Any]:
    def play(there: World) -> None:
        order = WooShop(PHONE)
        acts(order)
        connection = there.connect("woocommerce", counting=EligibleAmountPolicy(**counting))
        there.deliver_all(connection, order.webhooks)

    return play


def paid(*prices: int, then: Acts = lambda order: order, before: Acts = lambda order: order, **fields: Any) -> Acts:
    """An order with these fields that is placed and paid, and what happens then."""

    def acts(order: WooShop) -> None:
        order.extra = fields
        before(order)
        order.place(*prices).pay()
        then(order)

    return acts


def becomes(status: str) -> Acts:
    return lambda order: order._become(status)


def fields(**changes: Any) -> Acts:
    def act(order: WooShop) -> None:
        order.extra = {**order.extra, **changes}
        order.update()

    return act


def _clock(**ahead: int) -> Acts:
    def act(order: WooShop) -> None:
        order.ahead = timedelta(**ahead)

    return act


def _cash_on_delivery(*then: Acts) -> Acts:
    def acts(order: WooShop) -> None:
        order.status = "processing"
        order.extra = {"payment_method": "cod"}
        order.place(100_000)
        for each in then:
            each(order)

    return acts


def _collected(order: WooShop) -> None:
    order.paid_at = "2026-11-21T09:00:00"
    order.update()


def _two_spellings(there: World) -> None:
    order = WooShop(PHONE).place(100_000).pay()
    for name, shop in (
        ("one", "https://shop.example"),
        ("two", "https://shop.example/"),
        ("three", "http://www.Shop.example"),
    ):
        there.deliver_all(there.connect("woocommerce", name=name, shop=shop), order.webhooks)


def _marketplace(creator: str, **counting: Any) -> Callable[[World], Any]:
    def play(there: World) -> None:
        connection = there.connect("woocommerce", counting=EligibleAmountPolicy(**counting))
        whole = WooShop(PHONE, id=900)
        paid(60_000, 40_000)(whole)
        there.deliver_all(connection, whole.webhooks)
        for number, price in enumerate((60_000, 40_000), 901):
            part = WooShop(PHONE, id=number)
            paid(price, parent_id=900, created_via=creator)(part)
            there.deliver_all(connection, part.webhooks)

    return play


def _line(total: str, tax: str = "0.00", **more: Any) -> dict[str, Any]:
    return {"id": 1, "quantity": 1, "subtotal": total, "subtotal_tax": tax, "total": total, "total_tax": tax, **more}


CARD: Final = {"total": "100.00", "shipping_lines": [], "shipping_total": "0.00"}

SITUATIONS: Final[list[Situation]] = [
    *(
        Situation(
            f"Paid, then {status}",
            STATUSES,
            "Says nothing about payment: the coins stay.",
            50,
            played(paid(100_000, then=becomes(status))),
        )
        for status in ("shipped", "packed", "wc-out-for-delivery", "on-hold", "completed")
    ),
    *(
        Situation(
            f"Paid, then {status}",
            STATUSES,
            "Not paid for any longer: the coins go back.",
            0,
            played(paid(100_000, then=becomes(status))),
        )
        for status in ("pending", "failed", "cancelled", "refunded", "trash")
    ),
    Situation(
        "Never paid, then shipped",
        STATUSES,
        "Without a date of payment nothing is earned.",
        0,
        played(lambda o: o.place(100_000)._become("shipped")),
    ),
    Situation(
        "A status of the shop's own that is set as paid",
        STATUSES,
        "counting.paid_statuses says so.",
        50,
        played(lambda o: o.place(100_000)._become("delivered"), paid_statuses=("processing", "completed", "delivered")),
    ),
    Situation(
        "A status of the shop's own that is set as unpaid",
        STATUSES,
        "counting.unpaid_statuses says so.",
        0,
        played(paid(100_000, then=becomes("disputed")), unpaid_statuses=("failed", "cancelled", "disputed")),
    ),
    Situation("Cash on delivery, placed", COD, "`processing`, and nothing paid yet.", 0, played(_cash_on_delivery())),
    Situation("Cash on delivery, shipped", COD, "Nothing paid yet.", 0, played(_cash_on_delivery(becomes("shipped")))),
    Situation(
        "Cash on delivery, collected",
        "woocommerce/woocommerce#18845",
        "Paid by its date.",
        50,
        played(_cash_on_delivery(_collected)),
    ),
    Situation(
        "Cash on delivery, completed",
        "woocommerce/woocommerce#10522",
        "Completed is paid.",
        50,
        played(_cash_on_delivery(becomes("completed"))),
    ),
    Situation(
        "Cash on delivery, returned to the shop",
        COD,
        "Never paid.",
        0,
        played(_cash_on_delivery(becomes("shipped"), becomes("cancelled"))),
    ),
    Situation(
        "Cash on delivery where the shop counts it as paid",
        "woocommerce/woocommerce#14775",
        "counting.pay_later_methods is empty.",
        50,
        played(_cash_on_delivery(), pay_later_methods=()),
    ),
    Situation(
        "Shipping of 50 refunded",
        SHIPPING,
        "Earned nothing, takes nothing.",
        50,
        played(paid(100_000, then=lambda o: o.refund_shipping())),
    ),
    Situation(
        "Shipping refunded where it earns",
        SHIPPING,
        "1,050 earned 52; their share is left.",
        49,
        played(paid(100_000, then=lambda o: o.refund_shipping()), shipping=True),
    ),
    Situation(
        "One of two lines refunded",
        REFUNDS,
        "Its sum tells which: 600 are left.",
        30,
        played(paid(60_000, 40_000, then=lambda o: o.refund(40_000))),
    ),
    Situation(
        "A line and the shipping refunded",
        REFUNDS,
        "450 are the line of 400 and the shipping.",
        30,
        played(paid(60_000, 40_000, then=lambda o: o.refund(45_000))),
    ),
    Situation(
        "One of three pieces refunded",
        "woocommerce/woocommerce-rest-api#99",
        "300 of 900 are one piece.",
        30,
        played(
            paid(90_000, line_items=[_line("900.00", quantity=3)], then=lambda o: o.refund(30_000)),
        ),
    ),
    Situation(
        "A refund of a sum that fits nothing",
        "woocommerce/woocommerce#24795",
        "Takes its share of the total: 210 of 1,050.",
        40,
        played(paid(100_000, then=lambda o: o.refund(21_000))),
    ),
    Situation(
        "A line refunded with its tax",
        REFUNDS,
        "472 are 400 with 72 of tax.",
        35,
        played(
            paid(
                60_000,
                line_items=[_line("600.00", "108.00"), _line("400.00", "72.00", id=2)],
                total="1230.00",
                then=lambda o: o.refund(47_200),
            )
        ),
    ),
    Situation(
        "1,000 of goods, 900 paid with a gift card",
        STORE_CREDIT,
        "The card earned nothing when it was bought, so the goods earn.",
        50,
        played(paid(100_000, **CARD)),
    ),
    Situation(
        "The same, and the 100 refunded",
        STORE_CREDIT,
        "A tenth went back, not everything.",
        45,
        played(paid(100_000, **CARD, then=lambda o: o.refund(10_000))),
    ),
    Situation(
        "1,000 of goods, 900 paid with a gift card, where store credit does not count",
        STORE_CREDIT,
        "Earns on the 100.",
        5,
        played(paid(100_000, **CARD), store_credit=False),
    ),
    Situation(
        "The same, and the 100 refunded, where store credit does not count",
        STORE_CREDIT,
        "All that earned went back.",
        0,
        played(paid(100_000, **CARD, then=lambda o: o.refund(10_000)), store_credit=False),
    ),
    Situation(
        "A clock ten minutes ahead, and the order deleted",
        DELETED,
        "Gone is gone, whatever the clock says.",
        0,
        played(paid(100_000, before=_clock(minutes=10), then=lambda o: o.delete())),
    ),
    Situation(
        "A shop that sends local times, and the order deleted",
        DELETED,
        "Gone is gone.",
        0,
        played(paid(100_000, before=_clock(days=400), then=lambda o: o.delete())),
    ),
    Situation(
        "Deleted and restored", DELETED, "Back again.", 50, played(paid(100_000, then=lambda o: o.delete().restore()))
    ),
    Situation(
        "A late update after a deletion",
        DELETED,
        "Does not bring it back: only a restoration does.",
        0,
        played(paid(100_000, then=lambda o: o.delete().update())),
    ),
    Situation(
        "One shop connected as three spellings of its address",
        "our own trial; no public report confirmed",
        "One order.",
        50,
        _two_spellings,
    ),
    Situation(
        "A marketplace's order and its vendors' parts",
        "weDevsOfficial/dokan#878",
        "The whole order earns, its parts do not again.",
        50,
        _marketplace("dokan"),
    ),
    Situation(
        "Vendors' parts of MultiVendorX",
        "multivendorx.com, Sub-orders",
        "The whole order earns, its parts do not again.",
        50,
        _marketplace("mvx_vendor_order"),
    ),
    Situation(
        "A renewal of a subscription",
        "woocommerce.com/document/subscriptions/develop/data-structure",
        "A sale of its own.",
        50,
        played(paid(100_000, parent_id=12, created_via="subscription")),
    ),
    Situation(
        "The second payment of a deposit",
        "woocommerce.com/document/woocommerce-deposits",
        "A sale of its own: the first order was of the deposit.",
        35,
        played(paid(70_000, parent_id=12, created_via="wc_deposits")),
    ),
    Situation(
        "A deposit that is not paid in full",
        "woocommerce.com/document/woocommerce-deposits",
        "Earns for what the order holds once it is dated as paid.",
        50,
        played(paid(100_000, then=becomes("partial-payment"))),
    ),
    Situation("A fee", WOO_ORDER, "Counts.", 55, played(paid(100_000, fee_lines=[_line("100.00")], total="1150.00"))),
    Situation(
        "A fee below zero, as some discounts are",
        WOO_ORDER,
        "Lowers the bill.",
        45,
        played(paid(100_000, fee_lines=[_line("-100.00")], total="950.00")),
    ),
    Situation(
        "A coupon",
        WOO_ORDER,
        "Counts after the discount.",
        45,
        played(
            paid(
                100_000,
                line_items=[{**_line("900.00"), "subtotal": "1000.00"}],
                coupon_lines=[{"id": 1, "code": "diwali", "discount": "100.00"}],
                discount_total="100.00",
                total="950.00",
            )
        ),
    ),
    Situation(
        "Amounts with four decimals",
        WOO_ORDER,
        "Read to the paisa.",
        50,
        played(paid(100_000, line_items=[_line("1000.0049")], total="1050.0049")),
    ),
    Situation(
        "Amounts without decimals",
        WOO_ORDER,
        "Read.",
        50,
        played(paid(100_000, line_items=[_line("1000")], total="1050")),
    ),
    Situation(
        "An order from the tables of HPOS, with its metadata",
        WOO_ORDER,
        "An order as any other.",
        50,
        played(
            paid(
                100_000,
                meta_data=[{"id": 1, "key": "_wc_order_attribution_source_type", "value": "typein"}],
                is_editable=False,
            )
        ),
    ),
]
