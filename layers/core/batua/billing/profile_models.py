"""What the endpoints of tax profiles take and give, and the details of a party as an invoice names it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, StrictInt, StringConstraints

from .. import errors
from ..api.models import Amount, Model, Note, Number, Text, minor_units
from ..money import INR_SCALE, to_wire
from . import gst, gst_figures
from .payments import is_upi_address
from .supply import Party, Registration, party_faults

MAX_ADDRESS_LINES: Final = 4
MAX_BANK_ROWS: Final = 6
EMAIL: Final = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)
_PIN: Final = re.compile(r"[1-9][0-9]{5}", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


Identifier = Annotated[str, BeforeValidator(_upper), StringConstraints(max_length=15)]
AddressLine = Annotated[Text, StringConstraints(max_length=100)]
ExpectedVersion = Annotated[
    StrictInt | None, Field(ge=0, description="As read; the change is refused where it is no longer that.")
]


class PartyDetails(Model):
    """Who supplies or receives, as a GST document has to name them."""

    legal_name: Text = Field(examples=["Sharma Trading Company Private Limited"])
    trade_name: Text | None = Field(None, examples=["Sharma Traders"])
    registration: Registration | None = Field(
        None,
        description="Left out: `regular` with a GSTIN, `unregistered` without, `overseas` outside India.",
        examples=["regular"],
    )
    gstin: Identifier | None = Field(None, description="Checked with its check digit.", examples=["29AAGCB7383J1Z4"])
    pan: Identifier | None = Field(None, description="Taken from the GSTIN where left out.", examples=["AAGCB7383J"])
    address: list[AddressLine] = Field(
        default_factory=list, max_length=MAX_ADDRESS_LINES, examples=[["12 MG Road", "Ashok Nagar"]]
    )
    city: Text | None = Field(None, examples=["Bengaluru"])
    pin_code: str | None = Field(None, max_length=16, description="Six digits in India.", examples=["560001"])
    state: str | None = Field(
        None, max_length=2, description="Two digits. Defaults to that of the GSTIN.", examples=["29"]
    )
    country: Identifier = Field("IN", description="ISO 3166, two letters.", examples=["IN"])
    email: str | None = Field(None, max_length=254, examples=["accounts@sharma.example"])
    phone: str | None = Field(None, max_length=16, description="E.164.", examples=["+919876543210"])


class BankRow(Model):
    label: Text = Field(examples=["IFSC"])
    text: Text = Field(examples=["HDFC0000123"])


class SupplierDetails(PartyDetails):
    annual_turnover: Amount | None = Field(
        None,
        description="Of the last financial year, in rupees. Above 5 crore HSN codes have six digits, and B2B invoices "
        "need an IRN.",
        examples=[8500000],
    )
    bank: list[BankRow] = Field(default_factory=list, max_length=MAX_BANK_ROWS, description="Printed as given.")
    upi: str | None = Field(
        None, max_length=320, description="Printed, with a QR code to pay by.", examples=["sharma@hdfcbank"]
    )
    colour: str | None = Field(
        None,
        max_length=7,
        description="Colour of documents. Defaults to that of the branding.",
        examples=["#7a1f3d"],
    )
    default_hsn_or_sac: str | None = Field(
        None, max_length=8, description="For lines that say none.", examples=["996311"]
    )
    terms: Note | None = Field(None, description="Printed on every invoice.", examples=["Payment within 30 days."])


class SaveTaxProfile(SupplierDetails):
    """Replaces the profile. What is left out is empty afterwards."""

    version: ExpectedVersion = None


class SaveCustomerTaxProfile(PartyDetails):
    """Replaces the customer's profile."""

    version: ExpectedVersion = None


DocumentTitle = Literal["Tax Invoice", "Bill of Supply", "Receipt"]


class PartyOut(Model):
    """A party in answers, as `party_fields` gives it."""

    legal_name: str
    trade_name: str | None
    registration: Registration
    gstin: str | None
    pan: str | None
    address: list[str]
    city: str | None
    pin_code: str | None
    state: str | None
    state_name: str | None
    country: str
    email: str | None
    phone: str | None


class CustomerTaxProfileOut(PartyOut):
    customer_id: str
    version: int = Field(description="0 as long as nothing is saved.")


