"""GET /gateway/wallet/api/ping"""

from batua.api.endpoint import Call, endpoint
from batua.api.models import Model
from batua.api.styles import REHOOK
from batua.identity.caller import public_caller


class Pong(Model):
    message: str


@endpoint("GET", "/gateway/wallet/api/ping", caller=public_caller(), response=Pong, style=REHOOK)
def handler(call: Call[None]) -> Pong:
    """Check that the gateway is up. The response is the bare object."""
    return Pong(message="Wallet controller is working!")
