"""PUT /api/v1/invoices/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.drafting import CHANGE_DRAFT_ERRORS, replace_draft
from batua.billing.models import InvoiceOut, ReplaceDraft
from batua.identity.caller import user_caller


@endpoint(
    "PUT",
    "/api/v1/invoices/{id}",
    caller=user_caller("billing:write"),
    request=ReplaceDraft,
    response=InvoiceOut,
    errors=CHANGE_DRAFT_ERRORS,
    parameters={"id": "The draft, `inv_…`."},
)
def handler(call: Call[ReplaceDraft]) -> Reply:
    """Replace the content of a draft. An invoice that has a number is immutable."""
    return replace_draft(call)
