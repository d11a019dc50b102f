"""What payloads of shops say: which parts of an order count, whose it is, and what is no order."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from batua.integrations import shopify, woocommerce
from batua.integrations.amounts import EligibleAmountPolicy, PayloadError, parse_decimal, to_home_paise
from batua.integrations.orders import OrderState, OrderUpdate, earned_share, merge_update
from tests.fakes.shops import ShopifyShop, WooShop

ONE = Decimal(1)


def bill(said: OrderUpdate) -> int:
    assert said.state is not None, said
    return said.state.bill


def net(said: OrderUpdate) -> int:
    share = earned_share(merge_update(OrderState(), said, None))
    return share.bill * share.kept // share.whole if share.whole else 0


def shopify_order(**more: Any) -> dict[str, Any]:
    payload = ShopifyShop("+919876543210").place(100_000).pay().payload()
    return {**payload, **more}


def documented() -> dict[str, Any]:
    """An order as Shopify's own samples have it: before current_* fields, with a discount, taxes on top, no refunds."""
    line = {"id": 466157049, "price": "199.00", "quantity": 1, "gift_card": False, "tax_lines": [{"price": "3.98"}]}
    return {
        "id": 450789469,
        "name": "#1001",
        "created_at": "2008-01-10T11:00:00-05:00",
        "updated_at": "2008-01-10T11:00:00-05:00",
        "cancelled_at": None,
        "currency": "USD",
        "email": "bob.norman@mail.example.com",
        "phone": "+557734881234",
        "financial_status": "partially_refunded",
        "taxes_included": False,
        "subtotal_price": "597.00",
        "total_price": "598.94",
        "total_tax": "11.94",
        "total_discounts": "10.00",
        "test": False,
        "line_items": [line, {**line, "id": 518995019}, {**line, "id": 703073504}],
        "shipping_lines": [{"id": 369256396, "price": "0.00", "discounted_price": "0.00", "tax_lines": []}],
        "refunds": [
            {
                "id": 509562969,
                "order_id": 450789469,
                "created_at": "2026-11-09T17:38:26-05:00",
                "refund_line_items": [
                    {"id": 104689539, "line_item_id": 703073504, "quantity": 1, "subtotal": 195.66, "total_tax": 3.98},
                    {"id": 709875399, "line_item_id": 466157049, "quantity": 1, "subtotal": 195.67, "total_tax": 3.98},
                ],
                "transactions": [{"id": 179259969, "kind": "refund", "status": "success", "amount": "209.00"}],
                "order_adjustments": [],
            }
        ],
        "customer": {
            "id": 207119551,
            "email": "bob.norman@mail.example.com",
            "default_address": {"phone": "555-625-1199"},
        },
    }


def test_an_order_without_current_fields_counts_what_it_has() -> None:
    said = shopify.read_shopify_order(documented(), EligibleAmountPolicy(rates={"USD": "80"}))
    # The goods and their taxes at the rate; the refund's lines and taxes come off.
    assert said.state is not None
    assert said.state.refunds == {"509562969": (19_566 + 398 + 19_567 + 398) * 80}
    assert said.phones == ("+557734881234", "555-625-1199")
    assert said.email == "bob.norman@mail.example.com"


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({}, 118_000),
        ({"taxes": False}, 100_000),
        ({"shipping": True}, 118_000 + 5_900),
        ({"shipping": True, "taxes": False}, 100_000 + 5_000),
        ({"tips": True}, 118_000 + 2_500),
        ({"before_discounts": True}, 118_000 + 10_000),
        ({"gift_cards": True}, 118_000),
    ],
)
@pytest.mark.parametrize("included", [True, False])
def test_named_settings_say_what_of_a_shopify_order_counts(
    setting: dict[str, Any], expected: int, included: bool
) -> None:
    """Goods of 1,000 and 180 of taxes, shipping of 50 and 9 of taxes: the same in both ways of writing prices."""
    order = shopify_order(
        taxes_included=included,
        current_subtotal_price="1180.00" if included else "1000.00",
        current_subtotal_price_set=None,
        current_total_tax="189.00",
        current_total_discounts="100.00",
        total_tip_received="25.00",
        shipping_lines=[
            {"price": "59.00" if included else "50.00", "discounted_price": "59.00" if included else "50.00"}
            | {"tax_lines": [{"price": "9.00"}]}
        ],
    )
    assert bill(shopify.read_shopify_order(order, EligibleAmountPolicy(**setting))) == expected


