"""DELETE /api/v1/me/passes/apple/v1/devices/{device}/registrations/{pass_type}/{serial}"""

from batua import errors
from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import REHOOK, Raw
from batua.identity.caller import public_caller
from batua.passes.web_service import unregister_pass


@endpoint(
    "DELETE",
    "/api/v1/me/passes/apple/v1/devices/{device}/registrations/{pass_type}/{serial}",
    caller=public_caller(),
    response=Success(media=()),
    errors=(errors.UNAUTHENTICATED, errors.VALIDATION_ERROR),
    style=REHOOK,
    parameters={
        "device": "What the phone calls itself.",
        "pass_type": "The type of the passes: `pass.…`.",
        "serial": "`serialNumber` of the pass.",
    },
)
def handler(call: Call[None]) -> Raw:
    """End a phone's registration for a pass, as Apple Wallet does when the pass is removed."""
    return unregister_pass(call)
