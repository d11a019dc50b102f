"""WooCommerce's payloads: an order of its REST API (versions 1 to 3), or no more than the id of one that was deleted.

WooCommerce tells refunds as changes of the order, and of each only its total. What of it was goods and what shipping is
inferred where sums match, and shared in proportion elsewhere. A deletion says nothing but the id.

Shops and plugins have statuses of their own (`shipped`, `packed`): such a status says nothing about payment, so the
date of payment decides.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from .. import clock
from .amounts import EligibleAmountPolicy, PayloadError, to_home_paise
from .order_lines import OrderLine, capped, named_line
from .orders import OrderSnapshot, OrderUpdate, OrderVersion
from .payload import Payload, as_mapping, as_mappings, as_text

WOOCOMMERCE_TOPICS: Final = frozenset({"order.created", "order.updated", "order.deleted", "order.restored"})

_PROGRESS: Final = {
    status: step
    for step, status in enumerate(
        ("checkout-draft", "pending", "on-hold", "processing", "completed", "failed", "cancelled", "refunded", "trash")
    )
}
_UNKNOWN_PROGRESS: Final = _PROGRESS["processing"]
_ROUNDING: Final = 100
"""Differences up to this many paise between the total and its parts are rounding."""

_MARKETPLACES: Final = ("dokan", "mvx", "multivendorx", "wcmp", "yith_wcmv")
"""How the creator of a vendor's part of an order is called: the whole order is sent as well."""

_MOST_SUMS: Final = 5_000


def read_woocommerce_order(order: Payload, topic: str, delivery: str, counting: EligibleAmountPolicy) -> OrderUpdate:
    """What a delivery says of its order. Raises Unreadable where it is none."""
    id = order.get("id")
    if isinstance(id, bool) or not isinstance(id, int | str) or not str(id).isdigit():
        raise PayloadError("not an order: it has no id")
    if topic == "order.deleted" and "status" not in order:
        return OrderUpdate(str(id), str(id), deleted=delivery)
    if "status" not in order or "total" not in order:
        raise PayloadError("not an order: status and total are missing")
    reference = str(order.get("number") or id)[:128]
    billing, shipping = as_mapping(order.get("billing")), as_mapping(order.get("shipping"))
    phones = tuple(
        dict.fromkeys(phone for phone in map(as_text, (billing.get("phone"), shipping.get("phone"))) if phone)
    )
    email = as_text(billing.get("email"))
    rate = counting.rate(as_text(order.get("currency")))
    country = as_text(billing.get("country")) or as_text(shipping.get("country"))
    update = OrderUpdate(
        str(id),
        reference,
        phones=phones,
        email=email,
        region=country.upper() if country and len(country) == 2 else None,
        made_at=_instant_or_none(order.get("date_created_gmt")),
    )
    if rate is None:
        return replace(update, skip="currency_without_rate")
    if not counting.sub_orders and _is_vendor_part(order):
        return replace(update, skip="vendor_part_of_order")
    status = str(order["status"]).removeprefix("wc-")
    gross, bill = _gross(order, rate), max(0, _bill(order, counting, rate))
    total = max(0, to_home_paise(order["total"], rate, "total"))
    if not counting.store_credit and gross - total > _ROUNDING:
        # Gift-card and store-credit plugins lower the total, and leave the lines as they are.
        bill, gross = max(0, bill - (gross - total)), total
    parts = _Parts.of(order, counting, rate)
    refunds = {
        str(refund.get("id")): parts.goods_of(
            abs(to_home_paise(refund.get("total") or refund.get("amount"), rate, "a refund")), bill, max(gross, total)
        )
        for refund in as_mappings(order.get("refunds"))
    }
    version = OrderVersion(
        at=_modified(order),
        refunds=len(refunds),
        progress=_PROGRESS.get(status, _UNKNOWN_PROGRESS),
        tiebreaker=hashlib.sha256(repr(sorted(order.items())).encode()).hexdigest()[:16],
    )
    return replace(
        update,
        state=OrderSnapshot(version, _is_paid(order, status, counting), bill, bill, refunds, _lines(order, rate)),
        # The topic is not signed. An order that still has a status was not deleted; see `orders.with_evidence` too.
        restored=delivery if topic == "order.restored" else None,
        restorable=True,
    )


