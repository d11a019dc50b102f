"""Amounts in words, in Indian numbering: lakh and crore. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_ONES: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS: Final = ["-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_UNITS: Final = ((10_000_000, "crore"), (100_000, "lakh"), (1_000, "thousand"), (100, "hundred"))


def number_words(number: int) -> str:
    """1234567 -> `twelve lakh thirty-four thousand five hundred and sixty-seven`."""
    if number < 0:
        return f"minus {number_words(-number)}"
    parts = []
    rest = number
    for size, name in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{number_words(count)} {name}")
    if rest or not parts:
        parts.append(f"and {_below_hundred(rest)}" if parts else _below_hundred(rest))
    return " ".join(parts)


def amount_words(paise: int) -> str:
    """123450 -> `One thousand two hundred and thirty-four rupees and fifty paise only`."""
    rupees, rest = divmod(abs(paise), 100)
    text = f"{number_words(rupees)} {'rupee' if rupees == 1 else 'rupees'}"
    if rest:
        text += f" and {number_words(rest)} {'paisa' if rest == 1 else 'paise'}"
    text = f"minus {text}" if paise < 0 else text
    return f"{text[0].upper()}{text[1:]} only"


def rupees_number(paise: int) -> Decimal:
    return Decimal(paise).scaleb(-2)


def half_up(numerator: int, denominator: int) -> int:
    """The nearest integer to a fraction; a half goes away from zero, as tax is rounded in India."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def _below_hundred(number: int) -> str:
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")
