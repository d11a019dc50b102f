from batua import errors
from batua.api.endpoint import Call, endpoint
from batua.identity.caller import public_caller
from batua.platform.health import Ready, readiness


@endpoint("GET", "/api/v1/health/ready", caller=public_caller(), response=Ready, errors=[errors.SERVICE_UNAVAILABLE])
def handler(call: Call[None]) -> Ready:
    """Whether the platform is ready: its stores answer.

    Reads both tables and the verifier secret. Where one does not answer, the 503 says in `meta` which.
    """
    return readiness(call.store)
