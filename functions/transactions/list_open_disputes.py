"""GET /api/v1/transactions/disputes"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.transactions import disputes
from batua.transactions.models import DisputeOut, OpenDisputesQuery


@endpoint(
    "GET",
    "/api/v1/transactions/disputes",
    caller=user_caller("platform:review"),
    request=OpenDisputesQuery,
    response=list[DisputeOut],
    errors=(INVALID_CURSOR,),
)
def handler(call: Call[OpenDisputesQuery]) -> Reply:
    """List the open disputes of all tenants, those due first at the top. For the operator's staff."""
    return disputes.list_open_disputes(call)
