from pathlib import Path

from batua import errors
from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw
from batua.identity.caller import public_caller
from batua.platform.documentation import documentation_page


@endpoint(
    "GET",
    "/api/v1/docs",
    caller=public_caller(),
    response=Success(media=["text/html"]),
    precondition="If-None-Match",
    errors=[errors.NOT_FOUND],
)
def handler(call: Call[None]) -> Raw:
    """Interactive documentation: read about every endpoint and try it.

    A page that works without any other host. Its assets stand below it, at `/api/v1/docs/{asset}`.
    """
    return documentation_page(call.request, Path(__file__).with_name("read_docs"))
