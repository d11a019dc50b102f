"""What a field of a request should have been, in words: an answer shows no regular expression and no word of Python.

Imported where a request is refused. A test holds that every pattern of a request is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

_DATE: Final = "must be a date such as 2026-11-20"
_DIGITS: Final = "must be digits"

_EXPECTED: Final = {
    # Text
    r"^[^\x00-\x1f\x7f]+$": "must be one line of text, without control characters",
    r"^[^\x00-\x1f\x7f/]+$": "must be one line of text, without slashes and control characters",
    r"^[^\x00-\x1f\x7f\"]+$": "must be one line of text, without quotation marks and control characters",
    r"^[^\x00-\x09\x0b-\x1f\x7f]+$": "must be text without tabs and other control characters",
    r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$": "must be text without control characters",
    r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$": "must be text without control characters",
    r"^[!-~]+$": "must be letters, digits and signs of ASCII, without spaces",
    r"^[!-~](?:[ -~]*[!-~])?$": "must be letters, digits and signs of ASCII, without spaces at the ends",
    r"^[0-9A-Za-z -]+$": "must be letters, digits, spaces and hyphens",
    r"^[A-Za-z][A-Za-z -]*$": "must be letters, spaces and hyphens, beginning with a letter",
    r"^[a-z0-9_-]+$": "must be lower-case letters, digits, underscores and hyphens",
    r"^[a-z0-9-]{1,32}$": "must be 1 to 32 lower-case letters, digits and hyphens",
    r"^[a-z0-9][a-z0-9-]{0,39}$": "must be 1 to 40 lower-case letters, digits and hyphens, the first no hyphen",
    r"^[A-Z0-9-]{0,16}$": "must be at most 16 capital letters, digits and hyphens",
    # Times
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": _DATE,
    r"^\d{4}-\d{2}-\d{2}$": _DATE,
    r"^[0-9]{4}-(0[1-9]|1[0-2])$": "must be a month such as 2026-04",
    r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$": "must be a month and a day such as 08-21",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": "must be a time of the day such as 09:30",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$": "must be a time of the day such as 17:00, 24:00 for its end",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$": "must be hours such as 09:00-18:00",
    # Numbers, codes and keys
    r"^[0-9]+$": _DIGITS,
    r"^[0-9 ]+$": _DIGITS,
    r"^[0-9]{6}$": "must be 6 digits",
    r"^[0-9]{4,8}$": "must be 4 to 8 digits",
    r"^[0-9]{1,15}$": "must be 1 to 15 digits",
    r"^\d{10,25}$": "must be 10 to 25 digits",
    r"^[0-9A-Za-z]{10,22}$": "must be 10 to 22 letters and digits",
    r"^[0-9A-Z]{6,34}$": "must be 6 to 34 digits and capital letters",
    r"^[A-Z0-9]{10}$": "must be 10 digits and capital letters",
    r"^[A-Z]{4}0[0-9A-Z]{6}$": "must be an IFSC such as HDFC0001234",
    r"^[A-Za-z]{3}$": "must be a currency code of three letters such as INR",
    r"^[A-Z]{3}$": "must be a currency code of three capital letters such as INR",
    r"^[A-Z]{2}$": "must be a country code of two capital letters such as IN",
    r"^[A-Za-z0-9][A-Za-z0-9 -]{2,11}$": "must be a postal code of 3 to 12 letters, digits, spaces and hyphens",
    r"^\+[1-9][0-9]{6,14}$": "must be a phone number with its country code, such as +919876543210",
    r"^#[0-9a-fA-F]{6}$": "must be a colour such as #1a7f64",
    r"^[0-9a-f]{64}$": "must be a SHA-256 digest: 64 digits and letters from a to f",
    r"^[0-9A-Fa-f]{8,200}$": "must be 8 to 200 digits and letters from a to f",
    r"^plan_[0-9A-Z]{26}$": "must be the id of a price plan (plan_…)",
    # Addresses
    r"^https://[^\s<>\"']+$": "must be an address that begins with https://",
    r"^(/[A-Za-z0-9]|https://)[!-~]*$": "must be a path such as /ledger, or an address that begins with https://",
    r"^[^@\s]{1,100}@[a-z0-9.-]{3,150}$": "must be an e-mail address",
    r"^pass\.[A-Za-z0-9.-]{1,120}$": "must be a pass type such as pass.example.loyalty",
}


def expected_of(pattern: str) -> str:
    """What a text that matches the pattern looks like; of a pattern that is not known here, no more than that."""
    return _EXPECTED.get(pattern, "does not have the expected form")


def _number_of(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _as_json(choices: str) -> str:
    """Choices as pydantic lists them, `'draft', 'active' or True`, without the signs of Python."""
    return choices.replace("'", "").replace("True", "true").replace("False", "false")


_TEXT: Final = "must be text"
_INTEGER: Final = "must be a whole number"
_NUMBER: Final = "must be a number"
_BOOLEAN: Final = "must be true or false"
_BY_KIND: Final[Mapping[str, str | Callable[[Mapping[str, Any]], str]]] = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this request",
    "none_required": "must be null",
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_pattern_mismatch": lambda context: expected_of(context["pattern"]),
    "string_too_short": lambda context: f"must have at least {_number_of(context['min_length'], 'character')}",
    "string_too_long": lambda context: f"must have at most {_number_of(context['max_length'], 'character')}",
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_parsing_size": _INTEGER,
    "int_from_float": _INTEGER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_max_digits": lambda context: f"must have at most {_number_of(context['max_digits'], 'digit')}",
    "decimal_max_places": lambda context: f"must have at most {_number_of(context['decimal_places'], 'decimal')}",
    "greater_than": lambda context: f"must be more than {context['gt']}",
    "greater_than_equal": lambda context: f"must be {context['ge']} or more",
    "less_than": lambda context: f"must be less than {context['lt']}",
    "less_than_equal": lambda context: f"must be {context['le']} or less",
    "literal_error": lambda context: f"must be {_as_json(context['expected'])}",
    "enum": lambda context: f"must be {_as_json(context['expected'])}",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "set_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "too_short": lambda context: f"must have at least {_number_of(context['min_length'], 'item')}",
    "too_long": lambda context: f"must have at most {_number_of(context['max_length'], 'item')}",
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
}


def wording(kind: str, message: str, context: Mapping[str, Any]) -> str:
    """A fault that pydantic found, as one of our sentences. What our own validators raise is one already."""
    known = _BY_KIND.get(kind)
    if known is None:
        return message.removeprefix("Value error, ")
    return known if isinstance(known, str) else known(context)
