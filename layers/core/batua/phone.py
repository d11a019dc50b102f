"""Phone numbers in E.164, read by the phonenumbers library."""

from __future__ import annotations


class PhoneError(ValueError):
    """The text is not a phone number that can exist."""


def to_e164(text: str, region: str) -> str:
    """`98765 43210` in region IN -> `+919876543210`. `region` is the ISO code assumed where the text has no country."""
    # Imported at the first number: the library's metadata is a tenth of a cold start, and many functions see none.
    import phonenumbers

    # In a query string an unescaped `+` reads as a space; nobody writes a number with a space before it otherwise.
    if text.startswith(" "):
        text = "+" + text.lstrip()
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as refusal:
        raise PhoneError("must be a phone number, such as +919876543210") from refusal
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise PhoneError("must be a phone number, such as +919876543210")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def masked(e164: str) -> str:
    """`+919876543210` -> `+91••••••3210`: enough for a cashier to recognise, too little to call."""
    shown = 4 if len(e164) > 10 else 2
    return e164[:3] + "•" * max(0, len(e164) - 3 - shown) + e164[-shown:]
