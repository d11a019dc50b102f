"""What the endpoints of billing refuse, besides what all endpoints do."""

from __future__ import annotations

from .. import errors

INVOICE_STATE = errors.define("invoice_state", 409, "The invoice's status does not allow this.")
CREDIT_EXCEEDS_INVOICE = errors.define(
    "credit_exceeds_invoice", 409, "A credit note cannot exceed what is left of the invoice."
)
CREDIT_NOTE_TOO_LATE = errors.define(
    "credit_note_too_late",
    409,
    "A credit note is possible until 30 November after the invoice's financial year (section 34(2) CGST Act).",
)
INVOICE_ALREADY_SENT = errors.define(
    "invoice_already_sent",
    409,
    "The invoice was already sent to this address. Set `again` to true to send it once more.",
)
PAYMENTS_NOT_SET_UP = errors.define(
    "payments_not_set_up",
    409,
    "There is no way to pay this invoice yet. Save a payment account, or a UPI address in the tax profile.",
)
PAYMENT_PROVIDER_FAILED = errors.define(
    "payment_provider_failed", 503, "The payment provider created no link. Try again, or check the account's keys."
)
NO_GSTIN = errors.define("no_gstin", 409, "The tax profile has no GSTIN, so there is no return to file.")
NOT_AN_EINVOICE = errors.define("not_an_einvoice", 409, "This document cannot be an e-invoice.")
IRP_NOT_SET_UP = errors.define(
    "irp_not_set_up",
    409,
    "No Invoice Registration Portal is set up. Save an account with PUT /api/v1/billing/irp-account.",
)
IRP_REFUSED = errors.define("irp_refused", 422, "The Invoice Registration Portal has rejected this document.")
IRP_UNAVAILABLE = errors.define(
    "irp_unavailable",
    503,
    "The Invoice Registration Portal has not answered. Try again: a document is registered once, whatever was lost.",
)
EINVOICE_NOT_REGISTERED = errors.define(
    "einvoice_not_registered",
    409,
    "For a registered recipient, this document is only valid with an IRN (rule 48(5)). Register it first: "
    "POST /api/v1/invoices/{id}/e-invoice.",
)
IRN_CANCEL_TOO_LATE = errors.define(
    "irn_cancel_too_late",
    409,
    "An e-invoice can be cancelled for 24 hours after registration. Issue a credit note for the full amount instead.",
)
CUSTOMER_CREDIT_TOO_SMALL = errors.define(
    "customer_credit_too_small", 409, "The customer's credit does not cover this amount."
)
PRICE_PLAN_NOT_FOUND = errors.define("price_plan_not_found", 404, "There is no price plan with this id.")
TENANT_NOT_BILLED = errors.define("tenant_not_billed", 404, "No tenant with this id is invoiced by the operator.")
USE_ALREADY_INVOICED = errors.define(
    "use_already_invoiced",
    409,
    "The usage of that month has already been invoiced. Choose a later day, or correct the invoice with a note.",
)
TOP_UPS_NOT_OFFERED = errors.define(
    "top_ups_not_offered",
    409,
    "The operator of this platform takes no payments by link. Send a bank transfer and make a prefund request instead.",
)
TOP_UP_NOT_FOUND = errors.define("top_up_not_found", 404, "There is no top-up with this id.")