def _lines(order: Payload, rate: Decimal) -> dict[str, OrderLine]:
    """WooCommerce does not say which lines a refund is for: each takes its share of all of them."""
    lines = as_mappings(order.get("line_items"))
    return capped({str(line.get("id")): named_line(line, max(0, _with_taxes(line, rate))) for line in lines})


def _is_paid(order: Payload, status: str, counting: EligibleAmountPolicy) -> bool:
    """Whether an order earns in its status. One that neither list names earns once it has a date of payment."""
    if status in counting.unpaid_statuses:
        return False
    dated = [order[name] for name in ("date_paid_gmt", "date_paid") if name in order]
    has_date = any(dated)
    if status in counting.paid_statuses:
        # Cash on delivery is `processing` from the moment it is placed.
        collects_later = order.get("payment_method") in counting.pay_later_methods
        return has_date or not (status == "processing" and collects_later and dated)
    return has_date


def _is_vendor_part(order: Payload) -> bool:
    """Whether this is a vendor's part of an order of a marketplace. Renewals and deposits have parents too."""
    creator = str(order.get("created_via") or "").casefold()
    return bool(order.get("parent_id")) and creator.startswith(_MARKETPLACES)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a refund's total is compared with: sums of goods, and the shipping."""

    goods: frozenset[int]
    shipping: int
    shipping_counts: bool

    @classmethod
    def of(cls, order: Payload, counting: EligibleAmountPolicy, rate: Decimal) -> _Parts:
        """All sums that refunded lines can have, in units and as whole lines."""
        sums = {0}
        for line in as_mappings(order.get("line_items")):
            price = _with_taxes(line, rate)
            quantity = line.get("quantity")
            units = quantity if isinstance(quantity, int) and 0 < quantity <= 50 and price % quantity == 0 else 1
            steps = [price * number // units for number in range(1, units + 1)]
            sums |= {known + step for known in sums for step in steps}
            if len(sums) > _MOST_SUMS:
                return cls(frozenset(), 0, counting.shipping)
        shipping = sum(_with_taxes(line, rate) for line in as_mappings(order.get("shipping_lines")))
        return cls(frozenset(sums - {0}), shipping, counting.shipping)

    def goods_of(self, refund: int, bill: int, gross: int) -> int:
        """What a refund of the order's total takes off the bill."""
        if not self.shipping_counts:
            if refund in self.goods:
                return min(refund, bill)
            if self.shipping and refund == self.shipping:
                return 0
            if self.shipping and refund - self.shipping in self.goods:
                return min(refund - self.shipping, bill)
        share = Decimal(refund) * bill / gross if gross else Decimal(0)
        return int(share.quantize(Decimal(1), ROUND_HALF_UP))


def _with_taxes(line: Payload, rate: Decimal) -> int:
    return sum(to_home_paise(line.get(name), rate, name) for name in ("total", "total_tax"))


def _gross(order: Payload, rate: Decimal) -> int:
    """What all lines cost together, before a gift card or store credit."""
    return sum(
        _with_taxes(line, rate)
        for kind in ("line_items", "fee_lines", "shipping_lines")
        for line in as_mappings(order.get(kind))
    )


def _bill(order: Payload, counting: EligibleAmountPolicy, rate: Decimal) -> int:
    """What counts of the order, before refunds."""
    price = ("subtotal", "subtotal_tax") if counting.before_discounts else ("total", "total_tax")

    def lines(kind: str, amount: str, tax: str) -> int:
        each = as_mappings(order.get(kind))
        taxes = sum(to_home_paise(line.get(tax), rate, tax) for line in each) if counting.taxes else 0
        return sum(to_home_paise(line.get(amount), rate, amount) for line in each) + taxes

    total = lines("line_items", *price)
    if counting.fees:
        total += lines("fee_lines", "total", "total_tax")
    if counting.shipping:
        total += lines("shipping_lines", "total", "total_tax")
    return total


def _modified(order: Payload) -> int:
    """When the order was last changed. The site's own time is taken where an old API version has no other."""
    values = (order.get(name) for name in ("date_modified_gmt", "date_modified", "date_created_gmt", "date_created"))
    instant = next((instant for instant in map(_instant_or_none, values) if instant is not None), None)
    if instant is None:
        raise PayloadError("not an order: it does not say when it was changed")
    return instant


def _instant_or_none(value: Any) -> int | None:
    if not value:
        return None
    try:
        return clock.parse_iso(str(value))
    except (ValueError, OverflowError) as error:
        raise PayloadError("a date of the order is no time") from error
