"""Phone numbers in E.164, read by the phonenumbers library. A number identifies a customer, so only real ones count."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_SPREADSHEET_FRACTION: Final = re.compile(r"\.0+\Z", re.ASCII)
"""What a spreadsheet adds when it stores a phone number as a number: `9876543210.0`."""

_SCIENTIFIC: Final = re.compile(r"(\d)\.?(\d*)e\+?(\d{1,2})", re.ASCII | re.IGNORECASE)
_FILLERS: Final = "\u115f\u1160\u3164\uffa0"
"""Letters of Hangul that are drawn as nothing."""
_EXAMPLE: Final = "such as +919876543210"


class PhoneError(ValueError):
    """The text is not a usable phone number. The message says why, to follow the name of a field."""


@lru_cache(maxsize=1024)
def to_e164(text: str, region: str, *, mobile: bool = True) -> str:
    """`98765 43210` in region IN -> `+919876543210`. `region` is the ISO code assumed where the text has no country.

    A customer is looked up, then issued to, then asked for again: a number that was read once is not read again.

    With `mobile`, numbers that a country reserves for landlines and services are refused: a whole household, or a shop
    that writes its own number, would share one wallet. Where a country does not tell them apart, both are accepted.
    """
    # Imported at the first number: the library's metadata is a tenth of a cold start, and many functions see none.
    import phonenumbers

    number = _parsed(_written_out(text), region)
    if number.extension:
        raise PhoneError("must be a phone number without an extension")
    if _is_placeholder(phonenumbers.national_significant_number(number)):
        raise PhoneError(f"is a placeholder, not a customer's phone number. Use the customer's own, {_EXAMPLE}")
    if not phonenumbers.is_valid_number(number):
        number = _without_doubled_country(number)
    kinds = phonenumbers.PhoneNumberType
    if mobile and phonenumbers.number_type(number) not in (kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE):
        raise PhoneError(f"must be a mobile number, {_EXAMPLE}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def without_invisible_characters(text: str) -> str:
    """The text without the invisible marks that come along where a number is copied out of a chat or a document."""
    return "".join(each for each in text if unicodedata.category(each) not in ("Cf", "Mn") and each not in _FILLERS)


def masked(e164: str) -> str:
    """`+919876543210` -> `+91••••••3210`: enough for a cashier to recognise, too little to call."""
    shown = 4 if len(e164) > 10 else 2
    return e164[:3] + "•" * max(0, len(e164) - 3 - shown) + e164[-shown:]


def _written_out(text: str) -> str:
    """The number's digits as they were meant, with what spreadsheets and query strings did to them undone."""
    # In a query string an unescaped `+` reads as a space; nobody writes a number with a space before it otherwise.
    plus = text.startswith(" ") and text.strip()[:1].isdigit()
    text = ("+" if plus else "") + without_invisible_characters(text).strip().removeprefix("'")
    scientific = _SCIENTIFIC.fullmatch(text)
    if scientific:
        first, fraction, exponent = scientific[1], scientific[2], int(scientific[3])
        if len(fraction) != exponent:
            raise PhoneError(
                f"was shortened by a spreadsheet to {text[:24]}, so its last digits are lost. "
                "Format the column as text and export it again"
            )
        return first + fraction
    text = _SPREADSHEET_FRACTION.sub("", text)
    # The library would read letters as the keys of a telephone.
    if any(character.isalpha() for character in text):
        raise PhoneError(f"must be a phone number without letters, {_EXAMPLE}")
    return text


def _parsed(text: str, region: str) -> PhoneNumber:
    import phonenumbers

    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as refusal:
        raise PhoneError(f"must be a phone number, {_EXAMPLE}") from refusal


def _without_doubled_country(number: PhoneNumber) -> PhoneNumber:
    """`0919876543210` and `+91 919876543210` hold the country twice. Raises PhoneError where a number does not."""
    import phonenumbers

    national, country = phonenumbers.national_significant_number(number), str(number.country_code)
    if national.startswith(country):
        again = phonenumbers.parse(f"+{national}")
        if phonenumbers.is_valid_number(again) and not _is_placeholder(national.removeprefix(country)):
            return again
    raise PhoneError(f"must be a phone number that exists, {_EXAMPLE}")


def _is_placeholder(national: str) -> bool:
    """What tills enter for a customer who gives no number: one digit over and over, or digits counted up."""
    return len(national) >= 5 and (len(set(national)) == 1 or national in "01234567890123456789")
