"""Situations out of public bug reports of loyalty plugins, connectors, webhook and accounting software."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from batua.integrations.amounts import EligibleAmountPolicy
from batua.integrations.documents import parse_document
from batua.integrations.mappings import FieldMapping
from tests.fakes.shops import ShopifyShop, ShopWebhook, WooShop

from . import Situation
from .customers import till
from .shopify import line, money, payment, played, refunded, sent
from .woocommerce import fields, paid
from .woocommerce import played as played_in_woocommerce

if TYPE_CHECKING:
    from tests.fakes.settling import World

PHONE: Final = "+919876543210"
TIPS: Final = "MONEI/Shopify-api-node#367"
PHP_LISTS: Final = "woocommerce/woocommerce#14184"
DUPLICATES: Final = "nozzlegear/ShopifySharp#919"
INVISIBLE: Final = "woocommerce/woocommerce#58000"
TALLY: Final = "Accounting-Companion/TallyConnector#45"
LINE: Final = {"id": 1, "quantity": 1, "subtotal": "1000.00", "subtotal_tax": "0", "total": "1000.00", "total_tax": "0"}


def _half() -> dict[str, Any]:
    return {"current_subtotal_price": "500.00", "current_subtotal_price_set": money("500.00")}


def _tip(**more: Any) -> dict[str, Any]:
    tip = {"id": 9_001, "title": "Tip", "quantity": 1, "current_quantity": 1, "price": "100.00", "gift_card": False}
    return {**tip, "tip_payment_gateway": "shopify_payments", "tip_payment_method": "visa", **more}


def _with_tip() -> list[dict[str, Any]]:
    goods = {"id": 9_000, "quantity": 1, "current_quantity": 1, "price": "1000.00", "gift_card": False}
    return [goods, _tip()]


def _twice_at_once(there: World) -> None:
    """Each webhook comes twice within a second, under two ids."""
    order = ShopifyShop(PHONE).place(100_000).pay().refund(0)
    connection = there.connect("shopify")
    for webhook in order.webhooks:
        for copy in ("a", "b"):
            there.deliver(connection, ShopWebhook(webhook.topic, f"{webhook.name}-{copy}", webhook.content))


def _updated_first(there: World) -> None:
    order = ShopifyShop(PHONE).place(100_000).at_once().pay()
    there.deliver_all(there.connect("shopify"), order.webhooks[::-1])


def document(body: str | bytes, media: str, base: str = "tally") -> Callable[[World], Any]:
    """A body as it comes, byte for byte. One that can't be read is refused when it arrives."""

    def play(there: World) -> None:
        content = parse_document(body.encode() if isinstance(body, str) else body, media)
        there.deliver(there.connect("pos", mapping=FieldMapping(base)), ShopWebhook("sale", "d", content))

    return play


def export(party: str = "Asha Rao", more: str = "", space: str = ' xmlns:UDF="TallyUDF"') -> str:
    voucher = (
        "<VOUCHER><GUID>g-1</GUID><VOUCHERNUMBER>1</VOUCHERNUMBER><VOUCHERTYPENAME>Sales</VOUCHERTYPENAME>"
        f"<ALTERID> 7</ALTERID><DATE>20261128</DATE><PARTYMOBILE>98765 43210</PARTYMOBILE><AMOUNT>-1000.00</AMOUNT>"
        f"<PARTYLEDGERNAME>{party}</PARTYLEDGERNAME>{more}</VOUCHER>"
    )
    return (
        f"<ENVELOPE><BODY><IMPORTDATA><REQUESTDATA><TALLYMESSAGE{space}>{voucher}</TALLYMESSAGE></REQUESTDATA>"
        "</IMPORTDATA></BODY></ENVELOPE>"
    )


def sold(amount: Any) -> Callable[[World], Any]:
    return lambda there: there.deliver(
        there.connect("pos"), ShopWebhook("sale", "d", {"id": "B-1", "amount": amount, "phone": PHONE})
    )


def _bills(*records: dict[str, Any]) -> Callable[[World], Any]:
    def play(there: World) -> None:
        connection = there.connect("pos")
        for number, each in enumerate(records):
            there.deliver(connection, ShopWebhook("sale", f"d{number}", {"phone": PHONE, **each}))

    return play


def _too_much_back(there: World) -> None:
    order = WooShop(PHONE)
    order.extra = {"total": "100.00", "line_items": [LINE], "shipping_lines": []}
    order.place(100_000).pay()
    fields(refunds=[{"id": 7, "total": "-1000.00"}])(order)
    there.deliver_all(there.connect("woocommerce", counting=EligibleAmountPolicy()), order.webhooks)


