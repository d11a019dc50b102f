"""GET /api/v1/tickets/sla-settings"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.support import sla_settings
from batua.support.sla_settings import SlaSettingsOut, prefetch_sla_settings


@endpoint(
    "GET",
    "/api/v1/tickets/sla-settings",
    caller=user_caller("platform:review"),
    response=SlaSettingsOut,
    prefetch=prefetch_sla_settings,
)
def handler(call: Call[None]) -> SlaSettingsOut:
    """Read the calendars and SLA targets."""
    return sla_settings.read_sla_settings(call)
