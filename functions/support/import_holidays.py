"""POST /api/v1/tickets/sla-settings/holidays"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.support.holidays import HolidaysImported, ImportHolidays, import_holidays
from batua.support.sla_settings import prefetch_sla_settings


@endpoint(
    "POST",
    "/api/v1/tickets/sla-settings/holidays",
    caller=user_caller("platform:admin"),
    request=ImportHolidays,
    response=HolidaysImported,
    errors=(VERSION_CONFLICT,),
    prefetch=prefetch_sla_settings,
)
def handler(call: Call[ImportHolidays]) -> HolidaysImported:
    """Import holidays from an iCalendar file (RFC 5545) into one of the calendars of business hours.

    Days of the current year and the next three are taken. Days that have spans of their own keep them.
    """
    return import_holidays(call)
