"""GET /api/v1/prefund/requests/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import PREFUND_REQUEST_NOT_FOUND
from batua.identity.caller import user_caller
from batua.prefund import queries, record
from batua.prefund.models import PrefundDetail


@endpoint(
    "GET",
    "/api/v1/prefund/requests/{id}",
    caller=user_caller("ledger:read"),
    response=PrefundDetail,
    errors=(PREFUND_REQUEST_NOT_FOUND,),
    prefetch=record.prefetch_prefund,
    parameters={"id": "A prefund request, `pfr_…`."},
)
def handler(call: Call[None]) -> PrefundDetail:
    """Read a prefund request with its history and its proof; for staff, also the state of its workflow."""
    return queries.read_prefund_detail(call)
