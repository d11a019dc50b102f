"""GET /api/v1/me/passes/{token}"""

from batua import errors
from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw
from batua.identity.caller import public_caller
from batua.me.passes import download_pass


@endpoint(
    "GET",
    "/api/v1/me/passes/{token}",
    caller=public_caller(),
    errors=(errors.LINK_INVALID,),
    response=Success(media=("application/vnd.apple.pkpass",)),
    parameters={"token": "From the `url` of `GET /api/v1/me/passes`: good for ten minutes."},
)
def handler(call: Call[None]) -> Raw:
    """Download a pass for Apple Wallet, as its link says."""
    return download_pass(call)
