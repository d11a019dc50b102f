"""Signs addresses that anybody may open who was given them: what they name cannot be guessed or changed."""

from __future__ import annotations

import base64
import hmac

from .. import ids
from . import secrets


def link_signature(tenant: str, purpose: str, *parts: str) -> str:
    """The signature of an address of a tenant, for one purpose, over its parts."""
    content = ids.injective(purpose, *parts)
    digest = hmac.digest(secrets.pepper(tenant), content, "sha256")
    return base64.urlsafe_b64encode(digest[:24]).decode()


def is_link_signature(shown: str, tenant: str, purpose: str, *parts: str) -> bool:
    return hmac.compare_digest(link_signature(tenant, purpose, *parts).encode(), shown.encode())