@pytest.mark.parametrize(("counted", "expected"), [(False, 70_000), (True, 100_000)])
def test_gift_cards_that_are_bought_earn_only_where_they_are_said_to(counted: bool, expected: int) -> None:
    order = ShopifyShop(None).place(70_000, 30_000).pay().payload()
    order["line_items"][1]["gift_card"] = True
    assert bill(shopify.read_shopify_order(order, EligibleAmountPolicy(gift_cards=counted))) == expected


def test_a_refunded_gift_card_takes_nothing_off_the_goods() -> None:
    shop = ShopifyShop(None).place(70_000, 30_000).pay().refund(1)
    order = shop.payload()
    order["line_items"][1]["gift_card"] = True
    order["refunds"][0]["refund_line_items"][0]["line_item"]["gift_card"] = True
    order["refunds"][0]["transactions"][0]["amount"] = "300.00"
    assert net(shopify.read_shopify_order(order, EligibleAmountPolicy())) == 70_000


def test_lines_that_were_edited_out_make_the_order_smaller_and_are_no_refund() -> None:
    order = ShopifyShop(None).place(250_000, 50_000).pay().refund(1).payload()
    order["refunds"][0]["transactions"] = []
    order["financial_status"] = "paid"
    said = shopify.read_shopify_order(order, EligibleAmountPolicy())
    assert (bill(said), said.state and said.state.refunds) == (250_000, {"800001": 0})


def test_a_refund_that_failed_takes_nothing_off() -> None:
    order = ShopifyShop(None).place(60_000, 40_000).pay().refund(1).payload()
    order["refunds"][0]["transactions"][0]["status"] = "failure"
    assert net(shopify.read_shopify_order(order, EligibleAmountPolicy())) == 100_000


@pytest.mark.parametrize("status", ["pending", "authorized", "voided", "expired", None])
def test_what_is_not_paid_deserves_nothing(status: Any) -> None:
    assert net(shopify.read_shopify_order(shopify_order(financial_status=status), EligibleAmountPolicy())) == 0


def test_a_deposit_earns_for_what_is_paid() -> None:
    order = shopify_order(financial_status="partially_paid", total_outstanding="750.00")
    assert net(shopify.read_shopify_order(order, EligibleAmountPolicy())) == 25_000
    del order["total_outstanding"]
    assert net(shopify.read_shopify_order(order, EligibleAmountPolicy())) == 0


@pytest.mark.parametrize(
    "place",
    [
        {"phone": "+919000000001"},
        {"customer": {"phone": "+919000000001"}},
        {"billing_address": {"phone": "+919000000001"}},
        {"customer": {"default_address": {"phone": "+919000000001"}}},
        {"shipping_address": {"phone": "+919000000001"}},
        {"note_attributes": [{"name": "WhatsApp", "value": "+919000000001"}]},
    ],
)
def test_the_customer_is_found_wherever_shopify_has_the_number(place: dict[str, Any]) -> None:
    empty: dict[str, Any] = {"phone": None, "customer": None, "billing_address": None, "shipping_address": None}
    said = shopify.read_shopify_order(shopify_order(**{**empty, **place}), EligibleAmountPolicy())
    assert said.phones == ("+919000000001",)


def test_test_orders_and_unknown_currencies_are_skipped() -> None:
    assert shopify.read_shopify_order(shopify_order(test=True), EligibleAmountPolicy()).skip == "test_order"
    assert shopify.read_shopify_order(shopify_order(test=True), EligibleAmountPolicy(test_orders=True)).skip is None
    assert (
        shopify.read_shopify_order(shopify_order(currency="EUR"), EligibleAmountPolicy()).skip
        == "currency_without_rate"
    )
    order = WooShop(None).place(1_000).payload()
    assert woocommerce.read_woocommerce_order(
        {**order, "currency": "EUR"}, "order.updated", "d", EligibleAmountPolicy()
    ).skip


