"""Phone numbers: what is read, and what is shown."""

from __future__ import annotations

import pytest

from batua import phone


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("98765 43210", "+919876543210"),
        ("+91 98765-43210", "+919876543210"),
        (" 919876543210", "+919876543210"),  # a `+` that a query string turned into a space
        ("09876543210", "+919876543210"),
        ("+1 202 555 0143", "+12025550143"),
        ("+971 50 123 4567", "+971501234567"),
        ("00919876543210", "+919876543210"),
        ("0919876543210", "+919876543210"),  # a leading zero and the country
        ("+91 91 98765 43210", "+919876543210"),  # the country twice
        ("9876543210.0", "+919876543210"),  # a spreadsheet's number
        ("9.876543210E+09", "+919876543210"),
        ("9.876543210e9", "+919876543210"),
        ("'9876543210", "+919876543210"),  # a spreadsheet's text mark
    ],
)
def test_a_number_is_read_as_dialled_or_in_full(text: str, e164: str) -> None:
    assert phone.to_e164(text, "IN") == e164


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *(("", "must be a phone number, such"), ("+", "must be a phone number, such")),
        *(("12", "that exists"), ("abc", "without letters"), ("98765 43210 ext. 5", "without letters")),
        *(("98765 43210;ext=5", "without letters"), ("98765abcde", "without letters")),
        *(("+91987654321012345678", "must be a phone number, such"), ("2876543210", "must be a mobile number")),
        *(("98765432", "that exists"), ("987654321", "that exists"), ("98765432101", "that exists")),
        *(("0000000000", "placeholder"), ("9999999999", "placeholder"), ("+91 99999 99999", "placeholder")),
        *(("1234567890", "placeholder"), ("0123456789", "placeholder"), ("11111", "placeholder")),
        *(("9.87654E+09", "shortened by a spreadsheet"), ("9.88E+09", "shortened by a spreadsheet")),
        *(("080 2222 1234", "must be a mobile number"), ("1800 209 1234", "must be a mobile number")),
    ],
)
def test_what_is_no_customers_number_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(phone.PhoneError, match=reason):
        phone.to_e164(text, "IN")


def test_a_landline_is_accepted_where_it_identifies_nobody() -> None:
    assert phone.to_e164("080 2222 1234", "IN", mobile=False) == "+918022221234"


@pytest.mark.parametrize(
    ("e164", "shown"),
    [("+919876543210", "+91••••••3210"), ("+15551234", "+15••••34"), ("+6834000", "+68•••00")],
)
def test_a_masked_number_can_be_recognised_but_not_called(e164: str, shown: str) -> None:
    assert phone.masked(e164) == shown
