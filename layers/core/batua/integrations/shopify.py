"""Shopify's payloads: an order as it is now, a refund on its own, and what is no order at all.

Fields are read where they are and missed where they are not, so that another API version changes nothing here. Amounts
are the shop's own currency (`shop_money`), not what the customer saw. `current_*` holds an order after edits and
returns; what refunds took out of it is put back, so that the reward is for the whole order and refunds are a share of
it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from .. import clock
from .amounts import EligibleAmountPolicy, PayloadError, to_home_paise
from .order_lines import OrderLine, capped, named_line
from .orders import OrderSnapshot, OrderUpdate, OrderVersion
from .payload import Payload, as_mapping, as_mappings, as_text, shop_money, sum_paise, whole_number
from .shopify_refunds import RefundTerms, ShopifyRefund, is_tip, read_refund, refund_currency, without_paybacks

ORDER_TOPICS: Final = frozenset(
    {"orders/create", "orders/paid", "orders/updated", "orders/edited", "orders/fulfilled", "orders/cancelled"}
)
REFUND_TOPICS: Final = frozenset({"refunds/create"})
PRIVACY_TOPICS: Final = frozenset({"customers/data_request", "customers/redact", "shop/redact"})
UNINSTALLED: Final = "app/uninstalled"

_PAID: Final = frozenset({"paid", "partially_refunded", "refunded", "partially_paid"})
_PROGRESS: Final = {
    status: step
    for step, status in enumerate(
        ("pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided")
    )
}
_CANCELLED: Final = len(_PROGRESS)


def read_shopify_order(order: Payload, counting: EligibleAmountPolicy, triggered_at: int = 0) -> OrderUpdate:
    """What an order's payload says. Raises Unreadable where it is none."""
    id, updated = order.get("id"), order.get("updated_at")
    if not isinstance(id, int | str) or not isinstance(updated, str) or "line_items" not in order:
        raise PayloadError("not an order: id, updated_at and line_items are missing")
    reference = str(order.get("name") or order.get("order_number") or id)[:128]
    update = OrderUpdate(
        str(id),
        reference,
        phones=_phones(order),
        email=_email(order),
        region=_region(order),
        made_at=_updated_at(order["created_at"]) if isinstance(order.get("created_at"), str) else None,
    )
    if order.get("test") and not counting.test_orders:
        return replace(update, skip="test_order")
    rate = counting.rate(as_text(order.get("currency")))
    if rate is None:
        return replace(update, skip="currency_without_rate")
    taxes_included = bool(order.get("taxes_included"))
    refunds = _refunds(order, counting, rate, taxes_included)
    bill = _goods(order, counting, rate, taxes_included, refunds) + sum(refund.goods for refund in refunds)
    status, cancelled = str(order.get("financial_status")), bool(order.get("cancelled_at"))
    if status in ("partially_paid", "partially_refunded"):
        # Something was added and is not paid yet; after a refund the status no longer says so.
        outstanding = order.get("total_outstanding")
        if outstanding is not None:
            # Below zero the shop owes the customer: that is money to give back, and no goods.
            bill -= max(0, to_home_paise(outstanding, rate, "total_outstanding"))
        elif status == "partially_paid":
            bill = 0
    # Also those that take nothing off: what such a refund said on its own before is corrected by that.
    counted = {refund.id: refund.refunded for refund in refunds}
    version = OrderVersion(
        at=_updated_at(updated),
        refunds=len(refunds),
        progress=_CANCELLED if cancelled else _PROGRESS.get(status, 0),
        triggered_at=triggered_at,
        tiebreaker=_tie(order),
    )
    paid = status in _PAID and not cancelled
    # A whole refund says so even where its lines do not: refunded is refunded.
    state = OrderSnapshot(version, paid and status != "refunded", max(0, bill), max(0, bill), counted)
    line_refunds = {refund.id: refund.lines for refund in refunds if refund.lines}
    return replace(
        update, state=replace(state, lines=_lines(order, counting, rate, refunds), line_refunds=line_refunds)
    )


