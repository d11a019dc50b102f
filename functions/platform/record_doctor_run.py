"""POST /api/v1/landing-content/doctor-runs"""

from batua.api.endpoint import Call, endpoint
from batua.identity.caller import user_caller
from batua.landing import status
from batua.landing.models import DoctorRun, DoctorRunRecorded


@endpoint(
    "POST",
    "/api/v1/landing-content/doctor-runs",
    caller=user_caller("platform:review"),
    request=DoctorRun,
    response=DoctorRunRecorded,
)
def handler(call: Call[DoctorRun]) -> DoctorRunRecorded:
    """Record what `make doctor` found, for the status page."""
    return status.record_doctor_run(call)
