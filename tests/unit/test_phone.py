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
    ],
)
def test_a_number_is_read_as_dialled_or_in_full(text: str, e164: str) -> None:
    assert phone.to_e164(text, "IN") == e164


@pytest.mark.parametrize("text", ["", "12", "abc", "+", "+91987654321012345678", "98765 43210 ext. 5"])
def test_what_can_be_no_number_is_refused(text: str) -> None:
    with pytest.raises(phone.PhoneError):
        phone.to_e164(text, "IN")


@pytest.mark.parametrize(
    ("e164", "shown"),
    [("+919876543210", "+91••••••3210"), ("+15551234", "+15••••34"), ("+6834000", "+68•••00")],
)
def test_a_masked_number_can_be_recognised_but_not_called(e164: str, shown: str) -> None:
    assert phone.masked(e164) == shown