class TaxProfileOut(PartyOut):
    """`documents` is what the tenant may issue, and `missing` what a valid document of that kind still needs."""

    annual_turnover: Number
    bank: list[BankRow]
    upi: str | None
    colour: str | None
    default_hsn_or_sac: str | None
    terms: str | None
    documents: DocumentTitle
    missing: list[str] = Field(examples=[["address"]])
    version: int = Field(description="0 as long as nothing is saved.")


def party_of(details: PartyDetails, role: str = "") -> Party:
    """The details as a party. Raises a 400 that names every field that is wrong; `role` is prefixed to the names."""
    faults: dict[str, list[str]] = {}

    def require(holds: object, field: str, text: str) -> None:
        if not holds:
            faults.setdefault(field, []).append(text)

    require(details.email is None or EMAIL.fullmatch(details.email), "email", "must be an email address")
    require(details.phone is None or _PHONE.fullmatch(details.phone), "phone", "must be E.164 such as +919876543210")
    require(_COUNTRY.fullmatch(details.country), "country", "must be two letters such as IN")
    if details.country == "IN":
        require(details.pin_code is None or _PIN.fullmatch(details.pin_code), "pin_code", "must be six digits")
    registration = details.registration or _default_registration(details)
    gstin, pan = details.gstin or None, details.pan or None
    if pan is None and gstin and gst.is_pan(gstin[2:12]):
        pan = gstin[2:12]
    state = details.state or (gstin[:2] if gstin and gstin[:2] in gst.STATES else None)
    party = Party(
        legal_name=details.legal_name,
        registration=registration,
        gstin=gstin,
        trade_name=details.trade_name,
        pan=pan,
        address=tuple(details.address),
        city=details.city,
        pin_code=details.pin_code,
        state=state,
        country=details.country,
        email=details.email,
        phone=details.phone,
        **(_supplier(details, faults) if isinstance(details, SupplierDetails) else {}),
    )
    for name, texts in party_faults(party, "party").items():
        faults.setdefault(name.removeprefix("party."), []).extend(texts)
    if faults:
        raise errors.VALIDATION_ERROR(fields={f"{role}{name}": texts for name, texts in faults.items()})
    return party


def _default_registration(details: PartyDetails) -> Registration:
    if details.gstin:
        return "regular"
    return "unregistered" if details.country == "IN" else "overseas"


def _supplier(details: SupplierDetails, faults: dict[str, list[str]]) -> dict[str, Any]:
    if details.upi is not None and not is_upi_address(details.upi):
        faults.setdefault("upi", []).append("must be a UPI address such as sharma@hdfcbank")
    if details.colour is not None and not _COLOUR.fullmatch(details.colour):
        faults.setdefault("colour", []).append("must be # and six hexadecimal digits")
    if details.registration == "overseas" or details.country != "IN":
        faults.setdefault("country", []).append("must be IN: only suppliers in India issue these documents")
    turnover = minor_units(details.annual_turnover, INR_SCALE, "annual_turnover") if details.annual_turnover else 0
    newest = gst_figures.HSN_DIGITS[0].since  # a default is for invoices to come
    if details.default_hsn_or_sac and (fault := gst.code_fault(details.default_hsn_or_sac, turnover, newest)):
        faults.setdefault("default_hsn_or_sac", []).append(fault)
    return {
        "turnover": turnover,
        "bank": tuple((row.label, row.text) for row in details.bank),
        "upi": details.upi,
        "colour": details.colour.lower() if details.colour else None,
    }


def party_out(party: Party) -> PartyOut:
    return PartyOut(**party_fields(party))


def party_fields(party: Party) -> dict[str, Any]:
    """A party's fields in answers."""
    names = ("legal_name", "trade_name", "registration", "gstin", "pan", "city", "pin_code", "country")
    return {
        **{name: getattr(party, name) for name in names},
        "address": list(party.address),
        "state": party.place,
        "state_name": gst.STATES.get(party.place or ""),
        "email": party.email,
        "phone": party.phone,
    }


def supplier_fields(party: Party) -> dict[str, object]:
    return {
        **party_fields(party),
        "annual_turnover": to_wire(party.turnover, INR_SCALE),
        "bank": [BankRow(label=label, text=text) for label, text in party.bank],
        "upi": party.upi,
        "colour": party.colour,
    }
