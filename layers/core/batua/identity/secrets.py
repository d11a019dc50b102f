"""The deployment's secrets, from Secrets Manager, kept for a few minutes.

`VERIFIER_SECRET` is what every function may read: the pepper of derived ids and the public signing keys.
`SIGNING_SECRET` holds the private keys and the sealing key, for the functions that make credentials.
"""

from __future__ import annotations

import hmac
import json
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from ..aws import client
from ..settings import settings

SECRETS_CACHE_SECONDS: Final = 300
"""A rotated key is published this long before anything is signed with it."""

REFETCH_SECONDS: Final = 20
"""An unknown key id is looked up anew at most this often, so that forged ones cost nothing."""


@dataclass(slots=True)
class _Kept:
    content: dict[str, Any]
    at: float


_cache: dict[str, _Kept] = {}


def verifier_secrets(*, newer_than: float | None = None) -> dict[str, Any]:
    """`{"pepper": hex, "keys": [public JWK, ...]}`. `newer_than` asks for a copy that was read after that moment."""
    return _cached_secret(settings().verifier_secret, newer_than)


def signing_secrets() -> dict[str, Any]:
    """`{"active": key id, "keys": {key id: private key as PEM}, "seal": hex}`."""
    return _cached_secret(settings().signing_secret, None)


def sealing_key(purpose: str) -> bytes:
    """The key for what one purpose encrypts or digests. Only functions that may sign can read it."""
    return hmac.digest(bytes.fromhex(signing_secrets()["seal"]), purpose.encode(), "sha256")


def pepper(tenant: str) -> bytes:
    """A tenant's own pepper: the same phone number gives ids without resemblance under two tenants."""
    return _tenant_pepper(verifier_secrets()["pepper"], tenant)


@lru_cache(maxsize=256)
def _tenant_pepper(deployment: str, tenant: str) -> bytes:
    return hmac.digest(bytes.fromhex(deployment), tenant.encode(), "sha256")


def reset_secrets() -> None:
    _cache.clear()


def _cached_secret(name: str, newer_than: float | None) -> dict[str, Any]:
    now = time.monotonic()
    kept = _cache.get(name)
    if kept is None or now - kept.at > SECRETS_CACHE_SECONDS or (newer_than is not None and kept.at < newer_than):
        answer = client("secretsmanager").get_secret_value(SecretId=name)
        kept = _cache[name] = _Kept(json.loads(answer["SecretString"]), now)
    return kept.content
