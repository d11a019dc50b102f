"""The e-invoice (form GST INV-01, schema 1.1) of a document, and the checks of the published schema. Pure.

Limits of the fields are those of the schema that the IRPs publish (tests/schemas/inv-01.schema.json says where), which
the tests hold every e-invoice to. Credit notes have positive amounts. Amounts leave here as numbers with two decimals.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from . import gst
from .amounts import rupees_number
from .document import Document
from .lines import Line
from .supply import Party

VERSION = "1.1"


class EInvoiceError(ValueError):
    """The document cannot be an e-invoice: it is none by kind, or a field does not fit the schema."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Money = Annotated[Decimal, Field(ge=0, le=Decimal("999999999999.99"), decimal_places=2)]
_Sum = Annotated[Decimal, Field(ge=0, le=Decimal("99999999999999.99"), decimal_places=2)]
_Rate = Annotated[Decimal, Field(ge=0, le=Decimal("999.999"), decimal_places=3)]
_YesNo = Literal["Y", "N"]
_Date = Annotated[str, StringConstraints(pattern=r"^[0-3][0-9]/[0-1][0-9]/20[12][0-9]$")]
_Number = Annotated[str, StringConstraints(pattern=r"^[A-Z1-9][A-Z0-9/-]{0,15}$")]
_Gstin = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}[0-9A-Z]{13}$")]
_Name = Annotated[str, StringConstraints(min_length=3, max_length=100)]
_State = Annotated[str, StringConstraints(pattern=r"^(0?[1-9]|[1-9][0-9])$")]
_Pin = Annotated[int, Field(ge=100000, le=999999)]


_EXPECTED: Final = {
    "No": "a number of at most 16 letters, digits, / and -, not beginning with 0",
    "InvNo": "a number of 2 to 16 letters, digits, / and -, not beginning with 0",
    "LglNm": "a name of 3 to 100 characters",
    "Addr1": "an address of 1 to 100 characters",
    "Loc": "a city of 3 to 50 characters",
    "Pin": "a PIN code of six digits",
    "Stcd": "a state code of two digits",
    "Gstin": "a GSTIN",
    "HsnCd": "an HSN or SAC of 4, 6 or 8 digits",
    "Unit": "a unit code of 3 to 8 letters",
}
_EMAIL: Final = re.compile(r"[a-zA-Z0-9+_.-]+@[a-zA-Z0-9.-]+", re.ASCII)


def _not_only_zeros(code: str) -> str:
    if not code.strip("0"):
        raise ValueError("must not be zeros alone")
    return code


class Transaction(_Part):
    TaxSch: Literal["GST"] = "GST"
    SupTyp: Literal["B2B", "SEZWP", "SEZWOP", "EXPWP", "EXPWOP", "DEXP"]
    RegRev: _YesNo = "N"
    IgstOnIntra: _YesNo = "N"


class DocumentDetails(_Part):
    Typ: Literal["INV", "CRN", "DBN"]
    No: _Number
    Dt: _Date


class Seller(_Part):
    Gstin: _Gstin
    LglNm: _Name
    TrdNm: _Name | None = None
    Addr1: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    Addr2: _Name | None = None
    Loc: Annotated[str, StringConstraints(min_length=3, max_length=50)]
    Pin: _Pin
    Stcd: _State
    Ph: Annotated[str, StringConstraints(pattern=r"^[0-9]{6,12}$")] | None = None
    Em: Annotated[str, StringConstraints(min_length=6, max_length=100)] | None = None


class Buyer(Seller):
    Gstin: Annotated[str, StringConstraints(pattern=r"^([0-9]{2}[0-9A-Z]{13}|URP)$")]
    Pos: _State
    Loc: Annotated[str, StringConstraints(min_length=3, max_length=100)]


class EInvoiceItem(_Part):
    SlNo: Annotated[str, StringConstraints(min_length=1, max_length=6)]
    PrdDesc: Annotated[str, StringConstraints(min_length=3, max_length=300)]
    IsServc: _YesNo
    HsnCd: Annotated[str, StringConstraints(pattern=r"^([0-9]{4}|[0-9]{6}|[0-9]{8})$"), AfterValidator(_not_only_zeros)]
    Qty: Annotated[Decimal, Field(ge=0, le=Decimal("9999999999.999"), decimal_places=3)]
    Unit: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3,8}$")]
    UnitPrice: Annotated[Decimal, Field(ge=0, le=Decimal("999999999999.999"), decimal_places=3)]
    TotAmt: _Money
    Discount: _Money
    AssAmt: _Money
    GstRt: _Rate
    IgstAmt: _Money
    CgstAmt: _Money
    SgstAmt: _Money
    CesRt: _Rate
    CesAmt: _Money
    TotItemVal: _Money


class Values(_Part):
    AssVal: _Sum
    CgstVal: _Sum
    SgstVal: _Sum
    IgstVal: _Sum
    CesVal: _Sum
    Discount: _Sum
    RndOffAmt: Annotated[Decimal, Field(ge=Decimal("-99.99"), le=Decimal("99.99"), decimal_places=2)]
    TotInvVal: _Sum


class PrecedingDocument(_Part):
    InvNo: Annotated[str, StringConstraints(pattern=r"^[A-Z1-9][A-Z0-9/-]{1,15}$")]
    InvDt: _Date


class References(_Part):
    PrecDocDtls: list[PrecedingDocument]


class EInvoice(_Part):
    Version: Literal["1.1"] = "1.1"
    TranDtls: Transaction
    DocDtls: DocumentDetails
    SellerDtls: Seller
    BuyerDtls: Buyer
    ItemList: Annotated[list[EInvoiceItem], Field(min_length=1, max_length=1000)]
    ValDtls: Values
    RefDtls: References | None = None


