"""WooCommerce's payloads: an order of its REST API (versions 1 to 3), or no more than the id of one that was deleted.

WooCommerce tells refunds as changes of the order, and shows of each only its total: so a refund takes its share of the
order's total off the reward. A deletion says nothing but the id.
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

WOOCOMMERCE_TOPICS: Final = frozenset({"order.created", "order.updated", "order.deleted", "order.restored"})

_PROGRESS: Final = {
    status: step
    for step, status in enumerate(
        ("checkout-draft", "pending", "on-hold", "processing", "completed", "failed", "cancelled", "refunded", "trash")
    )
}

WooCommercePayload = Mapping[str, Any]


def read_woocommerce_order(
    order: WooCommercePayload, topic: str, delivery: str, counting: EligibleAmountPolicy
) -> OrderUpdate:
    """What a delivery says of its order. Raises Unreadable where it is none."""
    id = order.get("id")
    if isinstance(id, bool) or not isinstance(id, int | str) or not str(id).isdigit():
        raise PayloadError("not an order: it has no id")
    if topic == "order.deleted" and "status" not in order:
        return OrderUpdate(str(id), str(id), deleted=delivery)
    if "status" not in order or "total" not in order:
        raise PayloadError("not an order: status and total are missing")
    reference = str(order.get("number") or id)[:128]
    billing, shipping = _mapping(order.get("billing")), _mapping(order.get("shipping"))
    phones = tuple(dict.fromkeys(phone for phone in map(_text, (billing.get("phone"), shipping.get("phone"))) if phone))
    email = _text(billing.get("email"))
    rate = counting.rate(_text(order.get("currency")))
    country = _text(billing.get("country")) or _text(shipping.get("country"))
    said = OrderUpdate(
        str(id),
        reference,
        phones=phones,
        email=email,
        region=country if country and len(country) == 2 else None,
        made_at=_instant(order.get("date_created_gmt")),
    )
    if rate is None:
        return replace(said, skip="currency_without_rate")
    status = str(order["status"]).removeprefix("wc-")
    refunds = {
        str(refund.get("id")): abs(to_home_paise(refund.get("total") or refund.get("amount"), rate, "a refund"))
        for refund in _dicts(order.get("refunds"))
    }
    version = OrderVersion(
        at=_modified(order),
        refunds=len(refunds),
        progress=_PROGRESS.get(status, 0),
        tiebreaker=hashlib.sha256(repr(sorted(order.items())).encode()).hexdigest()[:16],
    )
    total = max(0, to_home_paise(order["total"], rate, "total"))
    bill = max(0, _bill(order, counting, rate))
    return replace(
        said,
        state=OrderSnapshot(version, status in counting.paid_statuses, bill, total, refunds),
        restored=delivery if topic == "order.restored" else None,
        deleted=delivery if topic == "order.deleted" else None,
    )


def _bill(order: WooCommercePayload, counting: EligibleAmountPolicy, rate: Decimal) -> int:
    """What counts of the order, before refunds."""
    price = ("subtotal", "subtotal_tax") if counting.before_discounts else ("total", "total_tax")

    def lines(kind: str, amount: str, tax: str) -> int:
        each = _dicts(order.get(kind))
        taxes = sum(to_home_paise(line.get(tax), rate, tax) for line in each) if counting.taxes else 0
        return sum(to_home_paise(line.get(amount), rate, amount) for line in each) + taxes

    total = lines("line_items", *price)
    if counting.fees:
        total += lines("fee_lines", "total", "total_tax")
    if counting.shipping:
        total += lines("shipping_lines", "total", "total_tax")
    return total


def _modified(order: WooCommercePayload) -> int:
    """When the order was last changed. The site's own time is taken where an old API version has no other."""
    told = (order.get(name) for name in ("date_modified_gmt", "date_modified", "date_created_gmt", "date_created"))
    instant = next((instant for instant in map(_instant, told) if instant is not None), None)
    if instant is None:
        raise PayloadError("not an order: it does not say when it was changed")
    return instant


def _instant(told: Any) -> int | None:
    if not told:
        return None
    try:
        return clock.parse_iso(str(told))
    except (ValueError, OverflowError) as error:
        raise PayloadError("a date of the order is no time") from error


def _text(value: Any) -> str | None:
    return (str(value).strip()[:256] or None) if isinstance(value, str | int) else None


def _mapping(value: Any) -> WooCommercePayload:
    return value if isinstance(value, Mapping) else {}


def _dicts(value: Any) -> list[WooCommercePayload]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, Sequence) else []
