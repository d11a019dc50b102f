"""GET /api/v1/landing/resources"""

from pathlib import Path

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Raw, Reply
from batua.identity.caller import public_caller
from batua.landing import resources
from batua.landing.models import ResourceOut


@endpoint(
    "GET", "/api/v1/landing/resources", caller=public_caller(), response=list[ResourceOut], precondition="If-None-Match"
)
def handler(call: Call[None]) -> Reply | Raw:
    """List downloads: client scripts, add-ons and guides, with versions and checksums."""
    return resources.list_resources(call, Path(__file__).with_name("resources"))
