"""GET /api/v1/landing/resources/{id}"""

from pathlib import Path

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw
from batua.errors import NOT_FOUND
from batua.identity.caller import public_caller
from batua.landing import resources


@endpoint(
    "GET",
    "/api/v1/landing/resources/{id}",
    caller=public_caller(),
    response=Success(media=["text/plain", "text/markdown", "text/javascript", "text/x-python", "application/x-php"]),
    errors=[NOT_FOUND],
    precondition="If-None-Match",
    parameters={"id": "The resource, such as `python-client`."},
)
def handler(call: Call[None]) -> Raw:
    """Download a client script, an add-on or a guide."""
    return resources.download_resource(call, Path(__file__).with_name("resources"))
