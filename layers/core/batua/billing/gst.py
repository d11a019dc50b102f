"""States, GSTINs and the dated figures of Indian GST. Pure.

Sources: CGST Act 2017 and CGST Rules 2017 (rules 46, 49, 53), notifications named beside each figure. Rates and
thresholds change by notification, so they are data with the day from which they apply.
"""

from __future__ import annotations

import re
from typing import Final, Literal

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


# --- Dated figures ------------------------------------------------------------------------------------------------

RATES: Final[tuple[tuple[int, frozenset[int]], ...]] = (
    # Notifications 9 to 15/2025-CT(R): 12 % ended on 21 September 2025; 28 % went on for tobacco until January 2026.
    (2026_02_01, frozenset({0, 10, 25, 150, 300, 500, 1800, 4000})),
    (2025_09_22, frozenset({0, 10, 25, 150, 300, 500, 1800, 2800, 4000})),
    (2017_07_01, frozenset({0, 10, 25, 100, 150, 300, 500, 600, 750, 1200, 1800, 2800})),
)
"""The GST rates that can be charged, in hundredths of a per cent, by the first day they apply; the newest first."""

B2C_LARGE: Final[tuple[tuple[int, int], ...]] = ((2024_08_01, 1_00_000_00), (2017_07_01, 2_50_000_00))
"""Above this value (paise) an inter-state invoice to an unregistered buyer is reported singly
(notification 12/2024-CT)."""

EINVOICE_TURNOVER: Final[tuple[tuple[int, int], ...]] = (
    (2023_08_01, 5_00_00_000_00),  # notification 10/2023-CT
    (2022_10_01, 10_00_00_000_00),
    (2022_04_01, 20_00_00_000_00),
    (2021_04_01, 50_00_00_000_00),
    (2021_01_01, 100_00_00_000_00),
    (2020_10_01, 500_00_00_000_00),
)
"""Above this turnover (paise) of a year, B2B invoices need an IRN (rule 48(4))."""

ADDRESS_FROM: Final = 50_000_00
"""From this taxable value (paise) on, an unregistered buyer's name and address are needed (rule 46(e))."""

HSN_SIX_DIGITS_ABOVE: Final = 5_00_00_000_00
"""Above this turnover (paise) codes have six digits, else four (notification 78/2020-CT, from 1 April 2021)."""

_HSN: Final = re.compile(r"[0-9]{4}|[0-9]{6}|[0-9]{8}", re.ASCII)


def rates_on(day: int) -> frozenset[int]:
    """The rates that can be charged for a supply of a day (yyyymmdd)."""
    return next((rates for since, rates in RATES if day >= since), frozenset({0}))


def b2c_large_above(day: int) -> int:
    return next((limit for since, limit in B2C_LARGE if day >= since), B2C_LARGE[-1][1])


def last_credit_day(day: int) -> int:
    """The last day for a credit note on an invoice of a day: 30 November after its financial year.

    CGST Act section 34(2), as amended by the Finance Act 2022 from 1 October 2022; an annual return that is filed
    before ends it earlier.
    """
    year = day // 10000 - (day // 100 % 100 < 4)
    return (year + 1) * 10000 + 1130


def needs_irn(turnover: int, day: int) -> bool:
    """Whether a supplier with this turnover (paise) has to report B2B invoices of a day to an IRP."""
    limit = next((limit for since, limit in EINVOICE_TURNOVER if day >= since), None)
    return limit is not None and turnover > limit


def code_fault(code: str, turnover: int) -> str | None:
    """What is wrong with an HSN or SAC, if anything. A SAC is an HSN of chapter 99."""
    least = 6 if turnover > HSN_SIX_DIGITS_ABOVE else 4
    if not _HSN.fullmatch(code):
        return "must be an HSN or SAC of 4, 6 or 8 digits"
    if len(code) < least:
        return f"must have at least {least} digits at your turnover"
    return None


def is_service(code: str) -> bool:
    return code.startswith("99")
