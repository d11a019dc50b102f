from pathlib import Path

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw
from batua.identity.caller import public_caller
from batua.platform.documentation import OPENAPI_MEDIA, openapi_schema


@endpoint(
    "GET",
    "/api/v1/schema",
    caller=public_caller(),
    response=Success(media=[OPENAPI_MEDIA]),
    precondition="If-None-Match",
)
def handler(call: Call[None]) -> Raw:
    """The OpenAPI document of every endpoint.

    OpenAPI 3.1 in JSON, with an `ETag` for conditional requests.
    """
    return openapi_schema(call.request, Path(__file__).with_name("openapi.json"))
