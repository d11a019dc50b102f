"""What a refund of a Shopify order takes off its bill.

The form of refunds has changed. Up to API version 2024-07 an adjustment says by its `kind` whether it is refunded
shipping or a discrepancy: money beside the lines' own, negative where more went back (goodwill), positive where some
was kept (a restocking fee). Since 2024-10 refunded shipping is in `refund_shipping_lines`, an adjustment may come
without a `kind` and is then a discrepancy, and its amounts may be in `amount_set` alone. Some payloads have both forms
of the same shipping refund, and a discrepancy that offsets one of them.

An exchange is a refund of the returned line in full whose money is no more than the difference of prices. So what the
lines say is compared with the money that moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from .amounts import EligibleAmountPolicy, to_home_paise
from .payload import Payload, as_mapping, as_mappings, as_text, shop_currency, shop_money, sum_paise

_FAILED: Final = ("failure", "error")
_ROUNDING: Final = 100
"""Differences up to this many paise are rounding, such as that of cash."""


@dataclass(frozen=True, slots=True)
class ShopifyRefund:
    """A refund in paise, by what the policy counts."""

    id: str
    goods: int = 0
    """What its lines took out of the order and what money went back for: added to the order's current goods, they are
    the goods that were bought."""
    refunded: int = 0
    """What it takes off the bill."""
    edited: int = 0
    """Goods that an edit took out, without money: the order is smaller by them."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """What it takes of each line that counts, before taxes that come on top."""
    shipping_tax: int = 0
    """Tax on refunded shipping, which the order's current tax no longer contains."""


@dataclass(frozen=True, slots=True)
class RefundTerms:
    """What is needed to read a refund. `added` are goods in paise that came into the order after it was placed, where
    the order tells: only such can stand for a returned line whose money did not go back."""

    policy: EligibleAmountPolicy
    rate: Decimal
    taxes_included: bool
    currency: str | None = None
    added: int = 0


@dataclass(frozen=True, slots=True)
class _Adjustments:
    discrepancy: int
    shipping: int
    shipping_tax: int


def read_refund(refund: Payload, terms: RefundTerms) -> ShopifyRefund:
    policy, rate = terms.policy, terms.rate
    lines = as_mappings(refund.get("refund_line_items"))
    counted = [each for each in lines if _counts(each, policy)]
    goods, taxed = _with_tax(counted, "subtotal", "total_tax", terms), _gross(lines, "subtotal", "total_tax", terms)
    adjusted = _adjustments(refund, terms)
    shipping_lines = as_mappings(refund.get("refund_shipping_lines"))
    shipping = (
        _gross(shipping_lines, "subtotal_amount", "tax_amount", terms) or adjusted.shipping + adjusted.shipping_tax
    )
    shipping_tax = sum_paise((shop_money(each, "tax_amount") for each in shipping_lines), rate) or adjusted.shipping_tax
    read = ShopifyRefund(str(refund["id"]), shipping_tax=shipping_tax)
    payments = refund.get("transactions")
    if payments == [] and not as_mappings(refund.get("order_adjustments")):
        return replace(read, edited=goods)
    if payments and all(each.get("status") in _FAILED for each in as_mappings(payments)):
        return replace(read, goods=goods)
    discrepancy, money = adjusted.discrepancy, _money(refund, terms)
    if money is not None:
        extras = _duties_and_fees(refund, rate)
        if not lines and not as_mappings(refund.get("order_adjustments")):
            discrepancy = -max(0, money - shipping - extras)
        missing = taxed + shipping + extras - discrepancy - money
        if missing > _ROUNDING and taxed:
            swapped = min(missing, terms.added, taxed)
            goods -= goods * swapped // taxed
            if refund.get("return"):
                # Fees of a return are no adjustments: what its lines say and no money went back for was kept.
                discrepancy += missing - swapped
    refunded = goods - discrepancy
    if policy.shipping:
        refunded += shipping - (0 if policy.taxes else shipping_tax)
    named: dict[str, int] = {}
    for each in counted:
        id = str(each.get("line_item_id") or as_mapping(each.get("line_item")).get("id"))
        named[id] = named.get(id, 0) + to_home_paise(shop_money(each, "subtotal"), rate, "a refunded line")
    return replace(read, goods=goods, refunded=max(0, refunded), lines=named)


def refund_currency(refund: Payload) -> str | None:
    """The shop's currency as a refund tells it; that of its payments may be the customer's."""
    for part, name in (
        ("refund_line_items", "subtotal"),
        ("order_adjustments", "amount"),
        ("refund_shipping_lines", "subtotal_amount"),
    ):
        for each in as_mappings(refund.get(part)):
            if currency := shop_currency(each, name):
                return currency
    return next((as_text(each.get("currency")) for each in as_mappings(refund.get("transactions"))), None)