def read_shopify_refund(refund: Payload, counting: EligibleAmountPolicy) -> OrderUpdate:
    """What a refund's own payload says: so much less of an order whose state may come later."""
    order, id = refund.get("order_id"), refund.get("id")
    if not isinstance(order, int | str) or not isinstance(id, int | str) or "refund_line_items" not in refund:
        raise PayloadError("not a refund: id, order_id and refund_line_items are missing")
    currency = refund_currency(refund)
    rate = counting.rate(currency)
    if rate is None:
        return OrderUpdate(str(order), str(order), skip="currency_without_rate")
    # It does not say whether prices include taxes; the order's next state does, and then counts.
    terms = RefundTerms(counting, rate, taxes_included=counting.taxes, currency=currency)
    read = read_refund(refund, terms)
    lines = {str(id): read.lines} if read.lines else {}
    return OrderUpdate(str(order), str(order), refunds={str(id): read.refunded}, line_refunds=lines)


def read_shopify_order_edit(content: Payload) -> OrderUpdate:
    """An edit names the lines that it changed, not the order's state: `orders/updated` brings that."""
    edit = as_mapping(content.get("order_edit"))
    order = as_text(edit.get("order_id"))
    if order is None:
        raise PayloadError("not an order edit: order_edit.order_id is missing")
    return OrderUpdate(order, order, skip="order_edit")


def _goods(
    order: Payload, counting: EligibleAmountPolicy, rate: Decimal, taxes_included: bool, refunds: list[ShopifyRefund]
) -> int:
    """What counts of an order as it is now: goods after discounts, and what the settings add or leave out."""

    def amount(name: str) -> int:
        return to_home_paise(_current(order, name), rate, name)

    lines, shipping = as_mappings(order.get("line_items")), _shipping(order)
    total = amount("subtotal_price")
    shipping_tax = sum_paise((line.get("price") for each in shipping for line in _taxes(each)), rate)
    # The order's tax is without that of refunded shipping, the shipping lines' own is not.
    shipping_tax_left = max(0, shipping_tax - sum(refund.shipping_tax for refund in refunds))
    goods_tax = max(0, amount("total_tax") - shipping_tax_left)
    if counting.taxes and not taxes_included:
        total += goods_tax
    elif taxes_included and not counting.taxes:
        total -= goods_tax
    if counting.shipping:
        total += sum_paise((_after_discounts(each) for each in shipping), rate)
        total += shipping_tax if counting.taxes and not taxes_included else 0
        total -= shipping_tax if taxes_included and not counting.taxes else 0
    if counting.tips:
        total += to_home_paise(shop_money(order, "total_tip_received"), rate, "total_tip_received")
    if counting.before_discounts:
        discounts = sum_paise((_price(each) for each in shipping), rate)
        discounts -= sum_paise((_after_discounts(each) for each in shipping), rate)
        # Discounts on shipping belong to what is left out, or is counted after discounts.
        total += max(0, amount("total_discounts") - discounts)
    if not counting.gift_cards:
        total -= sum(_line_price(line, rate) for line in lines if line.get("gift_card"))
    return max(0, total)


def _refunds(
    order: Payload, counting: EligibleAmountPolicy, rate: Decimal, taxes_included: bool
) -> list[ShopifyRefund]:
    currency = as_text(order.get("currency"))
    original = to_home_paise(shop_money(order, "subtotal_price"), rate, "subtotal_price")
    lines = as_mappings(order.get("line_items"))
    ever = sum(_line_price(line, rate, original=True) for line in lines if not is_tip(line))
    added = max(0, ever - original) if shop_money(order, "subtotal_price") is not None else 0
    terms = RefundTerms(counting, rate, taxes_included, currency, added)
    listed = as_mappings(order.get("refunds"))
    read = [read_refund(each, terms) for each in listed if each.get("id") is not None]
    now = to_home_paise(_current(order, "subtotal_price"), rate, "subtotal_price")
    return without_paybacks(read, original - now - sum(refund.goods for refund in read))


