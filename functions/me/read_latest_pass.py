"""GET /api/v1/me/passes/apple/v1/passes/{pass_type}/{serial}"""

from batua import errors
from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import REHOOK, Raw
from batua.identity.caller import public_caller
from batua.passes.web_service import read_latest_pass


@endpoint(
    "GET",
    "/api/v1/me/passes/apple/v1/passes/{pass_type}/{serial}",
    caller=public_caller(),
    response=Success(media=("application/vnd.apple.pkpass",), others={304: "Nothing that the pass shows has changed."}),
    errors=(errors.UNAUTHENTICATED,),
    style=REHOOK,
    parameters={"pass_type": "The type of the passes: `pass.…`.", "serial": "`serialNumber` of the pass."},
)
def handler(call: Call[None]) -> Raw:
    """Download the latest version of a pass, with the token in the pass.

    Takes `If-Modified-Since`: 304 where nothing that the pass shows has changed.
    """
    return read_latest_pass(call)
