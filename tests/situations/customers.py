"""Situations of customers: how shops and tills write phone numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.shops import ShopifyShop, ShopWebhook

from . import Situation

if TYPE_CHECKING:
    from tests.fakes.settling import World

POSSIBLE: Final = "giggsey/libphonenumber-for-php#615"
LENGTHS: Final = "google/libphonenumber FAQ, isPossibleNumber and isValidNumber"
SPREADSHEETS: Final = "support.microsoft.com, Display numbers as phone numbers; Long numbers in Excel"


def till(phone: Any) -> Callable[[World], Any]:
    return lambda there: there.deliver(
        there.connect("pos"), ShopWebhook("sale", "d", {"id": "B-1", "amount": "1000", "phone": phone})
    )


def _places(**places: Any) -> Callable[[World], Any]:
    def play(there: World) -> None:
        order = ShopifyShop(None)
        order.extra = places
        there.deliver_all(there.connect("shopify"), order.place(100_000).pay().webhooks)

    return play


SITUATIONS: Final[list[Situation]] = [
    *(
        Situation(f"A till enters {phone!r}", source, why, coins, till(phone))
        for phone, source, why, coins in (
            ("0000000000", POSSIBLE, "Nobody's number: not one wallet for all who give none.", 0),
            ("9999999999", POSSIBLE, "A placeholder.", 0),
            ("1234567890", POSSIBLE, "A placeholder.", 0),
            ("98765432", LENGTHS, "Eight digits are no number in India.", 0),
            ("98765432101", LENGTHS, "Eleven digits are no number in India.", 0),
            ("9876543210.0", SPREADSHEETS, "A spreadsheet's number: repaired.", 50),
            (9876543210, SPREADSHEETS, "A number instead of a text: read.", 50),
            (9876543210.0, SPREADSHEETS, "A spreadsheet's number: repaired.", 50),
            ("9.876543210E+09", SPREADSHEETS, "All digits are there: repaired.", 50),
            ("9.87654E+09", SPREADSHEETS, "Digits are lost: refused, not guessed.", 0),
            ("98765abcde", "google/libphonenumber FAQ, Vanity numbers", "Letters are no number of a customer.", 0),
            ("0919876543210", LENGTHS, "A leading zero and the country: repaired.", 50),
            ("9876543210 / 9876500000", LENGTHS, "Two numbers in one field: the first.", 50),
            ("080 2222 1234", LENGTHS, "A landline belongs to a household.", 0),
        )
    ),
    Situation(
        "A placeholder before the customer's own number",
        POSSIBLE,
        "The own number wins.",
        50,
        _places(phone="0000000000", billing_address={"country_code": "IN", "phone": "98765 43210"}),
    ),
    Situation(
        "Letters before the customer's own number",
        POSSIBLE,
        "The own number wins.",
        50,
        _places(phone="none", shipping_address={"country_code": "IN", "phone": "98765 43210"}),
    ),
]
