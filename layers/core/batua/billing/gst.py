"""States, GSTINs, codes and what the law allows on a day. Pure.

Sources: CGST Act 2017 and CGST Rules 2017 (rules 46, 49, 53). Rates and thresholds change by notification, so they
are data with the day from which they apply: see `gst_figures`.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from . import gst_figures

STATES: Final = {
    "01": "Jammu and Kashmir",
    "02": "Himachal Pradesh",
    "03": "Punjab",
    "04": "Chandigarh",
    "05": "Uttarakhand",
    "06": "Haryana",
    "07": "Delhi",
    "08": "Rajasthan",
    "09": "Uttar Pradesh",
    "10": "Bihar",
    "11": "Sikkim",
    "12": "Arunachal Pradesh",
    "13": "Nagaland",
    "14": "Manipur",
    "15": "Mizoram",
    "16": "Tripura",
    "17": "Meghalaya",
    "18": "Assam",
    "19": "West Bengal",
    "20": "Jharkhand",
    "21": "Odisha",
    "22": "Chhattisgarh",
    "23": "Madhya Pradesh",
    "24": "Gujarat",
    "25": "Daman and Diu",
    "26": "Dadra and Nagar Haveli and Daman and Diu",
    "27": "Maharashtra",
    "28": "Andhra Pradesh (before 2014)",
    "29": "Karnataka",
    "30": "Goa",
    "31": "Lakshadweep",
    "32": "Kerala",
    "33": "Tamil Nadu",
    "34": "Puducherry",
    "35": "Andaman and Nicobar Islands",
    "36": "Telangana",
    "37": "Andhra Pradesh",
    "38": "Ladakh",
    "97": "Other Territory",
}
"""State codes as they begin a GSTIN. 99 (Centre Jurisdiction) begins GSTINs of non-residents, but is no place."""

OTHER_COUNTRY: Final = "96"
"""The place of supply of an export, in returns and e-invoices."""

UNION_TERRITORIES: Final = frozenset({"04", "25", "26", "31", "35", "38", "97"})
"""Territories without a legislature: UTGST instead of SGST (UTGST Act 2017, section 1(2))."""

_REGISTRATION_CODES: Final = frozenset(STATES) | {"99"}

GstinKind = Literal["regular", "government", "non_resident", "online_services", "un_body", "tds", "tcs"]

_FORMS: Final[dict[GstinKind, re.Pattern[str]]] = {
    "online_services": re.compile(r"99[0-9]{2}[A-Z]{3}[0-9]{5}OS[0-9A-Z]"),
    "un_body": re.compile(r"[0-9]{4}[A-Z]{3}[0-9]{5}[UO]N[0-9A-Z]"),
    "non_resident": re.compile(r"[0-9]{4}[A-Z]{3}[0-9]{5}NR[0-9A-Z]"),
    "tds": re.compile(r"[0-9]{2}[A-Z]{4}[A-Z0-9][0-9]{4}[A-Z][1-9A-Z]D[0-9A-Z]"),
    "tcs": re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]C[0-9A-Z]"),
    "government": re.compile(r"[0-9]{2}[A-Z]{4}[0-9]{5}[A-Z][0-9]Z[0-9A-Z]"),
    "regular": re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z][Z1-9ABD-J][0-9A-Z]"),
}
"""GSTN's own forms, the narrow ones first."""

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class GstinError(ValueError):
    """Says what is wrong with a GSTIN, in words for the caller."""


def gstin_kind(gstin: str) -> GstinKind:
    """Which form a GSTIN has. Raises GstinError unless form, state code and check digit are all right."""
    if len(gstin) != 15:
        raise GstinError("must have 15 characters, such as 29AAGCB7383J1Z4")
    if gstin[:2] not in _REGISTRATION_CODES:
        raise GstinError(f"must begin with the code of a state, and {gstin[:2]} is none")
    kind = next((kind for kind, form in _FORMS.items() if form.fullmatch(gstin)), None)
    if kind is None:
        raise GstinError("must have a state code, a PAN, an entity number and a check digit: 29AAGCB7383J1Z4")
    if gstin[14] != check_digit(gstin[:14]):
        raise GstinError("has a wrong check digit: at least one character is mistyped")
    return kind


def check_digit(first_fourteen: str) -> str:
    """The fifteenth character: modulo 36, weights 1 and 2 by turns, quotient and remainder of each product added."""
    total = 0
    for place, char in enumerate(first_fourteen):
        product = _DIGITS.index(char) * (1 + place % 2)
        total += product // 36 + product % 36
    return _DIGITS[-total % 36]


_PAN: Final = re.compile(r"[A-Z]{3}[ABCFGHJKLPT][A-Z][0-9]{4}[A-Z]", re.ASCII)


def is_pan(text: str) -> bool:
    return _PAN.fullmatch(text) is not None


_HSN: Final = re.compile(r"[0-9]{4}|[0-9]{6}|[0-9]{8}", re.ASCII)


def rates_on(day: int) -> frozenset[int]:
    """The rates that can be charged for a supply of a day (yyyymmdd), in hundredths of a per cent."""
    figure = gst_figures.figure_on(gst_figures.RATES, day)
    return figure.value if figure else frozenset({0})


def b2c_large_above(day: int) -> int:
    """Above this value (paise) GSTR-1 lists an inter-state invoice of a day to an unregistered buyer singly."""
    figure = gst_figures.figure_on(gst_figures.B2C_LARGE, day)
    return figure.value if figure else gst_figures.B2C_LARGE[-1].value


def last_credit_day(day: int) -> int:
    """The last day for a credit note on an invoice of a day: 30 November after its financial year.

    CGST Act section 34(2), as amended by the Finance Act 2022 from 1 October 2022; an annual return that is filed
    before ends it earlier.
    """
    year = day // 10000 - (day // 100 % 100 < 4)
    return (year + 1) * 10000 + 1130


def needs_irn(turnover: int, day: int) -> bool:
    """Whether a supplier with this turnover (paise) has to report B2B invoices of a day to an IRP."""
    figure = gst_figures.figure_on(gst_figures.EINVOICE_TURNOVER, day)
    return figure is not None and turnover > figure.value


def code_fault(code: str, turnover: int, day: int, *, consumer: bool = False) -> str | None:
    """What is wrong with an HSN or SAC, if anything. A SAC is an HSN of chapter 99.

    `consumer`: the recipient is not registered, for whom a small supplier may leave the code out.
    """
    least, optional = _code_digits(turnover, day)
    if not code and (least == 0 or (optional and consumer)):
        return None
    if not _HSN.fullmatch(code):
        return "must be an HSN or SAC of 4, 6 or 8 digits"
    if len(code) < least:
        return f"must have at least {least} digits at your turnover"
    return None


def _code_digits(turnover: int, day: int) -> tuple[int, bool]:
    """How many digits a code needs at a turnover (paise), and whether invoices to consumers may leave it out."""
    figure = gst_figures.figure_on(gst_figures.HSN_DIGITS, day) or gst_figures.HSN_DIGITS[-1]
    return next((step.digits, step.optional_b2c) for step in figure.value if turnover > step.above)


def is_service(code: str) -> bool:
    return code.startswith("99")
