"""GET /api/v1/tenant/lookup"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Reply
from batua.errors import FORBIDDEN, INVALID_CURSOR
from batua.identity.caller import user_caller
from batua.tenants import lookup
from batua.tenants.lookup import FoundId, LookUpQuery


@endpoint(
    "GET",
    "/api/v1/tenant/lookup",
    caller=user_caller("platform:review"),
    request=LookUpQuery,
    response=list[FoundId],
    errors=(FORBIDDEN, INVALID_CURSOR),
)
def handler(call: Call[LookUpQuery]) -> Reply:
    """Look up an id or a number in all tenants: what it identifies, and whose it is. For the operator's staff.

    A transaction, a wallet, a request, an invoice, a user and so on by its id; with `number`, an invoice or a note, the
    prefund request that names a bank transfer, or a tenant. A few hundred tenants are looked through in a
    request; where `next_cursor` comes back, go on with it. Each look is on the operator's audit trail.
    """
    return lookup.look_up_id(call)