def _line_price(line: Payload, rate: Decimal, *, original: bool = False) -> int:
    """What one line costs now, or when it was bought. Its discounts come off in proportion to what is left of it."""
    bought, now = whole_number(line.get("quantity"), "quantity"), line.get("current_quantity")
    left = bought if now is None or original else whole_number(now, "current_quantity")
    if bought <= 0 or left <= 0:
        return 0
    discounts = sum_paise((shop_money(each, "amount") for each in as_mappings(line.get("discount_allocations"))), rate)
    return (to_home_paise(shop_money(line, "price"), rate, "price") * bought - discounts) * left // bought


def _lines(
    order: Payload, counting: EligibleAmountPolicy, rate: Decimal, refunds: list[ShopifyRefund]
) -> dict[str, OrderLine]:
    """The lines that were paid for: what is there of each now, and what refunds took of it."""
    found: dict[str, OrderLine] = {}
    for line in as_mappings(order.get("line_items")):
        if is_tip(line) or (line.get("gift_card") and not counting.gift_cards):
            continue
        id = str(line.get("id"))
        refunded = sum(refund.lines.get(id, 0) for refund in refunds)
        left = _line_price(line, rate)
        if line.get("current_quantity") is None:  # an older version: the line is as it was bought
            left = max(0, left - refunded)
        found[id] = named_line(line, left + refunded)
    return capped(found)


def _current(order: Payload, name: str) -> Any:
    """A price after edits and returns; the original one where the API version has no such field."""
    now = shop_money(order, f"current_{name}")
    return shop_money(order, name) if now is None else now


def _phones(order: Payload) -> tuple[str, ...]:
    """Every place where Shopify may have the number; the customer's own before an address, which may be a friend's."""
    customer = as_mapping(order.get("customer"))
    places: list[Payload] = [
        order,
        customer,
        as_mapping(order.get("billing_address")),
        as_mapping(customer.get("default_address")),
        as_mapping(order.get("shipping_address")),
    ]
    numbers = [as_text(place.get("phone")) for place in places]
    numbers += [
        as_text(note.get("value"))
        for note in as_mappings(order.get("note_attributes"))
        if str(note.get("name")).lower() in ("phone", "mobile", "whatsapp")
    ]
    return tuple(dict.fromkeys(number for number in numbers if number))


def _email(order: Payload) -> str | None:
    customer = as_mapping(order.get("customer"))
    return as_text(order.get("email")) or as_text(order.get("contact_email")) or as_text(customer.get("email"))


def _shipping(order: Payload) -> list[Payload]:
    return [line for line in as_mappings(order.get("shipping_lines")) if not line.get("is_removed")]


def _price(line: Payload) -> Any:
    return shop_money(line, "price")


def _after_discounts(line: Payload) -> Any:
    price = shop_money(line, "discounted_price")
    return _price(line) if price is None or price == "" else price


def _taxes(line: Payload) -> list[Payload]:
    return as_mappings(line.get("tax_lines"))


def _tie(order: Payload) -> str:
    return hashlib.sha256(repr(sorted(order.items(), key=lambda item: item[0])).encode()).hexdigest()[:16]


def _updated_at(text: str) -> int:
    try:
        return clock.parse_iso(text)
    except (ValueError, OverflowError) as error:
        raise PayloadError("updated_at is no time") from error


def _region(order: Payload) -> str | None:
    places = (as_mapping(order.get("billing_address")), as_mapping(order.get("shipping_address")))
    country = next((place["country_code"] for place in places if place.get("country_code")), None)
    return country.upper() if isinstance(country, str) and len(country) == 2 else None