SHOPIFY_REPORTS: Final = [
    Situation(
        "A guest: the order has no customer",
        "dubinc/dub#2607",
        "The billing address has the number.",
        50,
        sent(100_000, customer=None, billing_address={"phone": PHONE, "country_code": "IN"}),
    ),
    Situation(
        "A guest whose number is the order's alone",
        "dubinc/dub#2607",
        "The order has the number.",
        50,
        sent(100_000, customer=None, billing_address=None, shipping_address=None, phone=PHONE),
    ),
    Situation(
        "orders/updated before orders/create, within a second",
        "Shopify/shopify-app-js#603",
        "What has gone further counts, in any order.",
        50,
        _updated_first,
    ),
    Situation("Every webhook twice at once, under two ids", DUPLICATES, "Counts once.", 0, _twice_at_once),
    Situation(
        "A line edited out of a paid order, its money still owed",
        "microsoft/BCApps#7447",
        "The order is 500 now; what the shop owes is no goods.",
        25,
        sent(100_000, financial_status="partially_refunded", total_outstanding="-500.00", **_half()),
    ),
    Situation(
        "A tip among the lines",
        TIPS,
        "A tip is a line, and is not part of the subtotal.",
        50,
        sent(100_000, line_items=_with_tip(), total_tip_received="100.00"),
    ),
    Situation(
        "A tip refunded by its line",
        TIPS,
        "Earned nothing, takes nothing.",
        50,
        refunded(
            {
                "refund_line_items": [line("100.00", line_item=_tip())],
                "transactions": [payment("100.00")],
                "order_adjustments": [],
            },
            100_000,
            order={"line_items": _with_tip(), "total_tip_received": "100.00"},
        ),
    ),
    Situation(
        "A refund that is on its way at the bank",
        "shopify.dev, REST Admin API, Refund resource",
        "Pending is money back.",
        30,
        refunded(
            {"refund_line_items": [line("400.00")], "transactions": [payment("400.00", status="pending")]},
            100_000,
            order={"current_subtotal_price": "600.00", "current_subtotal_price_set": money("600.00")},
        ),
    ),
    Situation(
        "Free by a discount code",
        "shopify.dev, REST Admin API, Order resource",
        "Nothing is paid.",
        0,
        sent(
            100_000,
            **{
                name: value
                for each in ("subtotal_price", "current_subtotal_price")
                for name, value in ((each, "0.00"), (f"{each}_set", money("0.00")))
            },
        ),
    ),
    Situation(
        "A payment that expired",
        "shopify.dev, REST Admin API, Order resource",
        "Never captured.",
        0,
        played(lambda o: _financial(o, "expired")),
    ),
    Situation(
        "A chargeback that the shop lost",
        "shopify.dev, REST Admin API, Order resource",
        "The money is gone, without a refund that says so.",
        0,
        played(lambda o: _financial(o.place(100_000).pay(), "refunded")),
    ),
]


def _financial(order: ShopifyShop, status: str) -> None:
    if not order.lines:
        order.place(100_000)
    order.extra = {**order.extra, "financial_status": status}
    order.update()


WOOCOMMERCE_REPORTS: Final = [
    Situation(
        "Lines written as an object",
        PHP_LISTS,
        "PHP writes a list with gaps in its keys as an object.",
        50,
        played_in_woocommerce(paid(100_000, line_items={"12": LINE})),
    ),
    Situation(
        "Refunds written as an object",
        PHP_LISTS,
        "The same list: 400 of 1,000 are back.",
        30,
        played_in_woocommerce(
            paid(100_000, line_items=[{**LINE, "quantity": 5}], then=fields(refunds={"3": {"id": 77, "total": "-400"}}))
        ),
    ),
    Situation(
        "A refund of nothing",
        "Automattic/woocommerce-payments#944",
        "Nothing went back.",
        50,
        played_in_woocommerce(paid(100_000, then=fields(refunds=[{"id": 77, "total": "-0.00"}]))),
    ),
    Situation(
        "An order that store credit paid for, where it does not count",
        "woocommerce/woocommerce#20872",
        "Nothing is earned on what was paid with credit.",
        0,
        played_in_woocommerce(paid(100_000, total="0.00"), store_credit=False),
    ),
    Situation(
        "The full price refunded of an order that a gift card paid most of",
        "woocommerce/woocommerce-ios#10336",
        "All is back, and no more than all.",
        0,
        _too_much_back,
    ),
    Situation(
        "Quantities in kilograms",
        "woocommerce.github.io/woocommerce-rest-api-docs, Orders",
        "1.5 of something is read.",
        50,
        played_in_woocommerce(paid(100_000, line_items=[{**LINE, "quantity": 1.5}])),
    ),
    Situation(
        "A line below zero as a discount",
        "woocommerce.github.io/woocommerce-rest-api-docs, Orders",
        "Lowers the bill.",
        40,
        played_in_woocommerce(paid(100_000, line_items=[LINE, {**LINE, "id": 2, "total": "-200.00"}], total="800.00")),
    ),
    Situation(
        "Invisible marks around the billing phone number",
        INVISIBLE,
        "They are left out.",
        50,
        played_in_woocommerce(paid(100_000, billing={"phone": "\u202a+91 98765 43210\ufe0d\u202c", "country": "in"})),
    ),
]

