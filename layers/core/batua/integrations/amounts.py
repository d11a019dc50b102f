"""Amounts as shops write them, in paise; and which parts of an order count for the reward."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final, Literal

from ..money import MAX_MINOR

HOME_CURRENCY: Final = "INR"
"""The currency in which programs value bills."""

POLICY_LISTS: Final = frozenset({"paid_statuses", "unpaid_statuses", "pay_later_methods"})
"""Settings that are lists of words."""

_NUMBER: Final = re.compile(r"-?(?:\d{1,15}|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.\d{1,16})?", re.ASCII)
"""Commas group digits, in lakhs or thousands. `1000,50` is refused: it is no group, and a decimal comma is a guess."""
_DECORATION: Final = re.compile(r"(?:₹|rs\.?|inr|\s|/-|\b[dc]r\b\.?)", re.IGNORECASE)
_ACCOUNTING: Final = re.compile(r"\((?P<bracketed>[^()-]+)\)|(?P<trailing>[^-]+)-")
"""How ledgers write what is less than nothing: `(500.00)` and `500.00-`."""


class PayloadError(ValueError):
    """A payload that says something that can't be understood; the text says what."""


@dataclass(frozen=True, slots=True)
class EligibleAmountPolicy:
    """What counts for the reward: the named settings of a connection. The defaults count what is paid for goods."""

    taxes: bool = True
    shipping: bool = False
    tips: bool = False
    fees: bool = True
    gift_cards: bool = False
    """Gift cards that are bought: they earn when they are spent."""
    before_discounts: bool = False
    test_orders: bool = False
    paid_statuses: tuple[str, ...] = ("processing", "completed")
    """WooCommerce's statuses of an order that is paid."""
    unpaid_statuses: tuple[str, ...] = (
        *("pending", "failed", "cancelled", "refunded", "trash"),
        *("draft", "auto-draft", "checkout-draft"),
    )
    """WooCommerce's statuses in which an order earns nothing. In any other it earns once it has a date of payment."""
    pay_later_methods: tuple[str, ...] = ("cod", "cash_on_delivery")
    """WooCommerce's payment methods whose orders are `processing` before they are paid."""
    store_credit: bool = True
    """What is paid with a gift card or store credit that lowers WooCommerce's total: it earned nothing when bought."""
    number_series: Literal["financial_year", "calendar_year", "continuous"] = "financial_year"
    """When the bill numbers of a billing system begin again: a number of another year is another bill."""
    sub_orders: bool = False
    """Vendors' parts of a marketplace's orders, in place of the whole orders."""
    rates: Mapping[str, str] = field(default_factory=dict)
    """Rupees for one unit of another currency; orders in a currency without a rate earn nothing."""

    def rate(self, currency: str | None) -> Decimal | None:
        """What an amount of this currency is multiplied by; None where no rate is set. Without a currency: rupees."""
        if not currency or currency.upper() == HOME_CURRENCY:
            return Decimal(1)
        configured = self.rates.get(currency.upper())
        return Decimal(configured) if configured else None


def parse_decimal(value: Any, what: str) -> Decimal:
    """A number as JSON has it, or as people write it: `"1,499.50"`, `"₹ 1499.5/-"`, `"(1499.50)"`, `"1499.50 Dr"`."""
    if isinstance(value, bool) or value is None:
        raise PayloadError(f"{what} is no amount")
    try:
        if isinstance(value, int | Decimal):
            number = Decimal(value)
        else:
            text = _DECORATION.sub("", str(value)).replace("\u2212", "-")
            if negative := _ACCOUNTING.fullmatch(text):
                text = f"-{negative['bracketed'] or negative['trailing']}"
            text = "".join(str(unicodedata.decimal(each, each)) for each in text)  # १ is 1
            if not _NUMBER.fullmatch(text):
                raise PayloadError(f"{what} is no amount")
            number = Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise PayloadError(f"{what} is no amount") from error
    # By its exponent first: JSON may have numbers that arithmetic cannot.
    if not number.is_finite() or (number and number.adjusted() > 15) or abs(number) * 100 > MAX_MINOR:
        raise PayloadError(f"{what} is no amount that can be")
    return number


def to_home_paise(value: Any, rate: Decimal, what: str) -> int:
    """An amount in paise at a rate; nothing where nothing is said. Half a paisa and more counts as one."""
    if value is None or value == "":
        return 0
    exact = parse_decimal(value, what) * rate * 100
    if abs(exact) > MAX_MINOR:
        raise PayloadError(f"{what} is no amount that can be")
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
