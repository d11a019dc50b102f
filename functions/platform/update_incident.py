"""POST /api/v1/landing-content/incidents/{id}/updates"""

from batua.api.endpoint import Call, endpoint
from batua.errors import VERSION_CONFLICT
from batua.identity.caller import user_caller
from batua.landing import incidents
from batua.landing.incidents import INCIDENT_NOT_FOUND, INCIDENT_RESOLVED, TOO_MANY_UPDATES
from batua.landing.models import IncidentOut, UpdateIncident


@endpoint(
    "POST",
    "/api/v1/landing-content/incidents/{id}/updates",
    caller=user_caller("platform:review"),
    request=UpdateIncident,
    response=IncidentOut,
    errors=(INCIDENT_NOT_FOUND, INCIDENT_RESOLVED, TOO_MANY_UPDATES, VERSION_CONFLICT),
    parameters={"id": "The incident, `inc_…`."},
)
def handler(call: Call[UpdateIncident]) -> IncidentOut:
    """Add an update to an incident, or resolve it."""
    return incidents.update_incident(call)
