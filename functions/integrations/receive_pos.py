"""POST /webhooks/pos/{connection_id}"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import WEBHOOKS, Reply
from batua.errors import SERVICE_UNAVAILABLE
from batua.identity.caller import signature_caller
from batua.integrations.dry_run import UNREADABLE_SAMPLE, DryRunResult, dry_run
from batua.integrations.receive import Received, receive
from batua.integrations.signatures import POS_VERIFIER


@endpoint(
    "POST",
    "/webhooks/pos/{connection_id}",
    caller=signature_caller(POS_VERIFIER),
    response=Received | DryRunResult,
    errors=(SERVICE_UNAVAILABLE, UNREADABLE_SAMPLE),
    style=WEBHOOKS,
    parameters={"connection_id": "The connection, `con_…`."},
)
def handler(call: Call[None]) -> Reply:
    """Receive sales of a billing system as JSON, XML or a form, read through the connection's field mapping.

    Sign each attempt as Standard Webhooks: `webhook-id`, `webhook-timestamp` (at most five minutes off) and
    `webhook-signature`. A connection whose `signing` is `legacy` also takes `X-Batua-Signature` (HMAC-SHA256 of
    the body, hexadecimal) or the secret itself in `X-Batua-Key`.
    With `?dry_run=true` it answers what the sample would do, and nothing is stored.
    """
    return dry_run(call) if call.request.query.get("dry_run") == "true" else receive(call)
