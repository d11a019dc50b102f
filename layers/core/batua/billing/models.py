"""What the endpoints of invoices take and give."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StrictBool, StrictInt, StringConstraints, model_validator

from ..api.models import Amount, FieldsWrong, IdempotencyKey, Instant, Model, Note, Number, Text
from .profile_models import ExpectedVersion, PartyDetails, PartyOut
from .return_models import Day, ReportMonth
from .series import InvoiceKind
from .supply import SupplyType

MAX_LINES: Final = 500
InvoiceStatus = Literal["draft", "open", "paid", "void", "uncollectible", "issued"]
"""A note is `issued`, and nothing else."""

PaymentMethod = Literal["bank_transfer", "upi", "cash", "cheque", "card", "customer_credit", "other"]


def day_number(text: str) -> int:
    """`2026-11-30` -> 20261130."""
    return int(text.replace("-", ""))


class LineIn(Model):
    description: Text = Field(examples=["Loyalty programme, November"])
    hsn_or_sac: str | None = Field(None, max_length=8, description="The profile's where left out.", examples=["998314"])
    quantity: Decimal = Field(
        Decimal(1), gt=0, le=1_000_000_000, decimal_places=3, description="At most three decimals.", examples=[2]
    )
    unit: Annotated[str, StringConstraints(min_length=2, max_length=8, to_upper=True)] = Field(
        "OTH", description="The unit's code (UQC).", examples=["NOS"]
    )
    unit_price: Amount = Field(description="In rupees, at most two decimals.", examples=["499.50"])
    discount: Decimal = Field(
        Decimal(0), ge=0, le=10**13, decimal_places=2, description="Off the line, in rupees.", examples=[0]
    )
    gst_rate: Decimal = Field(Decimal(0), ge=0, le=100, decimal_places=2, description="Per cent.", examples=[18])
    cess_rate: Decimal = Field(Decimal(0), ge=0, le=400, decimal_places=2, description="Per cent.", examples=[0])
    price_includes_tax: StrictBool = False


class InvoiceContent(Model):
    customer_id: Text | None = Field(
        None, description="Whose saved tax profile the invoice takes.", examples=["CUST-1042"]
    )
    customer: PartyDetails | None = Field(None, description="The recipient, instead of a saved profile.")
    lines: list[LineIn] = Field(min_length=1, max_length=MAX_LINES)
    due_date: Day | None = Field(None, description="30 days after finalizing where left out.")
    product: Text | None = Field(None, description="For revenue by product.", examples=["Loyalty"])
    reference: Text | None = Field(
        None, description="Your own name for it; the idempotency key if none is sent.", examples=["PO-4711"]
    )
    notes: Note | None = None
    terms: Note | None = Field(None, description="The profile's where left out.")
    reverse_charge: StrictBool = Field(False, description="The recipient pays the tax (section 9(3), (4) CGST Act).")
    with_payment_of_igst: StrictBool = Field(
        False, description="For exports and SEZ: IGST is paid, no letter of undertaking."
    )
    round_off: StrictBool = Field(True, description="Round what is payable to the rupee.")

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.customer_id is None and self.customer is None:
            raise FieldsWrong("give customer_id, customer, or both", "customer_id", "customer")
        return self


class CreateInvoice(InvoiceContent):
    finalize: StrictBool = Field(False, description="Give it its number at once.")
    idempotency_key: IdempotencyKey | None = None


class ReplaceDraft(InvoiceContent):
    """The draft as it is to be. What is left out is empty afterwards, or has its default."""

    version: ExpectedVersion = None


class DraftDeleted(Model):
    id: str = Field(examples=["inv_01KDC0V6M8W3T4Q9X2Z7N5B1FB"])
    deleted: bool = True


class TaxAmounts(Model):
    """A taxable value and its taxes, in rupees."""

    taxable_value: Number
    cgst: Number
    sgst: Number
    utgst: Number
    igst: Number
    cess: Number


class BilledLine(TaxAmounts):
    description: str
    hsn_or_sac: str
    quantity: Number
    unit: str
    unit_price: Number
    discount: Number
    price_includes_tax: bool
    gst_rate: Number
    total: Number


class BilledTotals(TaxAmounts):
    round_off: Number
    payable: Number


class PlaceOfSupply(Model):
    state: str = Field(examples=["29"])
    name: str = Field(examples=["Karnataka (29)"])
    reason: str
    supply_type: SupplyType
    taxes: Literal["none", "cgst_sgst", "cgst_utgst", "igst"]
    reverse_charge: bool


class PaymentOut(Model):
    payment_id: str
    amount: Number
    method: str
    reference: str
    paid_on: str
    recorded_at: Instant
    recorded_by: str


class InvoiceSummary(Model):
    id: str = Field(examples=["inv_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    status: InvoiceStatus
    kind: InvoiceKind = Field(description="The legal kind of the document; for a draft, what it would be.")
    title: str = Field(examples=["Tax Invoice"])
    number: str | None = Field(description="From finalizing on; at most 16 characters.", examples=["INV/2627/000042"])
    customer_id: str | None
    customer_name: str
    product: str | None
    reference: str | None
    issued_on: str | None
    due_date: str | None
    overdue: bool
    currency: Literal["INR"] = "INR"
    total: Number
    credited: Number = Field(description="By credit notes, less debit notes.")
    paid: Number
    outstanding: Number
    overpaid: Number = Field(description="The amount paid above the total: the customer's credit.")
    created_at: Instant


class EInvoiceOut(Model):
    """The registration at an Invoice Registration Portal."""

    irn: str = Field(examples=["a5c12dca80e743321740b001fd70953e8738d109865d28ba4013750f2046f229"])
    acknowledgement_number: str = Field(examples=["112610000000042"])
    acknowledged_at: Instant
    status: Literal["active", "cancelling", "cancelled"]
    signed_qr: str = Field(
        description="What the QR code on the PDF says: a JSON web token that the portal signed.",
        examples=["eyJhbGciOiJSUzI1NiJ9.eyJkYXRhIjoie30ifQ.c2lnbmF0dXJl"],
    )


class InvoiceOut(InvoiceSummary):
    supplier: PartyOut
    recipient: PartyOut
    place_of_supply: PlaceOfSupply
    lines: list[BilledLine]
    totals: BilledTotals
    amount_in_words: str
    payments: list[PaymentOut]
    note_numbers: list[str] = Field(description="Credit and debit notes against it.")
    against_number: str | None = Field(description="Of a note: the invoice that it corrects.")
    reason: str | None = Field(description="Of a note, a void or an uncollectible invoice: why.")
    sent: list[SentOut]
    notes: str | None
    terms: str | None
    finalized_at: Instant | None
    e_invoice: EInvoiceOut | None = Field(description="Where it was registered at a portal.")
    version: int


class SentOut(Model):
    to: str
    at: Instant
    by: str


class ListInvoicesQuery(Model):
    status: InvoiceStatus | None = None
    kind: InvoiceKind | None = None
    customer_id: Text | None = None
    product: Text | None = None
    number: Text | None = Field(None, examples=["INV/2627/000042"])
    overdue: bool | None = None
    since: Day | None = Field(None, alias="from", description="First day of issue; of creation for drafts.")
    until: Day | None = Field(None, alias="to")
    limit: int | None = Field(None, ge=1, le=1000, description="At most 100 for JSON; 20 when left out.")
    cursor: str | None = Field(None, max_length=1024)
    format: Literal["json", "csv"] | None = None


class DownloadOut(Model):
    url: str
    expires_at: Instant
    file_name: str = Field(examples=["INV-2627-000042.pdf"])
    size: int
    sha256: str


class MarkInvoicePaid(Model):
    amount: Amount | None = Field(None, description="What is outstanding where left out.", examples=["1180.00"])
    method: PaymentMethod = Field(examples=["bank_transfer"])
    reference: Text = Field(description="UTR, cheque number and the like; the same one is recorded once.")
    paid_on: Day | None = Field(None, description="Today where left out.")
    mail_receipt: StrictBool | None = Field(
        None, description="Mail the recipient a receipt. Payments by a provider have one mailed."
    )
    idempotency_key: IdempotencyKey | None = None


class NoteLineIn(Model):
    line: StrictInt = Field(ge=1, le=MAX_LINES, description="The line of the invoice, from 1.", examples=[1])
    taxable_value: Amount | None = Field(
        None, description="Before tax, in rupees. Defaults to what is left of the line.", examples=["100.00"]
    )


class IssueNote(Model):
    """Without `lines` a credit note is over all that is left of the invoice."""

    lines: list[NoteLineIn] | None = Field(None, min_length=1, max_length=MAX_LINES)
    reason: Note = Field(description="Printed on the note.", examples=["Goods returned"])
    reference: Text | None = Field(None, description="The idempotency key if none is sent.", examples=["RET-17"])
    idempotency_key: IdempotencyKey | None = None


class CancelInvoice(Model):
    reason: Note = Field(examples=["Ordered twice"])


class WriteOffInvoice(Model):
    reason: Note = Field(examples=["The customer is insolvent"])


class SendInvoice(Model):
    to: str | None = Field(
        None, max_length=254, description="The recipient's address where left out.", examples=["accounts@anand.example"]
    )
    again: StrictBool = Field(False, description="Send it again to an address that already has it.")


class RevenueQuery(Model):
    since: ReportMonth = Field(alias="from")
    until: ReportMonth = Field(alias="to", description="At most 36 months after `from`.")
    group_by: Literal["month", "customer", "product", "gst_rate"] = "month"
    format: Literal["json", "csv"] | None = None


class RevenueRow(TaxAmounts):
    """Notes are counted in: credit notes reduce, debit notes add. `collected` is by the day of payment."""

    month: str
    group: str | None = Field(description="The customer, product or rate; null by month.", examples=["Loyalty"])
    documents: int
    round_off: Number
    total: Number
    collected: Number


InvoiceOut.model_rebuild()
