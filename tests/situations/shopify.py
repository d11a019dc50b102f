"""Situations of Shopify shops."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from batua.integrations.amounts import EligibleAmountPolicy
from tests.fakes.shops import SHOPIFY_VERSIONS, ShopifyShop, ShopWebhook

from . import SHOPIFY_ORDER, SHOPIFY_REFUND, Situation

if TYPE_CHECKING:
    from tests.fakes.settling import World

PHONE: Final = "+919876543210"
ADJUSTMENTS: Final = "shopify.dev/changelog/exposing-the-order-adjustments-connection-on-a-refund"
SHIPPING_LINES: Final = "shopify.dev/changelog/refunding-orders-with-multiple-shipping-lines-returns-accurate-data"
EXCHANGES: Final = "microsoft/BCApps#10467"

Acts = Callable[[ShopifyShop], Any]


def played(acts: Acts, version: str = SHOPIFY_VERSIONS[-1], **counting: Any) -> Callable[[World], Any]:
    """Everything that a shop sends while these things happen to an order."""

    def play(there: World) -> None:
        order = ShopifyShop(PHONE, version=version)
        acts(order)
        there.deliver_all(there.connect("shopify", counting=EligibleAmountPolicy(**counting)), order.webhooks)

    return play


def sent(*prices: int, **fields: Any) -> Callable[[World], Any]:
    """A paid order, some of whose fields are these."""
    return played(lambda o: _with(o, fields).place(*prices).pay())


def refunded(refund: dict[str, Any], *prices: int, order: dict[str, Any] | None = None, **counting: Any) -> Any:
    """An order with one refund as written here. Both the order and the refund on its own are sent."""

    def play(there: World) -> None:
        connection = there.connect("shopify", counting=EligibleAmountPolicy(**counting))
        shop = ShopifyShop(PHONE)
        shop.place(*prices).pay()
        full = {"id": 1, "order_id": shop.id, "refund_line_items": [], "transactions": [], "order_adjustments": []}
        whole = {**full, **refund}
        _with(shop, {"refunds": [whole], "financial_status": "partially_refunded", **(order or {})}).update()
        there.deliver_all(connection, [*shop.webhooks, ShopWebhook("refunds/create", "r", whole)])

    return play


def money(amount: Any, currency: str = "INR") -> dict[str, Any]:
    return {"shop_money": {"amount": amount, "currency_code": currency}}


def payment(amount: str, **more: Any) -> dict[str, Any]:
    return {"id": 2, "kind": "refund", "status": "success", "amount": amount, "currency": "INR", **more}


def duties(amount: str) -> dict[str, Any]:
    """Refunded duties: `duties` and `total_duties_set` have the amounts, `refund_duties` says how much of which."""
    return {
        "duties": [{"duty_id": 1, "amount_set": money(amount)}],
        "total_duties_set": money(amount),
        "refund_duties": [{"duty_id": 1, "refund_type": "FULL"}],
    }


def line(amount: str, **more: Any) -> dict[str, Any]:
    return {"id": 3, "line_item_id": 9_000, "quantity": 1, "subtotal": amount, "total_tax": "0.00", **more}


def _with(order: ShopifyShop, fields: dict[str, Any]) -> ShopifyShop:
    order.extra = {**order.extra, **fields}
    return order


def _alone(*contents: dict[str, Any], topic: str = "refunds/create", last: Acts | None = None) -> Any:
    """Refunds before anything else is known of the order, then what the shop sends of it."""

    def play(there: World) -> None:
        connection = there.connect("shopify", counting=EligibleAmountPolicy(rates={"USD": "84"}))
        there.deliver_all(connection, [ShopWebhook(topic, f"r{n}", each) for n, each in enumerate(contents)])
        if last:
            order = ShopifyShop(PHONE)
            last(order)
            there.deliver_all(connection, order.webhooks)

    return play


def _goodwill(there: World) -> None:
    order = ShopifyShop(PHONE).place(100_000).pay().goodwill(40_000)
    there.deliver(there.connect("shopify"), order.webhooks[-1])
    there.deliver_all(there.connections["shopify"], order.webhooks[:-2])


NO_GOODS: Final = {"current_subtotal_price": "0.00", "current_subtotal_price_set": money("0.00")}
SITUATIONS: Final[list[Situation]] = [
    *(
        Situation(
            f"Goodwill of 400 on an order of 1,000, API {version}",
            ADJUSTMENTS if version >= "2024-10" else SHOPIFY_REFUND,
            "Keeps the coins of 600: an adjustment without a kind is money that went back.",
            30,
            played(lambda o: o.place(100_000).pay().goodwill(40_000), version),
        )
        for version in SHOPIFY_VERSIONS
    ),
    *(
        Situation(
            f"1,000 refunded, 100 kept back, API {version}",
            ADJUSTMENTS if version >= "2024-10" else SHOPIFY_REFUND,
            "Keeps the coins of the 100 that the shop kept.",
            5,
            played(lambda o: o.place(100_000).pay().restocking_fee(0, 10_000), version),
        )
        for version in ("2023-10", "2024-07", "2024-10", SHOPIFY_VERSIONS[-1])
    ),
    *(
        Situation(
            f"Shipping of 49 refunded where shipping earns, API {version}",
            SHIPPING_LINES if version >= "2024-10" else SHOPIFY_REFUND,
            "Shipping earned, so its refund takes its share of the 52 coins back.",
            49,
            played(lambda o: o.place(100_000).pay().refund_shipping(), version, shipping=True),
        )
        for version in ("2023-10", "2024-07", "2024-10", SHOPIFY_VERSIONS[-1])
    ),
    Situation(
        "Shipping of 400 refunded where shipping earns",
        "bold-commerce/go-shopify#323",
        "1,400 earned 70; after the refund 50 are right.",
        50,
        refunded(
            {
                "refund_shipping_lines": [{"subtotal_amount_set": money("400.00"), "tax_amount_set": money("0.00")}],
                "transactions": [payment("400.00")],
            },
            100_000,
            order={"shipping_lines": [{"id": 1, "price": "400.00", "discounted_price": "400.00"}]},
            shipping=True,
        ),
    ),
    Situation(
        "Shipping refunded where shipping does not earn",
        SHIPPING_LINES,
        "Shipping earned nothing, so its refund takes nothing.",
        50,
        played(lambda o: o.place(100_000).pay().refund_shipping()),
    ),
    Situation(
        "The same shipping refund in both forms, offset by a discrepancy",
        "bold-commerce/go-shopify#250",
        "135 in the shipping line, -135 as shipping_refund, +135 as discrepancy: counted once, and not for goods.",
        49,
        refunded(
            {
                "refund_shipping_lines": [{"subtotal_amount_set": money("135.00"), "tax_amount_set": money("0.00")}],
                "order_adjustments": [
                    {"kind": "refund_discrepancy", "amount": "135.00"},
                    {"kind": "shipping_refund", "amount": "-135.00"},
                ],
                "transactions": [payment("135.00", status="pending")],
            },
            100_000,
            order={"shipping_lines": [{"id": 1, "price": "135.00", "discounted_price": "135.00"}]},
            shipping=True,
        ),
    ),
    Situation(
        "Amounts of an adjustment as JSON numbers",
        ADJUSTMENTS,
        "A number is an amount like a text.",
        30,
        refunded({"order_adjustments": [{"amount_set": money(-400.0)}], "transactions": [payment("400.00")]}, 100_000),
    ),
    Situation(
        "An adjustment in the customer's currency beside the shop's",
        ADJUSTMENTS,
        "amount_set.shop_money counts, not the dollars that the customer saw.",
        30,
        refunded(
            {
                "order_adjustments": [
                    {
                        "amount": "-4.76",
                        "amount_set": {**money("-400.00"), "presentment_money": {"amount": "-4.76"}},
                    }
                ],
                "transactions": [payment("4.76", currency="USD")],
            },
            100_000,
        ),
    ),
    Situation(
        "Exchanged for something cheaper, 100 back",
        EXCHANGES,
        "2,600 became 2,500: the bill is not 5,100, and reaches no higher slab.",
        125,
        played(lambda o: o.place(260_000).pay().exchange(0, 250_000)),
    ),
    Situation(
        "Exchanged for the same price",
        "microsoft/ALAppExtensions#26215",
        "Nothing changes.",
        130,
        played(lambda o: o.place(260_000).pay().exchange(0, 260_000)),
    ),
    Situation(
        "Exchanged for something dearer, the difference paid",
        EXCHANGES,
        "Earns on the dearer goods.",
        150,
        played(lambda o: o.place(260_000).pay().exchange(0, 300_000).settle_up()),
    ),
    Situation(
        "Exchanged for something dearer, the difference not paid yet",
        EXCHANGES,
        "Earns on what is paid.",
        130,
        played(lambda o: o.place(260_000).pay().exchange(0, 300_000)),
    ),
    Situation(
        "One line of two exchanged for something cheaper",
        EXCHANGES,
        "1,000 became 900.",
        45,
        played(lambda o: o.place(60_000, 40_000).pay().exchange(0, 50_000)),
    ),
    Situation(
        "Exchanged, then the new goods refunded",
        "microsoft/BCApps#8554",
        "All money is back, so no coins are left.",
        0,
        played(lambda o: o.place(60_000).pay().exchange(0, 50_000).refund(1)),
    ),
    Situation(
        "A return with a fee of 100 that is no adjustment",
        "shopify.dev, Admin API, Return fees",
        "The return is worth 1,000, 900 went back: the coins of 100 stay.",
        5,
        refunded(
            {"refund_line_items": [line("1000.00")], "transactions": [payment("900.00")], "return": {"id": 7}},
            100_000,
            order=NO_GOODS,
        ),
    ),
    Situation(
        "A line edited out, and its money paid back later",
        "nozzlegear/ShopifySharp#742",
        "The order is 1,000 since the edit; paying back the other 500 is no goodwill.",
        50,
        refunded(
            {"id": 5, "order_adjustments": [{"amount_set": money("-500.00")}], "transactions": [payment("500.00")]},
            100_000,
            order={
                "subtotal_price": "1500.00",
                "subtotal_price_set": money("1500.00"),
                "refunds": [
                    {"id": 4, "refund_line_items": [line("500.00")], "transactions": [], "order_adjustments": []},
                    {
                        "id": 5,
                        "refund_line_items": [],
                        "transactions": [payment("500.00")],
                        "order_adjustments": [{"amount_set": money("-500.00")}],
                    },
                ],
            },
        ),
    ),
    Situation(
        "orders/edited, whose body holds no order",
        "nozzlegear/ShopifySharp#742",
        "Known and ignored; orders/updated brings the state.",
        60,
        played(lambda o: o.place(100_000).pay().add(20_000).settle_up()),
    ),
    Situation(
        "A refund before any order",
        SHOPIFY_REFUND,
        "Kept, and taken off once the order comes.",
        30,
        _goodwill,
    ),
    Situation(
        "A refund in the shop's currency whose payment is in another, before any order",
        SHOPIFY_REFUND,
        "Its lines tell the shop's currency: 400 rupees, not 400 dollars.",
        30,
        _alone(
            {
                "id": 800_001,
                "order_id": 5_300_000_000_001,
                "refund_line_items": [],
                "order_adjustments": [{"amount_set": money("-400.00")}],
                "transactions": [payment("4.76", currency="USD")],
            },
            last=lambda o: o.place(100_000).pay(),
        ),
    ),
    Situation(
        "A refund of a line that failed at the bank",
        SHOPIFY_REFUND,
        "No money went back: the coins stay.",
        50,
        refunded(
            {"refund_line_items": [line("1000.00")], "transactions": [payment("1000.00", status="failure")]},
            100_000,
            order=NO_GOODS,
        ),
    ),
    Situation(
        "A refund as store credit",
        "shopify.dev, Admin API, Store credit",
        "Store credit is money back.",
        30,
        refunded(
            {
                "refund_line_items": [line("400.00")],
                "transactions": [payment("400.00", gateway="shopify_store_credit")],
            },
            60_000,
            40_000,
            order={"current_subtotal_price": "600.00", "current_subtotal_price_set": money("600.00")},
        ),
    ),
    Situation(
        "Duties refunded beside a line",
        SHOPIFY_REFUND,
        "Duties earn nothing and take nothing.",
        30,
        refunded(
            {
                "refund_line_items": [line("400.00")],
                **duties("70.00"),
                "transactions": [payment("470.00")],
            },
            60_000,
            40_000,
            order={"current_subtotal_price": "600.00", "current_subtotal_price_set": money("600.00")},
        ),
    ),
    Situation(
        "Duties alone refunded",
        SHOPIFY_REFUND,
        "Duties earn nothing and take nothing.",
        50,
        refunded(
            {**duties("70.00"), "transactions": [payment("70.00")]},
            100_000,
        ),
    ),
    Situation(
        "Duties alone refunded, and only the list of them says how much",
        SHOPIFY_REFUND,
        "Duties earn nothing and take nothing.",
        50,
        refunded(
            {**duties("70.00"), "total_duties_set": money("0.00"), "transactions": [payment("70.00")]},
            100_000,
        ),
    ),
    Situation(
        "Additional fees alone refunded",
        SHOPIFY_REFUND,
        "Fees earn nothing and take nothing.",
        50,
        refunded(
            {
                "additional_fees": [{"id": 1, "name": "Import fee", "price_set": money("25.00")}],
                "total_additional_fees_set": money("25.00"),
                "transactions": [payment("25.00")],
            },
            100_000,
        ),
    ),
    Situation(
        "A return with a fee of 100, whose duties of 70 went back as well",
        "shopify.dev, Admin API, Return fees",
        "970 went back, 70 of them duties: the coins of 100 stay.",
        5,
        refunded(
            {
                "refund_line_items": [line("1000.00")],
                **duties("70.00"),
                "transactions": [payment("970.00")],
                "return": {"id": 7},
            },
            100_000,
            order=NO_GOODS,
        ),
    ),
    Situation(
        "Duties, additional fees and cash rounding on an order",
        SHOPIFY_ORDER,
        "None of them are goods.",
        50,
        sent(
            100_000,
            current_total_duties_set=money("80.00"),
            current_total_additional_fees_set=money("25.00"),
            total_cash_rounding_payment_adjustment_set=money("-0.02"),
            total_price="1153.98",
        ),
    ),
    Situation(
        "Cash rounded by 0.40 when a line is refunded",
        SHOPIFY_REFUND,
        "Rounding is no restocking fee: 600 of 1,000.40 are left.",
        29,
        refunded(
            {"refund_line_items": [line("400.40")], "transactions": [payment("400.00")], "return": {"id": 7}},
            60_000,
            40_040,
            order={"current_subtotal_price": "600.00", "current_subtotal_price_set": money("600.00")},
        ),
    ),
    Situation("A tip", SHOPIFY_ORDER, "Does not earn.", 50, sent(100_000, total_tip_received="150.00")),
    Situation(
        "A gift card among the goods",
        SHOPIFY_ORDER,
        "Earns when it is spent, not when it is bought.",
        35,
        sent(
            100_000,
            line_items=[
                {"id": 1, "quantity": 1, "current_quantity": 1, "price": "700.00", "gift_card": False},
                {"id": 2, "quantity": 1, "current_quantity": 1, "price": "300.00", "gift_card": True},
            ],
        ),
    ),
    Situation(
        "Paid with a gift card",
        SHOPIFY_ORDER,
        "Earns: the card earned nothing when it was bought.",
        50,
        sent(100_000, payment_gateway_names=["gift_card"]),
    ),
    Situation(
        "Sold in yen, a currency without decimals",
        SHOPIFY_ORDER,
        "¥20,000 at 0.55 are 11,000 rupees.",
        550,
        lambda there: there.deliver_all(
            there.connect("shopify", counting=EligibleAmountPolicy(rates={"JPY": "0.55"})),
            _with(
                ShopifyShop(PHONE, currency="JPY"),
                {
                    "subtotal_price": "20000",
                    "current_subtotal_price": "20000",
                    "current_subtotal_price_set": money("20000", "JPY"),
                },
            )
            .place(100_000)
            .pay()
            .webhooks,
        ),
    ),
    Situation(
        "Only shipping refunded, taxes on top, taxes earn",
        SHOPIFY_ORDER,
        "The order's tax falls by that of shipping; the goods' own 180 stay: 1,180.",
        59,
        refunded(
            {
                "refund_shipping_lines": [{"subtotal_amount_set": money("100.00"), "tax_amount_set": money("18.00")}],
                "transactions": [payment("118.00")],
            },
            100_000,
            order={
                "taxes_included": False,
                "current_total_tax": "180.00",
                "shipping_lines": [
                    {"price": "100.00", "discounted_price": "100.00", "tax_lines": [{"price": "18.00"}]}
                ],
            },
        ),
    ),
    Situation(
        "A discount on shipping where prices count before discounts",
        SHOPIFY_ORDER,
        "Free shipping is no discount on goods.",
        50,
        lambda there: there.deliver_all(
            there.connect("shopify", counting=EligibleAmountPolicy(before_discounts=True)),
            _with(
                ShopifyShop(PHONE),
                {
                    "current_total_discounts": "100.00",
                    "shipping_lines": [{"price": "100.00", "discounted_price": "0.00", "tax_lines": []}],
                },
            )
            .place(100_000)
            .pay()
            .webhooks,
        ),
    ),
    Situation(
        "A draft order that was paid",
        SHOPIFY_ORDER,
        "An order as any other.",
        50,
        sent(100_000, source_name="shopify_draft_order"),
    ),
    Situation(
        "A sale at Shopify POS, whose number is in a note",
        SHOPIFY_ORDER,
        "The customer is found in the note.",
        50,
        lambda there: there.deliver_all(
            there.connect("shopify"),
            _with(
                ShopifyShop(None),
                {"source_name": "pos", "note_attributes": [{"name": "mobile", "value": "98765 43210"}]},
            )
            .place(100_000)
            .pay()
            .webhooks,
        ),
    ),
    Situation(
        "Fields that newer versions send as null",
        SHOPIFY_ORDER,
        "Null is nothing.",
        50,
        sent(
            100_000,
            current_total_duties_set=None,
            current_total_additional_fees_set=None,
            total_cash_rounding_refund_adjustment_set=None,
            original_total_duties_set=None,
            returns=None,
        ),
    ),
]
