"""Shops as they are from outside: an order changes, and each change is told in the payloads of the shop's own kind.

The structure is that of Shopify's and WooCommerce's documented samples. What an order deserves at its end is counted
here in its own words, from what happened to it, and never from payloads.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

BEGIN = datetime(2026, 11, 20, 9, 0, 0, tzinfo=UTC)

SHOPIFY_VERSIONS = tuple(
    f"{year}-{month:02d}" for year in range(2023, 2027) for month in (1, 4, 7, 10) if (year, month) >= (2023, 10)
)
"""API versions whose payloads a shop may send; the newest last."""


@dataclass(frozen=True)
class ShopWebhook:
    """One webhook: topic, name of the delivery, content."""

    topic: str
    name: str
    content: dict[str, Any]


def rupees(paise: int) -> str:
    return f"{'-' if paise < 0 else ''}{abs(paise) // 100}.{abs(paise) % 100:02d}"


def reward(bill: int) -> int:
    """Five percent, or 120 from 2,000 rupees on, or 350 from 5,000: whichever is most."""
    slab = 350 if bill >= 500_000 else 120 if bill >= 200_000 else 0
    return max(bill * 5 // 10_000, slab)


def share(bill: int, refunded: int) -> int:
    return reward(bill) * max(0, bill - refunded) // bill if bill > 0 else 0


@dataclass
class ShopifyShop:
    """One order of a Shopify shop. Prices include taxes, as shops in India have it."""

    phone: str | None
    id: int = 5_300_000_000_001
    currency: str = "INR"
    lines: list[list[int]] = field(default_factory=list)
    """[id, price, quantity bought, quantity now]"""
    refunds: list[dict[str, Any]] = field(default_factory=list)
    paid: bool = False
    cancelled: str | None = None
    refunded: int = 0
    owed: int = 0
    clock: datetime = BEGIN
    webhooks: list[ShopWebhook] = field(default_factory=list)
    email: str | None = "asha@example.com"
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields that replace those of the payload."""
    version: str = SHOPIFY_VERSIONS[-1]
    placed: int = 0
    """What the lines cost that were there when the order was placed."""
    edited_out: int = 0
    """What lines cost that an edit took out, whether their money is back or not."""
    swapped: int = 0
    """What returned lines cost whose money did not go back, since other goods came in their place."""

    def place(self, *prices: int) -> ShopifyShop:
        for price in prices:
            self.lines.append([9_000 + len(self.lines), price, 1, 1])
        self.placed = sum(prices)
        return self._tell("orders/create")

    def pay(self) -> ShopifyShop:
        self.paid, self.owed = True, 0
        return self._tell("orders/paid", "orders/updated")

    def update(self) -> ShopifyShop:
        """Something that does not matter here: a note, a tag, a fulfilment."""
        return self._tell("orders/updated")

    def at_once(self) -> ShopifyShop:
        """What comes next happens within the same second."""
        self.clock -= timedelta(seconds=7)
        return self

    def add(self, price: int) -> ShopifyShop:
        """Edited after it was paid: a line more, to be paid still."""
        self.lines.append([9_000 + len(self.lines), price, 1, 1])
        self.owed += price if self.paid else 0
        edit = {"id": 55, "order_id": self.id, "line_items": {"additions": [{"id": 9_001, "delta": 1}], "removals": []}}
        self.webhooks.append(ShopWebhook("orders/edited", f"w-{len(self.webhooks)}", {"order_edit": edit}))
        return self._tell("orders/updated")

    def settle_up(self) -> ShopifyShop:
        self.owed = 0
        return self._tell("orders/paid", "orders/updated")

    def refund(self, index: int) -> ShopifyShop:
        """One line goes back, and its money."""
        line = self.lines[index]
        assert line[3] > 0
        line[3] -= 1
        self.refunded += line[1]
        return self._refunded(self._refund([(line, line[1])], money=line[1]))

    def goodwill(self, amount: int) -> ShopifyShop:
        """Money goes back, no line does."""
        self.refunded += amount
        return self._refunded(self._refund([], money=amount, adjusted=-amount))

    def restocking_fee(self, index: int, fee: int) -> ShopifyShop:
        """A line goes back, and its money less a fee."""
        line = self.lines[index]
        line[3] -= 1
        self.refunded += line[1] - fee
        return self._refunded(self._refund([(line, line[1])], money=line[1] - fee, adjusted=fee))

    def edit_out(self, index: int) -> ShopifyShop:
        """One line is edited out of the order. Its money is owed to the customer."""
        line = self.lines[index]
        line[3] -= 1
        self.edited_out += line[1]
        return self._refunded(self._refund([(line, line[1])], money=0))

    def refund_shipping(self) -> ShopifyShop:
        """The shipping of 49 goes back, no line does."""
        return self._refunded(self._refund([], money=4_900, shipping=4_900))

    def refund_duties(self) -> ShopifyShop:
        """Duties of 70 go back, no line does."""
        return self._refunded(self._refund([], money=7_000, duties=7_000))

    def exchange(self, index: int, price: int) -> ShopifyShop:
        """A line goes back and another comes in its place; only the difference of the prices moves."""
        line = self.lines[index]
        line[3] -= 1
        self.lines.append([9_000 + len(self.lines), price, 1, 1])
        back = max(0, line[1] - price)
        self.refunded += back
        self.swapped += line[1] - back
        self.owed += max(0, price - line[1])
        return self._refunded(self._refund([(line, line[1])], money=back, returned=True))

    def cancel(self) -> ShopifyShop:
        """Cancelled, with all money back."""
        self.cancelled = _offset(self.clock)
        if self.paid:
            left = [(line, line[1]) for line in self.lines if line[3]]
            self.refunded += sum(price for _, price in left)
            for line, _ in left:
                line[3] = 0
            if left:
                self._refunded(self._refund(left, money=sum(price for _, price in left)))
        return self._tell("orders/cancelled", "orders/updated")

    @property
    def deserves(self) -> int:
        if not self.paid or self.cancelled:
            return 0
        bill = sum(price * bought for _, price, bought, _ in self.lines) - self.owed - self.swapped - self.edited_out
        return share(bill, self.refunded)

    def _refund(
        self,
        lines: list[tuple[list[int], int]],
        *,
        money: int,
        adjusted: int = 0,
        shipping: int = 0,
        duties: int = 0,
        returned: bool = False,
    ) -> dict[str, Any]:
        number = 800_001 + len(self.refunds)
        new = self.version >= "2024-10"
        adjustments = [self._adjustment(number, adjusted, "refund_discrepancy")] if adjusted else []
        if shipping and not new:
            adjustments.append(self._adjustment(number, -shipping, "shipping_refund"))
        refund = {
            "id": number,
            "admin_graphql_api_id": f"gid://shopify/Refund/{number}",
            "created_at": _offset(self.clock),
            "note": "",
            "order_id": self.id,
            "processed_at": _offset(self.clock),
            "restock": True,
            "user_id": 110_566_534,
            "total_duties_set": self._money(duties),
            "duties": [{"duty_id": 1, "amount_set": self._money(duties)}] if duties else [],
            "order_adjustments": adjustments,
            "transactions": [
                {
                    "id": 700_000 + number,
                    "order_id": self.id,
                    "kind": "refund",
                    "gateway": "razorpay",
                    "status": "success",
                    "amount": rupees(money),
                    "currency": self.currency,
                }
            ]
            if money
            else [],
            "refund_line_items": [
                {
                    "id": 600_000 + number + line[0],
                    "quantity": 1,
                    "line_item_id": line[0],
                    "restock_type": "return",
                    "subtotal": float(rupees(price)),
                    "subtotal_set": self._money(price),
                    "total_tax": 0.0,
                    "total_tax_set": self._money(0),
                    "line_item": {"id": line[0], "price": rupees(line[1]), "quantity": line[2], "gift_card": False},
                }
                for line, price in lines
            ],
        }
        if new:
            refund["refund_duties"] = [{"duty_id": 1, "refund_type": "FULL"}] if duties else []
            refund["return"] = {"id": 1_000 + number} if returned else None
            refund["refund_shipping_lines"] = (
                [
                    {
                        "id": 500_000 + number,
                        "shipping_line": {"id": 27, "price": rupees(shipping)},
                        "subtotal_amount_set": self._money(shipping),
                        "tax_amount_set": self._money(0),
                    }
                ]
                if shipping
                else []
            )
        self.refunds.append(refund)
        return refund

    def _adjustment(self, refund: int, amount: int, kind: str) -> dict[str, Any]:
        """Since 2024-10 without a kind, and its amounts only as sets."""
        entry: dict[str, Any] = {
            "id": 4_221_796_388,
            "order_id": self.id,
            "refund_id": refund,
            "reason": "Refund discrepancy" if kind == "refund_discrepancy" else "Shipping refund",
            "amount_set": self._money(amount),
            "tax_amount_set": self._money(0),
        }
        if self.version < "2024-10":
            entry |= {"amount": _signed(amount), "tax_amount": "0.00", "kind": kind}
        return entry

    def _money(self, paise: int) -> dict[str, Any]:
        money = {"amount": _signed(paise), "currency_code": self.currency}
        return {"shop_money": money, "presentment_money": dict(money)}

    def _refunded(self, refund: dict[str, Any]) -> ShopifyShop:
        self._tell("orders/updated")
        self.webhooks.append(ShopWebhook("refunds/create", f"w-{len(self.webhooks)}", copy.deepcopy(refund)))
        return self

    def _tell(self, *topics: str) -> ShopifyShop:
        self.clock += timedelta(seconds=7)
        for topic in topics:
            self.webhooks.append(ShopWebhook(topic, f"w-{len(self.webhooks)}", copy.deepcopy(self.payload())))
        return self

    def payload(self) -> dict[str, Any]:
        whole = sum(price * bought for _, price, bought, _ in self.lines)
        now = sum(price * left for _, price, _, left in self.lines)
        if not self.paid:
            status = "voided" if self.cancelled else "pending"
        elif self.refunded:
            left = whole - self.owed - self.edited_out
            status = "refunded" if self.refunded >= left else "partially_refunded"
        else:
            status = "partially_paid" if self.owed else "paid"
        place = {"first_name": "Asha", "last_name": "Rao", "country_code": "IN", "city": "Mysuru", "phone": None}
        return {
            "id": self.id,
            "admin_graphql_api_id": f"gid://shopify/Order/{self.id}",
            "name": "#1001",
            "order_number": 1001,
            "test": False,
            "created_at": _offset(BEGIN),
            "updated_at": _offset(self.clock),
            "cancelled_at": self.cancelled,
            "cancel_reason": "customer" if self.cancelled else None,
            "closed_at": None,
            "confirmed": True,
            "currency": self.currency,
            "presentment_currency": self.currency,
            "email": self.email,
            "contact_email": self.email,
            "phone": None,
            "financial_status": status,
            "fulfillment_status": None,
            "taxes_included": True,
            "subtotal_price": rupees(self.placed or whole),
            "subtotal_price_set": self._money(self.placed or whole),
            "current_subtotal_price": rupees(now),
            "current_subtotal_price_set": self._money(now),
            "total_line_items_price": rupees(self.placed or whole),
            "total_price": rupees((self.placed or whole) + 4_900),
            "current_total_price": rupees(now + 4_900),
            "current_total_duties_set": None,
            "current_total_additional_fees_set": None,
            "total_tax": rupees(whole * 18 // 118),
            "current_total_tax": rupees(now * 18 // 118),
            "total_discounts": "0.00",
            "total_outstanding": rupees(self.owed or -self.edited_out),
            "total_tip_received": "0.00",
            "note_attributes": [],
            "payment_gateway_names": ["razorpay"],
            "customer": {"id": 115_310_627, "email": self.email, "phone": self.phone, "default_address": {**place}},
            "billing_address": {**place},
            "shipping_address": {**place},
            "line_items": [
                {
                    "id": id,
                    "title": "Cotton kurta",
                    "sku": f"SKU-{id}",
                    "quantity": bought,
                    "current_quantity": left,
                    "price": rupees(price),
                    "gift_card": False,
                    "taxable": True,
                    "total_discount": "0.00",
                    "discount_allocations": [],
                    "tax_lines": [],
                }
                for id, price, bought, left in self.lines
            ],
            "shipping_lines": [{"id": 27, "title": "Standard", "price": "49.00", "discounted_price": "49.00"}],
            "refunds": copy.deepcopy(self.refunds),
            **(self._since_2024_10() if self.version >= "2024-10" else {}),
            **self.extra,
        }

    def _since_2024_10(self) -> dict[str, Any]:
        return {
            "current_shipping_price_set": self._money(4_900),
            "total_cash_rounding_payment_adjustment_set": self._money(0),
            "total_cash_rounding_refund_adjustment_set": self._money(0),
            "duties_included": False,
            "returns": [],
        }


@dataclass
class WooShop:
    """One order of a WooCommerce shop."""

    phone: str | None
    id: int = 727
    items: list[int] = field(default_factory=list)
    status: str = "pending"
    refunds: list[int] = field(default_factory=list)
    gone: bool = False
    clock: datetime = BEGIN
    webhooks: list[ShopWebhook] = field(default_factory=list)
    email: str = "asha@example.com"
    shipping: int = 5_000
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields that replace those of the payload."""
    ahead: timedelta = timedelta()
    """How far the shop's clock is ahead of the world's."""
    paid_at: str | None = None

    def place(self, *prices: int) -> WooShop:
        self.items += prices
        return self._tell("order.created")

    def pay(self) -> WooShop:
        return self._become("processing")

    def complete(self) -> WooShop:
        return self._become("completed")

    def hold(self) -> WooShop:
        return self._become("on-hold")

    def cancel(self) -> WooShop:
        return self._become("cancelled")

    def update(self) -> WooShop:
        return self._tell("order.updated")

    def at_once(self) -> WooShop:
        self.clock -= timedelta(seconds=7)
        return self

    def add(self, price: int) -> WooShop:
        self.items.append(price)
        return self._tell("order.updated")

    def remove(self, index: int) -> WooShop:
        del self.items[index]
        return self._tell("order.updated")

    def refund(self, amount: int) -> WooShop:
        """Told as a change of the order; wholly refunded, it becomes `refunded`."""
        self.refunds.append(amount)
        if sum(self.refunds) >= sum(self.items) + self.shipping:
            self.status = "refunded"
        return self._tell("order.updated")

    def refund_shipping(self) -> WooShop:
        return self.refund(self.shipping)

    def delete(self) -> WooShop:
        self.gone = True
        self.clock += timedelta(seconds=7)
        self.webhooks.append(ShopWebhook("order.deleted", f"w-{len(self.webhooks)}", {"id": self.id}))
        return self

    def restore(self) -> WooShop:
        self.gone = False
        return self._tell("order.restored")

    @property
    def deserves(self) -> int:
        # On hold, or a plugin's own, says nothing about payment: an order that was paid stays paid.
        says_nothing = self.status in ("on-hold", "shipped", "wc-packed")
        if self.gone or not (self.status in ("processing", "completed") or (says_nothing and self.paid_at)):
            return 0
        bill = sum(self.items)
        return reward(bill) * max(0, bill - sum(map(self._goods_of, self.refunds))) // bill if bill else 0

    def _goods_of(self, refund: int) -> int:
        """What a refund was for, as far as its sum tells: goods, shipping, both, or of each its share."""
        whole = {sum(chosen) for n in range(1, len(self.items) + 1) for chosen in combinations(self.items, n)}
        if refund in whole:
            return refund
        if refund == self.shipping:
            return 0
        if refund - self.shipping in whole:
            return refund - self.shipping
        bill, total = sum(self.items), sum(self.items) + self.shipping
        return (2 * refund * bill + total) // (2 * total)

    def _become(self, status: str) -> WooShop:
        self.status = status
        if status in ("processing", "completed") and self.paid_at is None:
            self.paid_at = f"{self.clock:%Y-%m-%dT%H:%M:%S}"
        return self._tell("order.updated")

    def _tell(self, topic: str) -> WooShop:
        self.clock += timedelta(seconds=7)
        self.webhooks.append(ShopWebhook(topic, f"w-{len(self.webhooks)}", copy.deepcopy(self.payload())))
        return self

    def payload(self) -> dict[str, Any]:
        at = f"{self.clock + self.ahead:%Y-%m-%dT%H:%M:%S}"
        shipping = rupees(self.shipping)
        return {
            "id": self.id,
            "parent_id": 0,
            "number": str(self.id),
            "order_key": "wc_order_58d2d042d1d",
            "status": self.status,
            "currency": "INR",
            "prices_include_tax": True,
            "date_created": f"{BEGIN:%Y-%m-%dT%H:%M:%S}",
            "date_created_gmt": f"{BEGIN:%Y-%m-%dT%H:%M:%S}",
            "date_modified": at,
            "date_modified_gmt": at,
            "discount_total": "0.00",
            "discount_tax": "0.00",
            "shipping_total": shipping,
            "shipping_tax": "0.00",
            "cart_tax": "0.00",
            "total": rupees(sum(self.items) + self.shipping),
            "total_tax": "0.00",
            "customer_id": 0,
            "billing": {
                "first_name": "Asha",
                "last_name": "Rao",
                "country": "IN",
                "email": self.email,
                "phone": self.phone or "",
            },
            "shipping": {"first_name": "Asha", "last_name": "Rao", "country": "IN", "phone": ""},
            "payment_method": "razorpay",
            "created_via": "checkout",
            "date_paid_gmt": self.paid_at,
            "line_items": [
                {
                    "id": 315 + number,
                    "name": "Cotton kurta",
                    "product_id": 93,
                    "quantity": 1,
                    "subtotal": rupees(price),
                    "subtotal_tax": "0.00",
                    "total": rupees(price),
                    "total_tax": "0.00",
                    "taxes": [],
                    "price": price / 100,
                }
                for number, price in enumerate(self.items)
            ],
            "tax_lines": [],
            "shipping_lines": [{"id": 317, "method_id": "flat_rate", "total": shipping, "total_tax": "0.00"}],
            "fee_lines": [],
            "coupon_lines": [],
            "refunds": [
                {"id": 726 + number, "reason": "", "total": f"-{rupees(amount)}"}
                for number, amount in enumerate(self.refunds)
            ],
            **self.extra,
        }


def _signed(paise: int) -> str:
    return f"{'-' if paise < 0 else ''}{rupees(abs(paise))}"


def _offset(moment: datetime) -> str:
    """As Shopify writes times: the shop's own zone, whole seconds."""
    local = moment + timedelta(hours=5, minutes=30)
    return f"{local:%Y-%m-%dT%H:%M:%S}+05:30"