def without_paybacks(refunds: list[ShopifyRefund], shrunk: int) -> list[ShopifyRefund]:
    """The refunds, less those that pay back what an edit took out: the order is smaller by that already.

    Such a payback looks like goodwill. It is recognized by its amount: all that edits took out, or what the order
    became cheaper by (`shrunk`).
    """
    edited = sum(each.edited for each in refunds)
    if not edited:
        return refunds
    paybacks = {edited, shrunk, *(each.edited for each in refunds)} - {0}
    return [replace(each, refunded=0) if not each.goods and each.refunded in paybacks else each for each in refunds]


def _adjustments(refund: Payload, terms: RefundTerms) -> _Adjustments:
    listed = as_mappings(refund.get("order_adjustments"))
    shipping = [each for each in listed if _kind(each) == "shipping_refund"]
    others = [each for each in listed if _kind(each) != "shipping_refund"]
    if as_mappings(refund.get("refund_shipping_lines")):
        # The same shipping refund in both forms. A discrepancy may offset the older one.
        for amount in (_adjustment(each, terms) for each in shipping):
            offset = next((each for each in others if _adjustment(each, terms) == -amount), None)
            others = [each for each in others if each is not offset]
        shipping = []
    return _Adjustments(
        discrepancy=sum(_adjustment(each, terms) for each in others),
        shipping=-sum_paise((shop_money(each, "amount") for each in shipping), terms.rate),
        shipping_tax=-sum_paise((shop_money(each, "tax_amount") for each in shipping), terms.rate),
    )


def _adjustment(entry: Payload, terms: RefundTerms) -> int:
    """An adjustment's amount; its tax comes on top."""
    amount = to_home_paise(shop_money(entry, "amount"), terms.rate, "the amount of an adjustment")
    tax = to_home_paise(shop_money(entry, "tax_amount"), terms.rate, "the tax of an adjustment")
    return amount + (tax if terms.policy.taxes else 0)


def _kind(entry: Payload) -> str:
    return str(entry.get("kind") or "refund_discrepancy").rpartition(".")[2]


def _money(refund: Payload, terms: RefundTerms) -> int | None:
    """The money that went back, or is on its way; None where it is not given, or in the customer's currency."""
    payments = refund.get("transactions")
    if payments is None:
        return None
    total = 0
    for each in as_mappings(payments):
        if each.get("status") in _FAILED or each.get("kind", "refund") not in ("refund", "void"):
            continue
        currency = as_text(each.get("currency"))
        if terms.currency and currency and currency != terms.currency and "amount_set" not in each:
            return None
        total += to_home_paise(shop_money(each, "amount"), terms.rate, "the amount of a payment")
    return total


def _duties_and_fees(refund: Payload, rate: Decimal) -> int:
    """Refunded duties and additional fees, which are no goods. `refund_duties` names them without their amounts."""
    duties = to_home_paise(shop_money(refund, "total_duties"), rate, "total_duties_set")
    fees = to_home_paise(shop_money(refund, "total_additional_fees"), rate, "total_additional_fees_set")
    return (duties or sum_paise((shop_money(each, "amount") for each in as_mappings(refund.get("duties"))), rate)) + (
        fees or sum_paise((shop_money(each, "price") for each in as_mappings(refund.get("additional_fees"))), rate)
    )


def _with_tax(lines: list[Payload], amount: str, tax: str, terms: RefundTerms) -> int:
    """What lines cost by the policy: with their taxes or without."""
    taxes = sum_paise((shop_money(each, tax) for each in lines), terms.rate)
    plain = sum_paise((shop_money(each, amount) for each in lines), terms.rate)
    if terms.policy.taxes:
        return plain if terms.taxes_included else plain + taxes
    return plain - taxes if terms.taxes_included else plain


def _gross(lines: list[Payload], amount: str, tax: str, terms: RefundTerms) -> int:
    """What the customer paid for lines."""
    taxes = 0 if terms.taxes_included else sum_paise((shop_money(each, tax) for each in lines), terms.rate)
    return sum_paise((shop_money(each, amount) for each in lines), terms.rate) + taxes


def _counts(refunded: Payload, policy: EligibleAmountPolicy) -> bool:
    line = as_mapping(refunded.get("line_item"))
    return (policy.gift_cards or not line.get("gift_card")) and (policy.tips or not is_tip(line))


def is_tip(line: Payload) -> bool:
    """A tip is a line among the goods, and is not part of the subtotal."""
    return any(line.get(name) for name in ("tip", "tip_payment_gateway", "tip_payment_method"))
