"""Shopify's payloads: an order as it is now, a refund on its own, and what is no order at all.

Fields are read where they are and missed where they are not, so that another API version changes nothing here. Amounts
are the shop's own currency (`shop_money`), not what the customer saw. `current_*` holds an order after edits and
returns; what refunds took out of it is put back, so that the reward stands for the order and refunds for a share of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from .. import clock
from .amounts import EligibleAmountPolicy, PayloadError, to_home_paise
from .orders import OrderSnapshot, OrderUpdate, OrderVersion

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

ShopifyPayload = Mapping[str, Any]


def read_shopify_order(order: ShopifyPayload, counting: EligibleAmountPolicy, heard: int = 0) -> OrderUpdate:
    """What an order's payload says. Raises Unreadable where it is none."""
    id, updated = order.get("id"), order.get("updated_at")
    if not isinstance(id, int | str) or not isinstance(updated, str) or "line_items" not in order:
        raise PayloadError("not an order: id, updated_at and line_items are missing")
    reference = str(order.get("name") or order.get("order_number") or id)[:128]
    said = OrderUpdate(
        str(id),
        reference,
        phones=_phones(order),
        email=_email(order),
        region=_region(order),
        made_at=_instant(order["created_at"]) if isinstance(order.get("created_at"), str) else None,
    )
    if order.get("test") and not counting.test_orders:
        return replace(said, skip="test_order")
    rate = counting.rate(_text(order.get("currency")))
    if rate is None:
        return replace(said, skip="currency_without_rate")
    taxes_included = bool(order.get("taxes_included"))
    refunds = [(str(refund["id"]), *_refund(refund, counting, rate, taxes_included)) for refund in _refunds(order)]
    bill = _goods(order, counting, rate, taxes_included) + sum(lines for _, lines, _ in refunds)
    status, cancelled = str(order.get("financial_status")), bool(order.get("cancelled_at"))
    if status in ("partially_paid", "partially_refunded"):
        # Something was added and is not paid yet; after a refund the status no longer says so.
        outstanding = order.get("total_outstanding")
        if outstanding is not None:
            bill -= to_home_paise(outstanding, rate, "total_outstanding")
        elif status == "partially_paid":
            bill = 0
    counted = {id: amount for id, _, amount in refunds if amount}
    version = OrderVersion(
        at=_instant(updated),
        refunds=len(refunds),
        progress=_CANCELLED if cancelled else _PROGRESS.get(status, 0),
        triggered_at=heard,
        tiebreaker=_tie(order),
    )
    paid = status in _PAID and not cancelled
    # A whole refund says so even where its lines do not: refunded is refunded.
    return replace(
        said, state=OrderSnapshot(version, paid and status != "refunded", max(0, bill), max(0, bill), counted)
    )


def read_shopify_refund(refund: ShopifyPayload, counting: EligibleAmountPolicy) -> OrderUpdate:
    """What a refund's own payload says: so much less of an order whose state may come later."""
    order, id = refund.get("order_id"), refund.get("id")
    if not isinstance(order, int | str) or not isinstance(id, int | str) or "refund_line_items" not in refund:
        raise PayloadError("not a refund: id, order_id and refund_line_items are missing")
    rate = counting.rate(_refund_currency(refund))
    if rate is None:
        return OrderUpdate(str(order), str(order), skip="currency_without_rate")
    # It does not say whether prices include taxes; the order's next state does, and then counts.
    _, amount = _refund(refund, counting, rate, taxes_included=counting.taxes)
    return OrderUpdate(str(order), str(order), refunds={str(id): amount} if amount > 0 else {})


def _goods(order: ShopifyPayload, counting: EligibleAmountPolicy, rate: Decimal, taxes_included: bool) -> int:
    """What counts of an order as it is now: goods after discounts, and what the settings add or leave out."""

    def amount(name: str) -> int:
        return to_home_paise(_current(order, name), rate, name)

    lines = _dicts(order.get("line_items"))
    total = amount("subtotal_price")
    shipping_tax = _sum((line.get("price") for each in _shipping(order) for line in _taxes(each)), rate)
    goods_tax = max(0, amount("total_tax") - shipping_tax)
    if counting.taxes and not taxes_included:
        total += goods_tax
    elif taxes_included and not counting.taxes:
        total -= goods_tax
    if counting.shipping:
        total += _sum((each.get("discounted_price") or each.get("price") for each in _shipping(order)), rate)
        total += shipping_tax if counting.taxes and not taxes_included else 0
        total -= shipping_tax if taxes_included and not counting.taxes else 0
    if counting.tips:
        total += to_home_paise(order.get("total_tip_received"), rate, "total_tip_received")
    if counting.before_discounts:
        total += amount("total_discounts")
    if not counting.gift_cards:
        total -= sum(_line_price(line, rate) for line in lines if line.get("gift_card"))
    return max(0, total)


