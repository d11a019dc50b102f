from batua.api.endpoint import Call, endpoint
from batua.identity.caller import public_caller
from batua.platform.health import Alive, liveness


@endpoint("GET", "/api/v1/health", caller=public_caller(), response=Alive)
def handler(call: Call[None]) -> Alive:
    """Whether the platform is alive.

    Answers without asking anything else: a load balancer's or a monitor's first question.
    """
    return liveness(call.now)
