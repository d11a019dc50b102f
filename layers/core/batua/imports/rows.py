"""A row of a CSV file, read into what it asks for. Pure: the same row, program and day give the same answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from .. import clock, money, phone
from ..customers.past import PAST_TYPES, PastType
from ..customers.tags import MOST_TAGS, TAG_PATTERN
from ..ledger.lots import expiry_month
from ..ledger.model import Program
from .record import ImportKind

ImportField = Literal[
    "phone", "coins", "expires_on", "bill_amount", "reference", "note", "name", "language", "messages", "date", "type",
    "place", "tags",
]  # fmt: skip

FIELDS_OF: Final[Mapping[ImportKind, tuple[ImportField, ...]]] = {
    "balances": ("phone", "coins", "expires_on", "reference", "note"),
    "issue": ("phone", "coins", "bill_amount", "reference", "note"),
    "customers": ("phone", "name", "language", "messages", "tags"),
    "history": ("phone", "date", "type", "coins", "bill_amount", "reference", "place", "note"),
}
USUAL_HEADERS: Final[Mapping[ImportField, tuple[str, ...]]] = {
    "phone": ("phone", "phone number", "mobile", "mobile number", "mobile no", "contact", "contact number", "msisdn"),
    "coins": ("coins", "points", "balance", "point balance", "points balance", "available points", "loyalty points"),
    "expires_on": ("expires_on", "expires on", "expiry", "expiry date", "valid until", "valid till"),
    "bill_amount": ("bill_amount", "bill amount", "bill", "amount"),
    "reference": ("reference", "bill no", "bill number", "invoice", "invoice number"),
    "note": ("note", "remarks", "comment"),
    "name": ("name", "customer name", "customer", "full name"),
    "language": ("language", "preferred language"),
    "messages": ("messages", "sms", "sms consent", "consent", "opt in"),
    "date": ("date", "transaction date", "bill date", "invoice date", "created at", "time"),
    "type": ("type", "transaction type"),
    "tags": ("tags", "tag", "segment", "segments", "group", "groups", "customer group"),
    "place": ("place", "store", "outlet", "branch", "location", "shop"),
}
"""Column names that are understood without a mapping; capitals and underscores do not matter."""

_DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_YEAR_MONTH: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_NUMBER: Final = re.compile(r"(?:\d{1,16}|\d{1,3}(?P<by>[, ])(?:\d{2,3}(?P=by)){0,6}\d{3})(?:\.\d{1,4})?", re.ASCII)
"""Digits, or groups of them as in India (1,00,000) and elsewhere (100,000): `1,5` is no fifteen."""

_DAY_AND_TIME: Final = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ T,]+(\d{1,2}):(\d{2})(?::\d{2})?)?", re.ASCII
)
_EARLIEST: Final = 315_532_800_000
"""1980: what is earlier is a spreadsheet's empty date."""

