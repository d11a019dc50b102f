"""POST /api/v1/invoices/{id}/debit-notes"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.models import InvoiceOut, IssueNote
from batua.billing.notes import NOTE_ERRORS, issue_note
from batua.identity.caller import user_caller


@endpoint(
    "POST",
    "/api/v1/invoices/{id}/debit-notes",
    caller=user_caller("billing:write"),
    request=IssueNote,
    response=InvoiceOut,
    status=201,
    errors=NOTE_ERRORS,
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[IssueNote]) -> Reply:
    """Issue a debit note against an invoice, which is then owed in addition.

    Its lines name those of the invoice, and what is charged more on each.
    """
    return issue_note(call, "debit_note")
