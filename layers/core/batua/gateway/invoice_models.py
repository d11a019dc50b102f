"""What the endpoints of invoices take and give."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StrictBool, StringConstraints

from ..api.models import Instant, Number, Text
from .models import Camel, CustomerId, PageNumber, SparseModel

InvoiceTemplate = Literal["B2BInvoice", "B2CInvoice"]
DocumentType = Literal["invoice", "credit_note"]
InvoiceDate = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    Field(description="A day of the tenant's time zone, YYYY-MM-DD.", examples=["2025-10-01"]),
]
MAX_VARIABLES: Final = 20


class GenerateInvoice(Camel):
    template_name: InvoiceTemplate
    product_id: Text = Field(examples=["SMLPYOG"])
    buyer_customer_id: CustomerId
    seller_customer_id: CustomerId
    start_date: InvoiceDate
    end_date: InvoiceDate
    custom_vars: dict[
        Annotated[str, StringConstraints(min_length=1, max_length=64)],
        Annotated[str, StringConstraints(max_length=256)],
    ] = Field(default_factory=dict, max_length=MAX_VARIABLES, description="Printed on the invoice, and searched.")
    include_open_period: StrictBool = Field(
        False,
        description="Invoice a period that has not ended, up to today. What is charged later goes on the next one.",
    )


class InvoiceLine(Camel):
    """What one code of goods or services comes to: charged less given back."""

    description: str
    hsn_or_sac: str
    taxable_value: Number
    cgst: Number
    sgst: Number
    igst: Number
    utgst: Number
    cess: Number
    gst: Number
    total: Number
    late_charges: Number = Field(0, description="How much of it was charged on days that an earlier invoice covers.")


class InvoiceShown(SparseModel):
    invoice_id: str
    invoice_number: str = Field(description="At most 16 characters, without gaps in a financial year.")
    document_type: DocumentType
    title: str = Field(
        description="What the document is by law.", examples=["Tax Invoice", "Bill of Supply", "Receipt"]
    )
    invoice_date: str = Field(description="The day it was issued, in the tenant's time zone.", examples=["2025-10-14"])
    credit_note_number: str | None = Field(
        None, description="The credit note that was issued with this invoice.", examples=["CRN/2526/000003"]
    )
    against_invoices: list[str] | None = Field(
        None, description="Of a credit note: the invoices that it corrects.", examples=[["INV/2526/000041"]]
    )
    template_name: InvoiceTemplate
    product_id: str
    buyer_customer_id: str
    seller_customer_id: str
    start_date: str
    end_date: str
    issued_at: Instant
    currency: str
    lines: list[InvoiceLine]
    taxable_value: Number
    total_tax: Number
    total_amount: Number
    custom_vars: dict[str, str]
    pdf_url: str | None = Field(None, description="Good for 15 minutes. Missing where the file is not stored yet.")


class InvoicesQuery(Camel):
    start_date: InvoiceDate
    end_date: InvoiceDate
    page: PageNumber = 1
    limit: int = Field(10, ge=1, le=100)
    product_id: Text
    customer_id: CustomerId | None = Field(None, description="The buyer or the seller.")
    template_name: InvoiceTemplate | None = None
    invoice_number: Text | None = Field(None, examples=["INV/2526/000042"])
    document_type: DocumentType | None = None
    search_in_custom_vars: Text | None = Field(None, alias="search_in_custom_vars")
