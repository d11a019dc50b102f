"""Signatures of Standard Webhooks (symmetric, `v1`), and the secrets that they are made with.

What is signed is `<webhook-id>.<webhook-timestamp>.<body>`, by HMAC-SHA256 under the bytes that the secret encodes.
Ours rather than the reference package: it is a few lines, and tests that verify with the package then prove something.
We sign what we send by it, and check what billing systems send us.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
from collections.abc import Iterable, Mapping
from typing import Final

_PREFIX: Final = "whsec_"
_BYTES: Final = 32
_SECOND: Final = re.compile(r"\d{1,12}", re.ASCII)

MAX_SIGNATURES: Final = 8
"""As many signatures of a request are looked at: a sender that rotates its secret sends two."""

TIMESTAMP_TOLERANCE_MS: Final = 300_000
"""How far from our clock a timestamp may be: what was overheard can't be sent again later."""

SIGNATURE_WRONG: Final = "The signature does not fit. Sign the body byte for byte as it is sent, with this secret."
"""Of deliveries from others. It tells nobody who does not know the secret anything about it."""


def new_webhook_secret() -> str:
    """256 bits, written as the standard has it."""
    return _PREFIX + base64.b64encode(os.urandom(_BYTES)).decode()


def signature_headers(event: str, second: int, body: bytes, secrets: Iterable[bytes]) -> dict[str, str]:
    """The headers of an attempt. With several secrets, several signatures: a receiver accepts any that it knows."""
    content = b"%s.%d.%s" % (event.encode(), second, body)
    signatures = [
        f"v1,{base64.b64encode(hmac.digest(_signing_key(each), content, 'sha256')).decode()}" for each in secrets
    ]
    return {
        "content-type": "application/json",
        "user-agent": "Batua-Webhooks/1",
        "webhook-id": event,
        "webhook-timestamp": str(second),
        "webhook-signature": " ".join(signatures),
    }


def signature_fits(headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
    """Whether one of the signatures in the headers is of this id, timestamp and body, under this secret.

    A secret that is no base64 signs with its bytes as they are. The age of the timestamp is not looked at.
    """
    id, second = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not _SECOND.fullmatch(second):
        return False
    content = b"%s.%s.%s" % (id.encode(), second.encode(), body)
    shown = [each.encode() for each in headers.get("webhook-signature", "").split()[:MAX_SIGNATURES]]
    made = [b"v1," + base64.b64encode(hmac.digest(key, content, "sha256")) for key in _possible_keys(secret)]
    # Every pair is compared, so that the time taken does not tell which one fits.
    return sum(hmac.compare_digest(one, other) for one in shown for other in made) > 0


def signed_at(headers: Mapping[str, str]) -> int:
    """The instant (milliseconds) in the headers; 0 where there is none."""
    second = headers.get("webhook-timestamp", "")
    return int(second) * 1000 if _SECOND.fullmatch(second) else 0


def _possible_keys(secret: bytes) -> list[bytes]:
    try:
        return [base64.b64decode(secret.decode().removeprefix(_PREFIX), validate=True), secret]
    except ValueError:
        return [secret]


def _signing_key(secret: bytes) -> bytes:
    return base64.b64decode(secret.decode().removeprefix(_PREFIX))
