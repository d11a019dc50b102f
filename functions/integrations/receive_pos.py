"""POST /webhooks/pos/{connection_id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import WEBHOOKS, Reply
from batua.errors import SERVICE_UNAVAILABLE
from batua.identity.caller import signature
from batua.integrations.receive import Received, receive
from batua.integrations.rehearsal import UNREADABLE_SAMPLE, Rehearsal, dry_run
from batua.integrations.signatures import POS


@endpoint(
    "POST",
    "/webhooks/pos/{connection_id}",
    caller=signature(POS),
    response=Received | Rehearsal,
    errors=(SERVICE_UNAVAILABLE, UNREADABLE_SAMPLE),
    style=WEBHOOKS,
    parameters={"connection_id": "The connection, `con_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Receive sales of a billing system as JSON, XML or a form, read through the connection's field mapping.

    Signed in `X-Batua-Signature` (HMAC-SHA256 of the body, hexadecimal), or with the secret itself in `X-Batua-Key`.
    With `?dry_run=true` it answers what the sample would do, and nothing is stored.
    """
    return dry_run(call) if call.request.query.get("dry_run") == "true" else receive(call)
