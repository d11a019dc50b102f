"""POST /api/v1/invoices/{id}/credit-notes"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.models import InvoiceOut, IssueNote
from batua.billing.notes import NOTE_ERRORS, issue_note
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/invoices/{id}/credit-notes",
    caller=user_caller("billing:write"),
    request=IssueNote,
    response=InvoiceOut,
    status=201,
    errors=NOTE_ERRORS,
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[IssueNote]) -> Reply:
    """Issue a credit note against an invoice: in full, or by line, never above what is left of it.

    What was paid above the rest becomes credit of the customer.
    """
    return issue_note(call, "credit_note")
