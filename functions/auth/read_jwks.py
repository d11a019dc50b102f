"""GET /.well-known/jwks.json"""

import json

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw
from batua.identity import keyring
from batua.identity.caller import public_caller


@endpoint(
    "GET", "/.well-known/jwks.json", caller=public_caller(), response=Success(media=("application/jwk-set+json",))
)
def handler(call: Call[None]) -> Raw:
    """Read the public keys that tokens of this deployment are verified with (RFC 7517)."""
    body = json.dumps({"keys": keyring.published_keys()})
    return Raw(body, "application/jwk-set+json", {"Cache-Control": "public, max-age=300"})
