"""A row of a CSV file, read into what it asks for. Pure: the same row, program and day give the same answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from .. import clock, money, phone
from ..ledger.decisions.lots import expiry_month
from ..ledger.model import Program
from .record import ImportKind

ImportField = Literal["phone", "coins", "expires_on", "bill_amount", "reference", "note"]

FIELDS_OF: Final[Mapping[ImportKind, tuple[ImportField, ...]]] = {
    "balances": ("phone", "coins", "expires_on", "reference", "note"),
    "issue": ("phone", "coins", "bill_amount", "reference", "note"),
}
USUAL_HEADERS: Final[Mapping[ImportField, tuple[str, ...]]] = {
    "phone": ("phone", "phone number", "mobile", "mobile number", "mobile no", "contact", "contact number", "msisdn"),
    "coins": ("coins", "points", "balance", "point balance", "points balance", "available points", "loyalty points"),
    "expires_on": ("expires_on", "expires on", "expiry", "expiry date", "valid until", "valid till"),
    "bill_amount": ("bill_amount", "bill amount", "bill", "amount"),
    "reference": ("reference", "bill no", "bill number", "invoice", "invoice number"),
    "note": ("note", "remarks", "comment"),
}
"""Column names that are understood without a mapping; capitals and underscores do not matter."""

_DAY_FIRST: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_YEAR_MONTH: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_NUMBER: Final = re.compile(r"(?:\d{1,16}|\d{1,3}(?P<by>[, ])(?:\d{2,3}(?P=by)){0,6}\d{3})(?:\.\d{1,4})?", re.ASCII)
"""Digits, or groups of them as in India (1,00,000) and elsewhere (100,000): `1,5` is no fifteen."""

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


def guess_mapping(headers: tuple[str, ...], kind: ImportKind) -> dict[str, str]:
    """Which columns hold which fields, by the usual names."""
    named = {_plain(header): header for header in reversed(headers)}
    found: dict[str, str] = {}
    for field in FIELDS_OF[kind]:
        for usual in USUAL_HEADERS[field]:
            if _plain(usual) in named:
                found[field] = named[_plain(usual)]
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
    coins = _amount(cells.get("coins", ""), program.scale, "coins")
    reference = _text(cells.get("reference", ""), 128, "reference")
    note = _text(cells.get("note", ""), 256, "note")
    if kind == "issue":
        bill = _amount(cells.get("bill_amount", ""), money.INR_SCALE, "bill_amount")
        if coins is None and bill is None:
            raise RowProblem("coins", "or bill_amount must be given")
        return ImportRow(number, e164, coins, None, bill, reference, note)
    month = _expiry(cells.get("expires_on", ""), program, now) if coins is not None else None
    return ImportRow(number, e164, coins, month, None, reference, note)


def _plain(header: str) -> str:
    return " ".join(header.lower().replace("_", " ").split())


def _text(text: str, longest: int, field: str) -> str | None:
    text = text.strip()
    if len(text) > longest:
        raise RowProblem(field, f"must have at most {longest} characters, and has {len(text)}")
    if _CONTROL.search(text):
        raise RowProblem(field, "must not contain line breaks or other control characters")
    return text or None


def _amount(text: str, scale: int, field: str) -> int | None:
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
