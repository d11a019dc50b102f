"""PUT /api/v1/tickets/sla-settings"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.support import sla_settings
from batua.support.sla_settings import ReplaceSlaSettings, SlaSettingsOut, prefetch_sla_settings


@endpoint(
    "PUT",
    "/api/v1/tickets/sla-settings",
    caller=user_caller("platform:admin"),
    request=ReplaceSlaSettings,
    response=SlaSettingsOut,
    errors=(VERSION_CONFLICT,),
    prefetch=prefetch_sla_settings,
)
def handler(call: Call[ReplaceSlaSettings]) -> SlaSettingsOut:
    """Replace the calendars and SLA targets."""
    return sla_settings.replace_sla_settings(call)
