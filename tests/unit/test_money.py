"""Amounts on their way in and out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from batua.money import MAX_MINOR, AmountError, parse, to_minor, to_text, to_wire


@pytest.mark.parametrize(
    ("value", "scale", "minor"),
    [
        (1, 0, 1),
        ("250", 0, 250),
        ("250.50", 2, 25050),
        (Decimal("0.01"), 2, 1),
        (Decimal("1E+3"), 2, 100_000),
        ("2.50", 1, 25),
        ("100.0000000000000000", 0, 100),
        (10**15, 0, MAX_MINOR),
        ("0.5", 1, 5),
    ],
)
def test_an_amount_becomes_minor_units_exactly(value: Any, scale: int, minor: int) -> None:
    assert to_minor(parse(value), scale) == minor


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        "0",
        "0.00",
        "-5",
        "+5",
        "1e3",
        " 1",
        "1 ",
        "1_000",
        "1,000",
        "",
        ".5",
        "5.",
        "NaN",
        "Infinity",
        "٣",
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("-0.01"),
        Decimal("1E+400"),
        10**15 + 1,
        10**40,
        True,
        1.5,
        None,
        [1],
    ],
)
def test_what_is_no_positive_plain_amount_is_refused(value: Any) -> None:
    with pytest.raises(AmountError):
        parse(value)


@pytest.mark.parametrize(
    ("value", "scale", "words"),
    [
        ("0.001", 2, "at most 2 decimals"),
        ("1.5", 0, "whole number"),
        ("100000000000000.0000000000000001", 0, "whole number"),
        (Decimal("100." + "0" * 40 + "1"), 2, "at most 2 decimals"),
        (Decimal("1E-999999"), 2, "at most 2 decimals"),
        ("9999999999999999", 0, "too large"),
        ("1000000000000000", 2, "too large"),
        (Decimal("10000000000000.01"), 2, "too large"),
    ],
)
def test_what_the_minor_unit_cannot_hold_is_refused_and_never_rounded(value: Any, scale: int, words: str) -> None:
    with pytest.raises(AmountError, match=words):
        to_minor(parse(value), scale)


@pytest.mark.parametrize(
    ("minor", "scale", "wire", "text"),
    [
        (200, 2, 2, "2.00"),
        (250, 2, Decimal("2.50"), "2.50"),
        (-250, 2, Decimal("-2.50"), "-2.50"),
        (-200, 2, -2, "-2.00"),
        (7, 0, 7, "7"),
        (0, 2, 0, "0.00"),
        (5, 2, Decimal("0.05"), "0.05"),
    ],
)
def test_an_amount_goes_out_as_an_integer_or_an_exact_decimal(
    minor: int, scale: int, wire: int | Decimal, text: str
) -> None:
    assert to_wire(minor, scale) == wire
    assert type(to_wire(minor, scale)) is type(wire)
    assert to_text(minor, scale) == text