@pytest.mark.parametrize("missing", ["id", "updated_at", "line_items"])
def test_what_is_no_order_is_unreadable(missing: str) -> None:
    order = shopify_order()
    del order[missing]
    with pytest.raises(PayloadError):
        shopify.read_shopify_order(order, EligibleAmountPolicy())


@pytest.mark.parametrize(
    "field", ["refunds", "line_items", "shipping_lines", "customer", "note_attributes", "tax_lines"]
)
@pytest.mark.parametrize("wrong", [None, "x", 7, [None, 3, "y"], {}])
def test_fields_of_another_kind_are_missed_and_break_nothing(field: str, wrong: Any) -> None:
    shopify.read_shopify_order(shopify_order(**{field: wrong}), EligibleAmountPolicy())


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({}, 100_000 + 18_000 + 2_000),
        ({"taxes": False}, 100_000 + 2_000),
        ({"shipping": True}, 100_000 + 18_000 + 2_000 + 5_000),
        ({"fees": False}, 100_000 + 18_000),
        ({"before_discounts": True}, 110_000 + 18_000 + 2_000),
    ],
)
def test_named_settings_say_what_of_a_woocommerce_order_counts(setting: dict[str, Any], expected: int) -> None:
    order = WooShop(None).place(100_000).pay().payload()
    order["line_items"][0].update(subtotal="1100.00", subtotal_tax="180.00", total_tax="180.00")
    order["fee_lines"] = [{"id": 9, "name": "Gift wrap", "total": "20.00", "total_tax": "0.00"}]
    order["total"] = "1250.00"
    assert (
        bill(woocommerce.read_woocommerce_order(order, "order.updated", "d", EligibleAmountPolicy(**setting)))
        == expected
    )


def test_a_shops_own_statuses_can_count_as_paid() -> None:
    order = WooShop(None).place(100_000).payload()
    order.update(status="wc-packed", date_paid_gmt=None)
    assert net(woocommerce.read_woocommerce_order(order, "order.updated", "d", EligibleAmountPolicy())) == 0
    assert (
        net(
            woocommerce.read_woocommerce_order(
                order, "order.updated", "d", EligibleAmountPolicy(paid_statuses=("packed",))
            )
        )
        == 100_000
    )


def test_orders_of_the_older_api_versions_are_read() -> None:
    order = WooShop("98765 43210").place(100_000).pay().payload()
    for name in ("date_modified_gmt", "date_created_gmt", "refunds", "fee_lines"):
        del order[name]
    said = woocommerce.read_woocommerce_order(order, "order.updated", "d", EligibleAmountPolicy())
    assert (net(said), said.phones, said.region) == (100_000, ("98765 43210",), "IN")


@pytest.mark.parametrize("content", [{}, {"id": "x"}, {"id": True}, {"id": 7, "status": "processing"}])
def test_what_is_no_order_of_woocommerce_is_unreadable(content: dict[str, Any]) -> None:
    with pytest.raises(PayloadError):
        woocommerce.read_woocommerce_order(content, "order.updated", "d", EligibleAmountPolicy())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("1,499.50", "1499.50"), ("₹ 1499.5", "1499.5"), ("-1499.50", "-1499.50"), ("1499.50 Dr", "1499.50")),
        *((" 7 ", "7"), ("Rs. 250", "250"), (12, "12"), (Decimal("0.1"), "0.1"), ("INR 3", "3")),
    ],
)
def test_amounts_are_read_as_people_write_them(text: Any, number: str) -> None:
    assert parse_decimal(text, "it") == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "1e5", "NaN", None, True, "12..5", "9" * 20),
        *(Decimal("NaN"), Decimal("Infinity"), Decimal("9e999999"), Decimal("-9e999999")),
    ],
)
def test_what_is_no_amount_is_unreadable(text: Any) -> None:
    with pytest.raises(PayloadError):
        parse_decimal(text, "it")


def test_half_a_paisa_counts_as_one() -> None:
    assert [to_home_paise(text, ONE, "it") for text in ("0.004", "0.005", "", None)] == [0, 1, 0, 0]


def test_reading_changes_nothing_in_the_payload() -> None:
    order = shopify_order()
    before = copy.deepcopy(order)
    shopify.read_shopify_order(order, EligibleAmountPolicy())
    assert order == before
