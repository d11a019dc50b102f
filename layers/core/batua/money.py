"""Amounts: integers in minor units inside, decimals on the wire, never a float.

An asset has a scale: INR has 2 (paise), a coin has 0 to 2, fixed for life. `minor` below always means
an integer in the smallest unit of its asset.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

MAX_MINOR: Final = 10**15
INR_SCALE: Final = 2

_MOST_DIGITS: Final = 1_000
_PLAIN = re.compile(r"\d{1,16}(\.\d{1,16})?", re.ASCII)


class AmountError(ValueError):
    """The text says what is wrong with an amount, in words for the caller."""


def json_number(text: str) -> Decimal:
    """A number of a JSON text, exactly. Raises ValueError for one that would take seconds and gigabytes to look at:
    `1e99999999` is ten letters, and a hundred million digits once anybody asks for its whole part."""
    try:
        number = Decimal(text)
    except InvalidOperation as error:  # an exponent that no decimal can have
        raise ValueError("the number has too many digits") from error
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _MOST_DIGITS:
        raise ValueError("the number has too many digits")
    return number


def parse(value: object) -> Decimal:
    """An amount as it came over the wire -> an exact, positive decimal.

    Takes integers, decimals (JSON numbers are read as such) and plain decimal strings.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise AmountError("must be a decimal number or a string of one")
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        raise AmountError("must be a plain decimal number such as 250 or 250.50")
    if isinstance(value, int) and value > MAX_MINOR:
        raise AmountError("is too large")
    number = Decimal(value)
    if not number.is_finite():
        raise AmountError("must be a finite number")
    if number <= 0:
        raise AmountError("must be greater than zero")
    if number.adjusted() > 15:
        raise AmountError("is too large")
    return number


def to_minor(value: Decimal, scale: int) -> int:
    """`Decimal('2.5')` at scale 2 -> 250. Refuses digits below the minor unit instead of rounding them away."""
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise AmountError("must be a finite number")
    if value and value.adjusted() + scale > 15:
        raise AmountError("is too large")
    # By its digits: Decimal's own arithmetic rounds to 28 of them, and an amount may come with more.
    below = -(exponent + scale)
    if below > 0:
        if any(digits[-below:]):
            raise AmountError(f"may have at most {scale} decimals" if scale else "must be a whole number")
        digits = digits[:-below]
    minor = int("".join(map(str, digits)) or "0") * int(10 ** max(0, -below))
    if minor > MAX_MINOR:
        raise AmountError("is too large")
    return -minor if sign else minor


def to_wire(minor: int, scale: int) -> int | Decimal:
    """250 at scale 2 -> `Decimal('2.50')`; whole amounts come out as integers, so that JSON shows 2 and 2.50."""
    unit: int = 10**scale
    whole, rest = divmod(abs(minor), unit)
    if not rest:
        return whole if minor >= 0 else -whole
    return Decimal(minor).scaleb(-scale)


def to_text(minor: int, scale: int) -> str:
    """250 at scale 2 -> `'2.50'`, for messages, CSV and the styles that write amounts as strings."""
    return str(Decimal(minor).scaleb(-scale)) if scale else str(minor)


def grouped(paise: int) -> str:
    """12345678 -> `1,23,456.78`: the last three digits of the rupees, then pairs."""
    sign = "-" if paise < 0 else ""
    rupees, rest = divmod(abs(paise), 100)
    digits = str(rupees)
    head, tail = digits[:-3], digits[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return f"{sign}{','.join([*pairs, tail])}.{rest:02d}"


def with_rupee_sign(paise: int) -> str:
    """100000 -> `₹1,000.00`: rupees in a sentence."""
    return f"₹{grouped(paise)}"


def written_rupees(decimal: str) -> str:
    """`1000.00`, as an event has it -> `₹1,000.00`."""
    return with_rupee_sign(to_minor(Decimal(decimal), INR_SCALE))
