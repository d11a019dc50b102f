"""The document: what an invoice, a bill of supply, a receipt or a note says. Pure.

Contents after CGST Rules 46 (tax invoice), 49 (bill of supply), 50 and 53 (credit and debit notes). A document is
immutable: parties, taxes and totals are as they were when it was issued.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import gst, gst_figures
from .lines import InvoiceItem, Line, Totals, add_totals, tax_line
from .series import InvoiceKind
from .supply import Party, Supply, party_faults

TITLES: Mapping[InvoiceKind, str] = {
    "tax_invoice": "Tax Invoice",
    "bill_of_supply": "Bill of Supply",
    "receipt": "Receipt",
    "credit_note": "Credit Note",
    "debit_note": "Debit Note",
}


@dataclass(frozen=True, slots=True)
class Preceding:
    """The invoice that a note corrects, and why."""

    number: str
    day: int
    reason: str
    value: int = 0
    """What the invoice comes to, in paise; 0 where it is not known."""


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """What the receipt of a payment says. Amounts in paise; `outstanding` is what was to be paid after it."""

    invoice: str
    invoice_day: int
    amount: int
    method: str
    reference: str
    outstanding: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document with its computed lines. Days are yyyymmdd in the supplier's zone; amounts are in paise."""

    kind: InvoiceKind
    number: str
    day: int
    supplier: Party
    recipient: Party
    supply: Supply
    lines: tuple[Line, ...]
    totals: Totals
    due: int | None = None
    preceding: tuple[Preceding, ...] = ()
    """Of a note: the invoices that it corrects. A note over charges may correct several (rule 53(1A)(f))."""
    notes: str | None = None
    terms: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    """Further labels and values to print, such as the period."""
    irn: str | None = None
    acknowledgement: str | None = None
    """The portal's number and time of the registration, as printed."""
    signed_qr: str | None = None
    cancelled: bool = False
    """Cancelled at the portal: it is counted as issued, and no return or report has its amounts."""
    link: str | None = None
    """Where it can be paid."""
    itemised: bool = True
    """Whether each line shows its taxes by kind; else in one sum, as consumers read it."""
    received: ReceivedPayment | None = None
    """Of the receipt of a payment, which has no lines."""

    @property
    def title(self) -> str:
        return "Payment Receipt" if self.received else TITLES[self.kind]


def invoice_kind(supplier: Party, items: Sequence[InvoiceItem], supply: Supply) -> InvoiceKind:
    """Which document this supplier may issue: only one that is registered makes a tax invoice.

    Composition suppliers and exempt supplies: a bill of supply (CGST Act section 31(3)(c)). Zero-rated supplies are
    taxable, so they are invoiced with a tax invoice.
    """
    if not supplier.registered:
        return "receipt"
    if supplier.registration == "composition":
        return "bill_of_supply"
    if not supply.zero_rated and all(item.rate == 0 and item.cess_rate == 0 for item in items):
        return "bill_of_supply"
    return "tax_invoice"


def draw_up(
    items: Sequence[InvoiceItem], supply: Supply, *, round_off: bool = False
) -> tuple[tuple[Line, ...], Totals]:
    """The lines with their taxes, and the totals."""
    lines = tuple(tax_line(item, supply) for item in items)
    return lines, add_totals(lines, supply, round_off=round_off)


def document_faults(
    kind: InvoiceKind, supplier: Party, recipient: Party, items: Sequence[InvoiceItem], supply: Supply, day: int
) -> dict[str, list[str]]:
    """What is missing or wrong for a valid document of this kind, by field: empty where nothing is."""
    faults: dict[str, list[str]] = {**party_faults(supplier, "supplier"), **party_faults(recipient, "recipient")}

    def require(holds: object, field: str, text: str) -> None:
        if not holds:
            faults.setdefault(field, []).append(text)

    require(supplier.legal_name, "supplier.legal_name", "is required")
    require(recipient.legal_name, "recipient.legal_name", "is required")
    if kind != "receipt":
        require(supplier.address, "supplier.address", "is required on this document (rule 46(a))")
        require(supplier.place, "supplier.state", "is required on this document")
    if recipient.registered:
        require(recipient.address, "recipient.address", "is required for a registered recipient (rule 46(d))")
    value = sum(tax_line(item, supply).taxable for item in items)
    if kind == "tax_invoice" and supply.type == "B2C" and value >= gst_figures.ADDRESS_FROM:
        require(recipient.address, "recipient.address", "is required from 50,000 rupees on (rule 46(e))")
        require(recipient.state, "recipient.state", "is required from 50,000 rupees on (rule 46(e))")
    if supply.type in ("EXPWP", "EXPWOP"):
        require(recipient.address, "recipient.address", "is required for an export (rule 46)")
    require(items, "lines", "must have at least one line")
    for number, item in enumerate(items):
        _line_faults(faults, f"lines.{number}", item, supplier, kind, day, consumer=supply.type == "B2C")
    return faults


def _line_faults(
    faults: dict[str, list[str]],
    place: str,
    item: InvoiceItem,
    supplier: Party,
    kind: InvoiceKind,
    day: int,
    *,
    consumer: bool,
) -> None:
    def fault(field: str, text: str) -> None:
        faults.setdefault(f"{place}.{field}", []).append(text)

    if item.discount > item.quantity * item.unit_price // 1000:
        fault("discount", "must not exceed quantity times unit price")
    if kind == "receipt":
        if item.rate or item.cess_rate:
            fault("gst_rate", "must be 0: a supplier without a GSTIN cannot charge GST")
        return
    if supplier.registration == "composition" and (item.rate or item.cess_rate):
        fault("gst_rate", "must be 0: a supplier under composition cannot charge GST")
    code = gst.code_fault(item.code, supplier.turnover, day, consumer=consumer)
    if code is not None:
        fault("hsn_or_sac", code)
    allowed = gst.rates_on(day)
    if item.rate not in allowed:
        listed = ", ".join(f"{rate / 100:g}" for rate in sorted(allowed))
        fault("gst_rate", f"must be a rate in force on the day of supply: {listed}")
