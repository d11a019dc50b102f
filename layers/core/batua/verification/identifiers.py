"""Indian identifiers: their forms and check digits. Pure.

A form tells that an identifier can exist, a check digit that it was not mistyped. Neither tells that it was issued, nor
to whom. Checks raise `IdentifierError`, whose `kind` separates the two: what has a wrong form is refused as input, what
has a wrong check digit is a finding (Cashfree's own test number for Aadhaar has one).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ..billing import gst

Fault = Literal["form", "check_digit"]


class IdentifierError(ValueError):
    """What is wrong with an identifier, in words that follow the field's name."""

    def __init__(self, kind: Fault, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class CheckedIdentifier:
    """An identifier in its canonical form, with what its characters tell."""

    value: str
    facts: Mapping[str, str]

    @property
    def last_four(self) -> str:
        return self.value[-4:]


PAN_HOLDERS: Final[Mapping[str, str]] = {
    "A": "association_of_persons",
    "B": "body_of_individuals",
    "C": "company",
    "F": "firm",
    "G": "government",
    "H": "hindu_undivided_family",
    "J": "artificial_juridical_person",
    "L": "local_authority",
    "P": "individual",
    "T": "trust",
}
"""Fourth character of a PAN -> whose it is (Income-tax Department)."""

_VERHOEFF_PRODUCTS: Final = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
"""Multiplication in the dihedral group of order ten."""

_VERHOEFF_SHIFTS: Final = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)
"""The permutation, applied 0 to 7 times: it depends on a digit's place from the right."""


def verhoeff_is_valid(digits: str) -> bool:
    """Whether the last digit is the check digit of those before it (J. Verhoeff, 1969)."""
    state = 0
    for place, digit in enumerate(reversed(digits)):
        state = int(_VERHOEFF_PRODUCTS[state][int(_VERHOEFF_SHIFTS[place % 8][int(digit)])])
    return state == 0


def check_pan(text: str) -> CheckedIdentifier:
    """A Permanent Account Number, such as ABCPV1234D. How its last letter is computed is not published."""
    pan = _compact(text)
    if not gst.is_pan(pan) or pan[5:9] == "0000":
        raise _form("must be a PAN: five letters, of which the fourth tells the holder, four digits, a letter")
    return CheckedIdentifier(pan, {"holder": PAN_HOLDERS[pan[3]]})


def check_gstin(text: str) -> CheckedIdentifier:
    """A GST identification number of any kind, such as 29AAICP2912R1ZR."""
    gstin = _compact(text)
    try:
        kind = gst.gstin_kind(gstin)
    except gst.GstinError as error:
        wrong_digit = len(gstin) == 15 and gstin.isalnum() and _only_digit_is_wrong(gstin)
        raise IdentifierError("check_digit" if wrong_digit else "form", str(error)) from error
    facts = {"kind": kind, "state_code": gstin[:2]}
    if gstin[:2] in gst.STATES:
        facts["state"] = gst.STATES[gstin[:2]]
    if kind == "regular":
        facts["holder"] = PAN_HOLDERS.get(gstin[5], "other")
    return CheckedIdentifier(gstin, facts)


def _only_digit_is_wrong(gstin: str) -> bool:
    try:
        gst.gstin_kind(gstin[:14] + gst.check_digit(gstin[:14]))
    except ValueError:
        return False
    return True


def check_aadhaar(text: str) -> CheckedIdentifier:
    """An Aadhaar number: twelve digits, the first 2 to 9, not a palindrome, the last by Verhoeff."""
    number = _compact(text)
    if not re.fullmatch(r"[2-9][0-9]{11}", number) or number == number[::-1]:
        raise _form("must be an Aadhaar number: 12 digits, of which the first is 2 to 9")
    return _verhoeff(number)


def check_vid(text: str) -> CheckedIdentifier:
    """A virtual id, which replaces an Aadhaar number for a time: sixteen digits, the last by Verhoeff."""
    number = _compact(text)
    if not re.fullmatch(r"[0-9]{16}", number):
        raise _form("must be a virtual id (VID): 16 digits")
    return _verhoeff(number)


def _verhoeff(number: str) -> CheckedIdentifier:
    if not verhoeff_is_valid(number):
        raise IdentifierError("check_digit", "has a wrong check digit: at least one digit is mistyped")
    return CheckedIdentifier(number, {})


def check_epic(text: str) -> CheckedIdentifier:
    """A voter's card: ABC1234567, or the older form with its state, such as MH/12/123/456789."""
    epic = re.sub(r"\s", "", text).upper()
    if re.fullmatch(r"[A-Z]{3}[0-9]{7}", epic):
        return CheckedIdentifier(epic, {"form": "current"})
    if re.fullmatch(r"[A-Z]{2}/[0-9]{2}/[0-9]{3}/[0-9]{6,7}", epic):
        return CheckedIdentifier(epic, {"form": "older"})
    raise _form("must be a voter's card number: three letters and seven digits, or the older XX/12/123/456789")


