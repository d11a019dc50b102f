"""Signatures of Cashfree Secure ID's webhooks, and the check that one is about."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any


def webhook_is_signed(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether Cashfree has signed the body: in the header, or, in the older form, over the values of `data`."""
    key = secret.encode()
    shown = headers.get("x-webhook-signature")
    if shown is not None:
        stamp = headers.get("x-webhook-timestamp", "")
        digest = base64.b64encode(hmac.digest(key, stamp.encode() + body, "sha256"))
        return bool(stamp) and hmac.compare_digest(shown.encode(), digest)
    try:
        content = json.loads(body, parse_float=str)
        data, signed = content["data"], content["signature"]
        values = "".join("" if data[name] is None else _signed_text(data[name]) for name in sorted(data))
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    if not isinstance(signed, str):
        return False
    return hmac.compare_digest(signed.encode(), base64.b64encode(hmac.digest(key, values.encode(), "sha256")))


def webhook_subject(body: bytes) -> str | None:
    """The check that a webhook is about; None where it names none."""
    try:
        data = json.loads(body)["data"]
        found = data.get("user_id") or data.get("verification_id")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def _signed_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
