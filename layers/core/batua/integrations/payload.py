"""Parts of a shop's JSON, read for what they are: a field of another kind than expected counts as missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from .amounts import PayloadError, parse_decimal, to_home_paise

Payload = Mapping[str, Any]
_MOST_UNITS: Final = 1_000_000_000


def as_text(value: Any) -> str | None:
    """A text or number of a payload as text, without the spaces around it; None where there is nothing."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text[:256] or None


def as_mapping(value: Any) -> Payload:
    return value if isinstance(value, Mapping) else {}


def as_mappings(value: Any) -> list[Payload]:
    """The objects of a list. PHP writes a list whose keys have gaps as an object: `{"1": {…}, "3": {…}}`."""
    if isinstance(value, Mapping) and all(str(key).isdigit() for key in value):
        value = list(value.values())
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, Sequence) else []


def whole_number(value: Any, what: str) -> int:
    """How many there are of something; none where nothing is said. Raises PayloadError for what is no such number."""
    if value is None or value == "":
        return 0
    number = parse_decimal(value, what)
    if abs(number) > _MOST_UNITS or number != int(number):
        raise PayloadError(f"{what} is no whole number")
    return int(number)


def sum_paise(values: Any, rate: Decimal) -> int:
    return sum(to_home_paise(value, rate, "an amount") for value in values)


def shop_money(owner: Payload, name: str) -> Any:
    """Shopify's amount `name` in the shop's currency: out of `name_set` where it is there, else the plain field."""
    money = as_mapping(as_mapping(owner.get(f"{name}_set")).get("shop_money"))
    return money["amount"] if money.get("amount") is not None else owner.get(name)


def shop_currency(owner: Payload, name: str) -> str | None:
    return as_text(as_mapping(as_mapping(owner.get(f"{name}_set")).get("shop_money")).get("currency_code"))
