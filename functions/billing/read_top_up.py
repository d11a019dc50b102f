"""GET /api/v1/billing/top-ups/{id}"""

from batua.api.endpoint import Call, endpoint
from batua.billing.top_up_models import TopUpOut
from batua.billing.top_ups import TOP_UP_ERRORS, read_requested_top_up
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/billing/top-ups/{id}",
    caller=user_caller("ledger:read"),
    response=TopUpOut,
    errors=TOP_UP_ERRORS,
    parameters={"id": "The top-up, `tup_…`."},
)
def handler(call: Call[None]) -> TopUpOut:
    """Read a top-up: whether it has been paid, and what has been returned since."""
    return read_requested_top_up(call)
