"""POST /api/v1/invoices/{id}/debit-notes"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.models import IssueNote
from batua.billing.notes import NOTE_OPTIONS, issue_note


@endpoint("POST", "/api/v1/invoices/{id}/debit-notes", **NOTE_OPTIONS)
def handler(call: Call[IssueNote]) -> Reply:
    """Issue a debit note against an invoice, for an additional amount due.

    Its lines name those of the invoice, and what is charged more on each.
    """
    return issue_note(call, "debit_note")