_LANGUAGES: Final[Mapping[str, str]] = {
    "en": "en", "english": "en", "hi": "hi", "hindi": "hi", "हिन्दी": "hi", "हिंदी": "hi",
}  # fmt: skip
_ANSWERS: Final[Mapping[str, bool]] = {
    "yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False,
}  # fmt: skip
_PAST_WORDS: Final[Mapping[str, PastType]] = {
    **{each: each for each in PAST_TYPES},
    **dict.fromkeys(("sale", "bill", "visit", "order"), "purchase"),
    **dict.fromkeys(("earn", "issue", "issued", "credit", "credited", "accrual", "bonus"), "earned"),
    **dict.fromkeys(("redeem", "redemption", "debit", "debited", "burn", "spent"), "redeemed"),
    **dict.fromkeys(("expire", "expiry", "lapsed"), "expired"),
    **dict.fromkeys(("adjust", "adjustment", "correction"), "adjusted"),
}

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class RowProblem(Exception):
    """A row that cannot be imported: the field, and what is wrong with it in words that follow its name."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class ImportRow:
    """Amounts in minor units; `month` is the expiry month (yyyymm) of the coins. No coins: the customer alone."""

    number: int
    phone: str
    coins: int | None
    month: int | None = None
    bill: int | None = None
    reference: str | None = None
    note: str | None = None
    details: Mapping[str, Any] | None = None
    """Of a profile: name, language, messages. Of history: at (ms), type, place."""


def guess_mapping(headers: tuple[str, ...], kind: ImportKind) -> dict[str, str]:
    """Which columns hold which fields, by the usual names."""
    named = {_plain_header(header): header for header in reversed(headers)}
    found: dict[str, str] = {}
    for field in FIELDS_OF[kind]:
        for usual in USUAL_HEADERS[field]:
            if _plain_header(usual) in named:
                found[field] = named[_plain_header(usual)]
                break
    return found


def read_row(
    number: int, cells: Mapping[str, str], kind: ImportKind, program: Program, region: str, now: int
) -> ImportRow:
    """Reads the cells (field -> text) of a row. Raises RowProblem."""
    try:
        e164 = phone.to_e164(cells.get("phone", ""), region)
    except phone.PhoneError as refusal:
        raise RowProblem("phone", str(refusal)) from None
    if kind == "customers":
        return ImportRow(number, e164, None, details=_profile(cells))
    if kind == "history":
        return _past_row(number, e164, cells, program, now)
    coins = _cell_amount(cells.get("coins", ""), program.scale, "coins")
    reference = _cell_text(cells.get("reference", ""), 128, "reference")
    note = _cell_text(cells.get("note", ""), 256, "note")
    if kind == "issue":
        bill = _cell_amount(cells.get("bill_amount", ""), money.INR_SCALE, "bill_amount")
        if coins is None and bill is None:
            raise RowProblem("coins", "or bill_amount must be given")
        return ImportRow(number, e164, coins, None, bill, reference, note)
    month = _expiry(cells.get("expires_on", ""), program, now) if coins is not None else None
    return ImportRow(number, e164, coins, month, None, reference, note)


def _profile(cells: Mapping[str, str]) -> dict[str, Any]:
    """What a row says of a customer; what it leaves out is not in it."""
    said: dict[str, Any] = {}
    if name := _cell_text(cells.get("name", ""), 80, "name"):
        said["name"] = " ".join(name.split())
    if language := cells.get("language", "").strip():
        if language.lower() not in _LANGUAGES:
            raise RowProblem("language", f"must be English or Hindi, and is {language[:24]!r}")
        said["language"] = _LANGUAGES[language.lower()]
    if messages := cells.get("messages", "").strip():
        if messages.lower() not in _ANSWERS:
            raise RowProblem("messages", f"must be yes or no, and is {messages[:24]!r}")
        said["messages"] = _ANSWERS[messages.lower()]
    if tags := _tags(cells.get("tags", "")):
        said["tags"] = tags
    return said


def _tags(text: str) -> list[str]:
    """Tags separated by commas, semicolons or bars; with capitals and spaces as other systems write them."""
    named = (re.sub(r"[\s_]+", "-", each.strip().lower()) for each in re.split(r"[,;|]", text))
    tags = list(dict.fromkeys(each for each in named if each))
    wrong = next((each for each in tags if not re.fullmatch(TAG_PATTERN, each)), None)
    if wrong is not None:
        raise RowProblem("tags", f"must be of letters a to z, digits and hyphens, and one is {wrong[:24]!r}")
    if len(tags) > MOST_TAGS:
        raise RowProblem("tags", f"must be {MOST_TAGS} at most")
    return tags


def _past_row(number: int, e164: str, cells: Mapping[str, str], program: Program, now: int) -> ImportRow:
    text = cells.get("coins", "").strip()
    minus = text.startswith("-")
    coins = _cell_amount(text.removeprefix("-"), program.scale, "coins")
    bill = _cell_amount(cells.get("bill_amount", ""), money.INR_SCALE, "bill_amount")
    named = _plain_header(cells.get("type", ""))
    if named and named not in _PAST_WORDS:
        words = ", ".join(PAST_TYPES)
        raise RowProblem("type", f"must be one of {words} (or a usual word for it), and is {named[:24]!r}")
    if coins is None and bill is None:
        raise RowProblem("coins", "or bill_amount must be given")
    kind = _PAST_WORDS[named] if named else "purchase" if coins is None else "redeemed" if minus else "earned"
    taken = minus or kind in ("redeemed", "expired")
    return ImportRow(
        number,
        e164,
        -coins if coins is not None and taken else coins,
        None,
        bill,
        _cell_text(cells.get("reference", ""), 128, "reference"),
        _cell_text(cells.get("note", ""), 256, "note"),
        {
            "at": _event_time(cells.get("date", ""), program.time_zone, now),
            "type": kind,
            "place": _cell_text(cells.get("place", ""), 80, "place"),
        },
    )


def _event_time(text: str, zone: str, now: int) -> int:
    """When something happened, in the program's time zone where the cell names none. Raises RowProblem."""
    text = text.strip()
    if not text:
        raise RowProblem("date", "must be given, such as 2025-03-31, 31/03/2025 or 2025-03-31 18:20")
    try:
        if found := _DAY_AND_TIME.fullmatch(text):
            day, month, year, hour, minute = (int(part or 0) for part in found.groups())
            moment = datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone))
        else:
            moment = datetime.fromisoformat(text)
    except ValueError:
        wanted = "must be a date such as 2025-03-31, 31/03/2025 (day first) or 2025-03-31 18:20"
        raise RowProblem("date", f"{wanted}, and is {text[:24]!r}") from None
    at = int((moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp() * 1000)
    if not _EARLIEST <= at <= now:
        when = "in the future" if at > now else "before 1980"
        raise RowProblem("date", f"is {text[:24]}, which is {when}")
    return at


def _plain_header(header: str) -> str:
    return " ".join(header.lower().replace("_", " ").split())


def _cell_text(text: str, longest: int, field: str) -> str | None:
    text = text.strip()
    if len(text) > longest:
        raise RowProblem(field, f"must have at most {longest} characters, and has {len(text)}")
    if _CONTROL.search(text):
        raise RowProblem(field, "must not contain line breaks or other control characters")
    return text or None


def _cell_amount(text: str, scale: int, field: str) -> int | None:
    """`1,250.50` -> 125050 at scale 2; nothing or zero -> None."""
    plain = text.strip().removeprefix("₹").lstrip()
    if not plain:
        return None
    if plain.startswith("-"):
        raise RowProblem(field, f"must not be below zero, and is {text.strip()[:24]}")
    if not _NUMBER.fullmatch(plain):
        raise RowProblem(field, f"must be a number such as 1250 or 1,250.50, and is {text.strip()[:24]!r}")
    try:
        return money.to_minor(Decimal(plain.replace(",", "").replace(" ", "")), scale) or None
    except (money.AmountError, InvalidOperation) as refusal:
        raise RowProblem(field, str(refusal)) from None


def _expiry(text: str, program: Program, now: int) -> int:
    """The month with whose end the coins expire: of the date given, else by the program."""
    today, text = clock.local_month(now, program.time_zone), text.strip()
    if not text:
        return expiry_month(today, program.expiry_months)
    if text.lower() == "never":
        return clock.NO_EXPIRY
    month = _month_of(text)
    if month < today:
        raise RowProblem("expires_on", f"is {text[:24]}: these coins have expired already")
    return month


def _month_of(text: str) -> int:
    if found := _YEAR_MONTH.fullmatch(text):
        year, month, day = int(found[1]), int(found[2]), 1
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = int(found[1]), int(found[2]), int(found[3])
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise RowProblem(
                "expires_on", f"must be a date such as 2027-03-31 or 31/03/2027, and is {text[:24]!r}"
            ) from None
        year, month, day = moment.year, moment.month, moment.day
    try:
        date(year, month, day)
    except ValueError:
        raise RowProblem("expires_on", f"is {text[:24]}, which is no date; write the day first") from None
    return min(year * 100 + month, clock.NO_EXPIRY)
