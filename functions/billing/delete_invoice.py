"""DELETE /api/v1/invoices/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.billing.drafting import DELETE_DRAFT_ERRORS, delete_draft
from batua.billing.models import DraftDeleted
from batua.identity.caller import user_caller


@endpoint(
    "DELETE",
    "/api/v1/invoices/{id}",
    caller=user_caller("billing:write"),
    response=DraftDeleted,
    errors=DELETE_DRAFT_ERRORS,
    parameters={"id": "The draft, `inv_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Delete a draft. It has no number, so the series stays without gaps."""
    return delete_draft(call)