def _line_price(line: ShopifyPayload, rate: Decimal) -> int:
    """What one line of an order costs now: its discounts come off in proportion to what is left of it."""
    bought = int(line.get("quantity") or 0)
    now = line.get("current_quantity")
    left = bought if now is None else int(now)
    if bought <= 0 or left <= 0:
        return 0
    discounts = _sum((each.get("amount") for each in _dicts(line.get("discount_allocations"))), rate)
    return (to_home_paise(line.get("price"), rate, "price") * bought - discounts) * left // bought


def _refund(
    refund: ShopifyPayload, counting: EligibleAmountPolicy, rate: Decimal, taxes_included: bool
) -> tuple[int, int]:
    """What a refund took out of the order's lines, and what it takes off the bill.

    An entry without money and without adjustments is an edit that took lines out: the smaller order says that itself.
    """
    lines = [each for each in _dicts(refund.get("refund_line_items")) if _counts(each, counting)]
    removed = _sum((each.get("subtotal") for each in lines), rate)
    tax = _sum((each.get("total_tax") for each in lines), rate)
    if counting.taxes and not taxes_included:
        removed += tax
    elif taxes_included and not counting.taxes:
        removed -= tax
    payments = refund.get("transactions")
    adjustments = _dicts(refund.get("order_adjustments"))
    if payments == [] and not adjustments:
        return 0, 0
    if payments and all(each.get("status") in ("failure", "error") for each in _dicts(payments)):
        return removed, 0
    changed = [each for each in adjustments if str(each.get("kind")).endswith("refund_discrepancy")]
    if counting.shipping:
        changed += [each for each in adjustments if each.get("kind") == "shipping_refund"]
    return removed, removed - _sum((each.get("amount") for each in changed), rate)


def _counts(refunded: ShopifyPayload, counting: EligibleAmountPolicy) -> bool:
    line = refunded.get("line_item")
    return counting.gift_cards or not (isinstance(line, Mapping) and line.get("gift_card"))


def _current(order: ShopifyPayload, name: str) -> Any:
    """A price after edits and returns; the original one where the API version has no such field."""
    money = order.get(f"current_{name}_set")
    if isinstance(money, Mapping) and isinstance(money.get("shop_money"), Mapping):
        return money["shop_money"].get("amount")
    now = order.get(f"current_{name}")
    return order.get(name) if now is None else now


def _refunds(order: ShopifyPayload) -> list[ShopifyPayload]:
    return [refund for refund in _dicts(order.get("refunds")) if refund.get("id") is not None]


def _refund_currency(refund: ShopifyPayload) -> str | None:
    for line in _dicts(refund.get("refund_line_items")):
        money = line.get("subtotal_set")
        if isinstance(money, Mapping) and isinstance(money.get("shop_money"), Mapping):
            return _text(money["shop_money"].get("currency_code"))
    return next((_text(each.get("currency")) for each in _dicts(refund.get("transactions"))), None)


def _phones(order: ShopifyPayload) -> tuple[str, ...]:
    """Every place where Shopify may have the number; the customer's own before an address, which may be a friend's."""
    customer = _mapping(order.get("customer"))
    places: list[ShopifyPayload] = [
        order,
        customer,
        _mapping(order.get("billing_address")),
        _mapping(customer.get("default_address")),
        _mapping(order.get("shipping_address")),
    ]
    numbers = [_text(place.get("phone")) for place in places]
    numbers += [
        _text(note.get("value"))
        for note in _dicts(order.get("note_attributes"))
        if str(note.get("name")).lower() in ("phone", "mobile", "whatsapp")
    ]
    return tuple(dict.fromkeys(number for number in numbers if number))


def _email(order: ShopifyPayload) -> str | None:
    customer = _mapping(order.get("customer"))
    return _text(order.get("email")) or _text(order.get("contact_email")) or _text(customer.get("email"))


def _shipping(order: ShopifyPayload) -> list[ShopifyPayload]:
    return [line for line in _dicts(order.get("shipping_lines")) if not line.get("is_removed")]


def _taxes(line: ShopifyPayload) -> list[ShopifyPayload]:
    return _dicts(line.get("tax_lines"))


def _sum(values: Any, rate: Decimal) -> int:
    return sum(to_home_paise(value, rate, "an amount") for value in values)


def _tie(order: ShopifyPayload) -> str:
    return hashlib.sha256(repr(sorted(order.items(), key=lambda item: item[0])).encode()).hexdigest()[:16]


def _instant(text: str) -> int:
    try:
        return clock.parse_iso(text)
    except (ValueError, OverflowError) as error:
        raise PayloadError("updated_at is no time") from error


def _region(order: ShopifyPayload) -> str | None:
    places = (_mapping(order.get("billing_address")), _mapping(order.get("shipping_address")))
    told = next((place["country_code"] for place in places if place.get("country_code")), None)
    return told if isinstance(told, str) and len(told) == 2 else None


def _text(value: Any) -> str | None:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text[:256] or None


def _mapping(value: Any) -> ShopifyPayload:
    return value if isinstance(value, Mapping) else {}


def _dicts(value: Any) -> list[ShopifyPayload]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, Sequence) else []
