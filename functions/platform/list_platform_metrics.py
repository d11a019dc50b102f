"""GET /api/v1/landing/metrics"""

from batua.api.endpoint import Call, endpoint
from batua.api.styles import Raw, Reply
from batua.errors import SERVICE_UNAVAILABLE
from batua.identity.caller import public_caller
from batua.landing import metrics
from batua.landing.models import PlatformMetrics


@endpoint(
    "GET",
    "/api/v1/landing/metrics",
    caller=public_caller(),
    response=PlatformMetrics,
    errors=[SERVICE_UNAVAILABLE],
    precondition="If-None-Match",
)
def handler(call: Call[None]) -> Reply | Raw:
    """Read public figures of the platform.

    Counted once a day and rounded down. A sum over fewer than five tenants, or half of which is one tenant's, is
    withheld.
    """
    return metrics.list_platform_metrics(call)