def einvoice_content(document: Document) -> dict[str, Any]:
    """The INV-01 JSON. Raises EInvoiceError, naming the fields, where there can be none."""
    kinds: dict[str, Literal["INV", "CRN", "DBN"]] = {"tax_invoice": "INV", "credit_note": "CRN", "debit_note": "DBN"}
    if document.kind not in kinds or not document.supplier.registered:
        raise EInvoiceError("only a tax invoice, a credit note or a debit note of a registered supplier is reported")
    if document.supply.type == "B2C":
        raise EInvoiceError("the recipient is not registered: a supply to a consumer is not reported to an IRP")
    try:
        content = _einvoice_content(document, kinds[document.kind])
    except ValidationError as refusal:
        found = "; ".join(_fault(error["loc"], error["msg"]) for error in refusal.errors(include_url=False))
        raise EInvoiceError(f"the document does not fit the e-invoice schema: {found}") from refusal
    return content.model_dump(mode="python", exclude_none=True)


def _fault(place: tuple[int | str, ...], message: str) -> str:
    """What is wrong with a field, without the regular expression that it does not match."""
    expected = _EXPECTED.get(str(place[-1]))
    return f"{'.'.join(map(str, place))} {f'must be {expected}' if expected else message}"


def _einvoice_content(document: Document, kind: Literal["INV", "CRN", "DBN"]) -> EInvoice:
    supply, totals = document.supply, document.totals
    assert supply.type != "B2C"
    corrected = [{"InvNo": each.number, "InvDt": day_slashes(each.day)} for each in document.preceding if each.day]
    parts = {
        "TranDtls": {"SupTyp": supply.type, "RegRev": "Y" if supply.reverse_charge else "N"},
        "DocDtls": {"Typ": kind, "No": document.number, "Dt": day_slashes(document.day)},
        "SellerDtls": _party(document.supplier),
        "BuyerDtls": {**_buyer(document.recipient), "Pos": supply.place},
        "ItemList": [_einvoice_item(number, line) for number, line in enumerate(document.lines, 1)],
        "ValDtls": {
            "AssVal": rupees_number(totals.taxable),
            "CgstVal": rupees_number(totals.cgst),
            "SgstVal": rupees_number(totals.sgst + totals.utgst),
            "IgstVal": rupees_number(totals.igst),
            "CesVal": rupees_number(totals.cess),
            "Discount": rupees_number(0),
            "RndOffAmt": rupees_number(totals.round_off),
            "TotInvVal": rupees_number(totals.taxable + totals.tax + totals.round_off),
        },
        "RefDtls": {"PrecDocDtls": corrected} if corrected else None,
    }
    # Validated as a whole, so that a fault says whose field it is.
    return EInvoice.model_validate(parts)


def _party(party: Party) -> dict[str, Any]:
    lines = [_schema_text(line, 100) for line in party.address]
    rest, trade_name = ", ".join(lines[1:])[:100], _schema_text(party.trade_name or "", 100)
    digits = re.sub("[^0-9]", "", party.phone or "")[-12:]
    email, pin = party.email or "", party.pin_code or ""
    return {
        "Gstin": party.gstin,
        "LglNm": _schema_text(party.legal_name, 100),
        "TrdNm": trade_name if len(trade_name) >= 3 else None,
        "Addr1": lines[0] if lines else "",
        "Addr2": rest if len(rest) >= 3 else None,
        "Loc": _schema_text(party.city or "", 50),
        "Pin": int(pin) if re.fullmatch("[0-9]{6}", pin) else 0,
        "Stcd": party.place or "",
        # Not required, so what the schema does not take is left out.
        "Ph": digits if len(digits) >= 6 else None,
        "Em": email if 6 <= len(email) <= 100 and _EMAIL.fullmatch(email) else None,
    }


def _schema_text(text: str, longest: int) -> str:
    """A text as the schema takes it: cut, and without the quotation marks that it forbids."""
    return text.replace('"', "'")[:longest]


def _buyer(party: Party) -> dict[str, Any]:
    party_fields = _party(party)
    if party.registration == "overseas":
        # The schema's own values for a recipient outside India.
        return {**party_fields, "Gstin": "URP", "Pin": 999999, "Stcd": gst.OTHER_COUNTRY}
    return party_fields


def _einvoice_item(number: int, line: Line) -> dict[str, Any]:
    item = line.item
    # Inclusive prices: the schema wants prices before tax, so the taxable value is given as the price.
    price = Decimal(line.taxable * 1000) / item.quantity / 100 if item.inclusive else Decimal(item.unit_price) / 100
    gross = line.taxable if item.inclusive else line.gross
    return {
        "SlNo": str(number),
        "PrdDesc": _schema_text(item.description, 300).ljust(3, "."),
        "IsServc": "Y" if gst.is_service(item.code) else "N",
        "HsnCd": item.code,
        "Qty": Decimal(item.quantity) / 1000,
        "Unit": item.unit,
        "UnitPrice": price.quantize(Decimal("0.001")),
        "TotAmt": rupees_number(gross),
        "Discount": rupees_number(0 if item.inclusive else item.discount),
        "AssAmt": rupees_number(line.taxable),
        "GstRt": Decimal(item.rate) / 100,
        "IgstAmt": rupees_number(line.igst),
        "CgstAmt": rupees_number(line.cgst),
        "SgstAmt": rupees_number(line.sgst + line.utgst),
        "CesRt": Decimal(item.cess_rate) / 100,
        "CesAmt": rupees_number(line.cess),
        "TotItemVal": rupees_number(line.total),
    }


def day_slashes(day: int) -> str:
    """20261101 -> `01/11/2026`."""
    return f"{day % 100:02d}/{day // 100 % 100:02d}/{day // 10000:04d}"
