from batua.api.endpoint import Call, endpoint
from batua.identity.caller import public
from batua.platform.health import Alive, alive


@endpoint("GET", "/api/v1/health", caller=public(), response=Alive)
def handler(call: Call[None]) -> Alive:
    """Whether the platform is alive.

    Answers without asking anything else: a load balancer's or a monitor's first question.
    """
    return alive(call.now)
