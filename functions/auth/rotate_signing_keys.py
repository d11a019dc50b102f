"""Takes the step of the signing keys' rotation that is due, if one is; runs daily."""

from typing import Any

from batua import clock
from batua.identity import keyring


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {"steps": list(keyring.rotate_keyring(clock.system()))}
