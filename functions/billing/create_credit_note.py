"""POST /api/v1/invoices/{id}/credit-notes"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.models import IssueNote
from batua.billing.notes import NOTE_OPTIONS, issue_note


@endpoint("POST", "/api/v1/invoices/{id}/credit-notes", **NOTE_OPTIONS)
def handler(call: Call[IssueNote]) -> Reply:
    """Issue a credit note against an invoice: in full or by line, up to what is left of it.

    What was paid above the rest becomes credit of the customer.
    """
    return issue_note(call, "credit_note")
