"""GET /api/v1/tenant/origins"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.tenants.origins import AllowedOrigins, read_origins


@endpoint("GET", "/api/v1/tenant/origins", caller=user_caller("tenant:admin"), response=AllowedOrigins)
def handler(call: Call[None]) -> AllowedOrigins:
    """Read the origins of your own sites, whose pages may call the API from a browser."""
    return read_origins(call)
