"""Signatures of Standard Webhooks (symmetric, `v1`), and the secrets that they are made with.

What is signed is `<webhook-id>.<webhook-timestamp>.<body>`, by HMAC-SHA256 under the bytes that the secret encodes.
Ours rather than the reference package: it is a few lines, and tests that verify with the package then prove something.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Iterable
from typing import Final

_PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_webhook_secret() -> str:
    """256 bits, written as the standard has it."""
    return _PREFIX + base64.b64encode(os.urandom(_BYTES)).decode()


def signature_headers(event: str, second: int, body: bytes, secrets: Iterable[bytes]) -> dict[str, str]:
    """The headers of an attempt. With several secrets, several signatures: a receiver accepts any that it knows."""
    content = b"%s.%d.%s" % (event.encode(), second, body)
    signatures = [f"v1,{base64.b64encode(hmac.digest(_key(each), content, 'sha256')).decode()}" for each in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Batua-Webhooks/1",
        "webhook-id": event,
        "webhook-timestamp": str(second),
        "webhook-signature": " ".join(signatures),
    }


def _key(secret: bytes) -> bytes:
    return base64.b64decode(secret.decode().removeprefix(_PREFIX))
