"""POST /api/v1/me/passes/apple/v1/devices/{device}/registrations/{pass_type}/{serial}"""

from batua import errors
from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import REHOOK, Raw
from batua.identity.caller import public_caller
from batua.passes.web_service import RegisterPass, register_pass


@endpoint(
    "POST",
    "/api/v1/me/passes/apple/v1/devices/{device}/registrations/{pass_type}/{serial}",
    caller=public_caller(),
    request=RegisterPass,
    response=Success(media=(), others={201: "The phone is new to this pass."}),
    errors=(errors.UNAUTHENTICATED,),
    style=REHOOK,
    parameters={
        "device": "What the phone calls itself.",
        "pass_type": "The type of the passes: `pass.…`.",
        "serial": "`serialNumber` of the pass.",
    },
)
def handler(call: Call[RegisterPass]) -> Raw:
    """Register a phone for updates of a pass, as Apple Wallet does when the pass is added.

    Answers 201 where the phone is new to this pass, else 200.
    """
    return register_pass(call)
