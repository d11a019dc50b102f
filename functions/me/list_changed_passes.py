"""GET /api/v1/me/passes/apple/v1/devices/{device}/registrations/{pass_type}"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import REHOOK, Raw
from batua.identity.caller import public_caller
from batua.passes.web_service import ChangedPasses, PassChanges, list_changed_passes


@endpoint(
    "GET",
    "/api/v1/me/passes/apple/v1/devices/{device}/registrations/{pass_type}",
    caller=public_caller(),
    request=PassChanges,
    response=Success(ChangedPasses, others={204: "No pass on this phone has changed."}),
    style=REHOOK,
    parameters={"device": "What the phone calls itself.", "pass_type": "The type of the passes: `pass.…`."},
)
def handler(call: Call[PassChanges]) -> Raw:
    """List a phone's passes that have changed since its last request; 204 if none has."""
    return list_changed_passes(call)