def check_ifsc(text: str) -> CheckedIdentifier:
    """The code of a bank branch, such as YESB0000262. The first four letters are the bank's."""
    code = _compact(text)
    if not re.fullmatch(r"[A-Z]{4}0[A-Z0-9]{6}", code):
        raise _form("must be an IFSC: four letters, a zero, six letters or digits, such as YESB0000262")
    return CheckedIdentifier(code, {"bank_code": code[:4], "branch_code": code[5:]})


def check_account_number(text: str) -> CheckedIdentifier:
    """A bank account: 9 to 18 digits in India (RBI); a few banks put letters in."""
    number = _compact(text)
    if not re.fullmatch(r"[A-Z0-9]{9,18}", number) or not any(char.isdigit() for char in number):
        raise _form("must be a bank account number: 9 to 18 digits or letters")
    if set(number) == {"0"}:
        raise _form("must not be all zeros")
    return CheckedIdentifier(number, {})


_COMPANY_KINDS: Final[Mapping[str, str]] = {
    "FLC": "financial_lease_company",
    "FTC": "foreign_subsidiary_private",
    "GAP": "general_association_public",
    "GAT": "general_association_private",
    "GOI": "government_of_india",
    "NPL": "not_for_profit",
    "OPC": "one_person_company",
    "PLC": "public_company",
    "PTC": "private_company",
    "SGC": "state_government_company",
    "ULL": "unlimited_public_company",
    "ULT": "unlimited_private_company",
}


def check_cin(text: str) -> CheckedIdentifier:
    """A company's number, such as U72200KA2009PTC049889: listing, industry, state, year, kind, registration."""
    cin = _compact(text)
    match = re.fullmatch(r"([LUF])([0-9]{5})([A-Z]{2})((?:18|19|20)[0-9]{2})([A-Z]{3})([0-9]{6})", cin)
    if match is None:
        raise _form("must be a CIN of 21 characters, such as U72200KA2009PTC049889")
    listing, industry, state, year, kind, _ = match.groups()
    facts = {
        "listed": "yes" if listing == "L" else "no",
        "industry_code": industry,
        "state_code": state,
        "incorporation_year": year,
        "kind": _COMPANY_KINDS.get(kind, "other"),
    }
    return CheckedIdentifier(cin, facts)


def check_driving_licence(text: str) -> CheckedIdentifier:
    """A driving licence: state, office, year, serial. Older licences vary, so only the state is insisted on."""
    number = re.sub(r"[\s/-]", "", text).upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{6,18}", number):
        raise _form("must be a driving licence number, such as KA01 20110012345")
    match = re.fullmatch(r"([A-Z]{2})([0-9]{2})((?:19|20)[0-9]{2})([0-9]{7})", number)
    if match is None:
        return CheckedIdentifier(number, {"form": "older", "state_code": number[:2]})
    facts = {"form": "current", "state_code": match[1], "office": match[1] + match[2], "issued_year": match[3]}
    return CheckedIdentifier(number, facts)


def check_passport(text: str) -> CheckedIdentifier:
    """The number on a passport: a letter and seven digits, such as M1234567."""
    number = _compact(text)
    if not re.fullmatch(r"[A-PR-WY][1-9][0-9]{5}[1-9]", number):
        raise _form("must be a passport number: a letter (not Q, X or Z) and seven digits, the outer two not 0")
    return CheckedIdentifier(number, {})


def check_passport_file(text: str) -> CheckedIdentifier:
    """The file number of a passport application: office, year, serial, such as BN1061234567818."""
    number = _compact(text)
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9][0-9]{12}", number):
        raise _form("must be a passport file number of 15 characters, such as BN1061234567818")
    return CheckedIdentifier(number, {"office_code": number[:2]})


def check_upi(text: str) -> CheckedIdentifier:
    """A UPI address: a name, an at sign and the handle of a payment provider, such as asha.rao@okaxis."""
    address = text.strip()
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{1,255}@[A-Za-z][A-Za-z0-9]{1,63}", address):
        raise _form("must be a UPI address such as asha.rao@okaxis; it is no e-mail address")
    return CheckedIdentifier(address.lower(), {"handle": address.rpartition("@")[2].lower()})


def _compact(text: str) -> str:
    """Without the blanks and hyphens that people put between groups."""
    return re.sub(r"[\s-]", "", text).upper()


def _form(message: str) -> IdentifierError:
    return IdentifierError("form", message)


CHECKS: Final[Mapping[str, Callable[[str], CheckedIdentifier]]] = {
    "aadhaar_number": check_aadhaar,
    "account_number": check_account_number,
    "cin": check_cin,
    "dl_number": check_driving_licence,
    "epic_number": check_epic,
    "file_number": check_passport_file,
    "gstin": check_gstin,
    "ifsc": check_ifsc,
    "pan": check_pan,
    "passport_number": check_passport,
    "upi_id": check_upi,
    "vid": check_vid,
}
"""Field of a request -> its check."""
