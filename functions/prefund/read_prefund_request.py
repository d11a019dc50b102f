"""GET /api/v1/prefund/requests/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.errors import PREFUND_REQUEST_NOT_FOUND
from batua.identity.caller import user
from batua.prefund import reading, record
from batua.prefund.models import RequestDetail


@endpoint(
    "GET",
    "/api/v1/prefund/requests/{id}",
    caller=user("ledger:read"),
    response=RequestDetail,
    errors=(PREFUND_REQUEST_NOT_FOUND,),
    seek=record.seek,
    parameters={"id": "A prefund request, `pfr_…`."},
)
def handler(call: Call[None]) -> RequestDetail:
    """Read a prefund request with its history and its proof; for staff, also where its workflow stands."""
    return reading.read_request(call)