CUSTOMER_REPORTS: Final = [
    Situation(
        "A till enters a number copied out of a chat",
        "signalapp/Signal-Android#11630",
        "Invisible marks around it are left out.",
        50,
        till("\u2068+91 98765 43210\u2069"),
    ),
    Situation(
        "A till enters a number copied out of an address book",
        "verbb/hyper#86",
        "Invisible marks around it are left out.",
        50,
        till("\u202d98765 43210\u202c"),
    ),
    Situation(
        "A till enters a number of letters and digits",
        "google/libphonenumber#2092",
        "Letters are no number of a customer.",
        0,
        till("Mob 98765 43210"),
    ),
]

BILLING_REPORTS: Final = [
    Situation(
        "Tally: an export in UTF-16",
        "alek-sys/sublimetext_indentxml#41",
        "Read by its byte order mark.",
        50,
        document(export().encode("utf-16"), "text/xml"),
    ),
    Situation(
        "Tally: a control character in a name",
        "frappe/frappe#27930",
        "Left out: XML has no such character.",
        50,
        document(export("\x04 Not Applicable"), "text/xml"),
    ),
    Situation(
        "Tally: a reference to a control character",
        "ohler55/ox#250",
        "Left out: XML has no such character.",
        50,
        document(export("&#4; Not Applicable"), "text/xml"),
    ),
    Situation(
        "Tally: an ampersand that is not escaped",
        "microsoft/XmlNotepad#131",
        "It can be nothing else than an ampersand.",
        50,
        document(export("Asha & Sons"), "text/xml"),
    ),
    Situation(
        "Tally: an excerpt whose prefix UDF is not declared",
        TALLY,
        "Tally's own prefix.",
        50,
        document(export(more="<UDF:SHADE>Blue</UDF:SHADE>", space=""), "text/xml"),
    ),
    Situation(
        "Tally: a name in the encoding of Windows, undeclared",
        TALLY,
        "Read as Windows writes it.",
        50,
        document(export("Café").encode("cp1252"), "text/xml"),
    ),
    Situation(
        "An amount of ₹ 1,000.00/-", "securo-finance/securo#665", "As it is written in India.", 50, sold("₹ 1,000.00/-")
    ),
    Situation("An amount of 1,00,000", "securo-finance/securo#665", "Commas group lakhs.", 5_000, sold("1,00,000")),
    Situation(
        "An amount of 1000,00",
        "buckets/application#200",
        "A decimal comma is refused: it was read as a hundred times as much.",
        0,
        sold("1000,00"),
    ),
    Situation("An amount of 1.000,00", "firefly-iii/firefly-iii#4106", "Refused, not guessed.", 0, sold("1.000,00")),
    Situation(
        "An amount in Devanagari digits",
        "our own trial; no public report confirmed",
        "१००० is 1,000.",
        50,
        sold("१०००"),
    ),
    Situation(
        "A sale of 1,000, and (400.00) under its number",
        "docs.zoho.com, Zoho Books, Export invoices",
        "In brackets it is less than nothing: a return.",
        30,
        _bills({"id": "B-1", "amount": "1000"}, {"id": "B-1", "amount": "(400.00)"}),
    ),
    Situation(
        "Bill 17 sent again as bill 17.0",
        "support.microsoft.com, Display numbers as phone numbers; Long numbers in Excel",
        "A spreadsheet's number: the same bill.",
        50,
        lambda there: [
            there.deliver(
                there.connect("pos"), ShopWebhook("sale", f"d{number}", {"id": number, "amount": 1000, "phone": PHONE})
            )
            for number in (17, 17.0)
        ],
    ),
]
