"""POST /api/v1/invoices"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.billing.drafting import DRAFT_ERRORS, FINALIZE_ERRORS, draft_invoice
from batua.billing.models import CreateInvoice, InvoiceOut
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/invoices",
    caller=user_caller("billing:write"),
    request=CreateInvoice,
    response=Success(InvoiceOut, status=201),
    errors=(*DRAFT_ERRORS, *FINALIZE_ERRORS),
)
def handler(call: Call[CreateInvoice]) -> Reply:
    """Create an invoice: a draft, or with `finalize` one with a number.

    Place of supply and taxes follow from the tax profiles of both parties. What a valid document lacks is refused by
    name when it is finalized.
    """
    return draft_invoice(call)
