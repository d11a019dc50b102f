"""POST /api/v1/landing-content/incidents"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Reply
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.landing import incidents
from batua.landing.models import IncidentOut, ReportIncident


@endpoint(
    "POST",
    "/api/v1/landing-content/incidents",
    caller=user_caller("platform:review"),
    request=ReportIncident,
    response=Success(IncidentOut, status=201),
    errors=(VERSION_CONFLICT,),
)
def handler(call: Call[ReportIncident]) -> Reply:
    """Report an incident on the status page, or announce maintenance."""
    return incidents.report_incident(call)
