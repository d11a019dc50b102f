"""Signed tokens: ES256, with a key id; nothing else is accepted.

What signatures need takes a tenth of a second to import: it is imported by `prepare`, while a function starts that
serves signed callers, and in others by the first token, if there ever is one.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any, Final

from . import secrets

ALGORITHM: Final = "ES256"
ISSUER: Final = "batua"
_REMEMBERED: Final = 256
"""Tokens whose signature an execution environment need not verify again."""

Jwk = tuple[tuple[str, str], ...]
"""A public signing key, as it is published: the members of its JWK in order."""


class TokenRefused(Exception):
    """The token is not one of ours, or no longer good. Why is for the log, never for the caller."""


def preload_crypto() -> None:
    """Imports what signatures need, while the function starts and has a whole CPU."""
    import jwt  # noqa: F401


def sign_token(claims: dict[str, Any], *, seconds: int | None = None) -> str:
    """A token with these claims, good for so many seconds, or (API keys) until its record says otherwise."""
    import jwt

    ring = secrets.signing_secrets()
    now = int(time.time())
    content = {"iss": ISSUER, "iat": now, **claims}
    if seconds is not None:
        content["exp"] = now + seconds
    return jwt.encode(content, ring["keys"][ring["active"]], algorithm=ALGORITHM, headers={"kid": ring["active"]})


def verify_token(token: str) -> dict[str, Any]:
    """The claims of a token that we signed. Raises TokenRefused."""
    import jwt

    try:
        claims = dict(_signed_claims(token, _public_key(_key_id(token))))
    except (jwt.PyJWTError, ValueError) as refusal:
        raise TokenRefused(str(refusal)) from refusal
    if "exp" in claims and int(claims["exp"]) <= time.time():
        raise TokenRefused("the token has expired")
    return claims


@lru_cache(maxsize=_REMEMBERED)
def _key_id(token: str) -> str:
    import jwt

    return str(jwt.get_unverified_header(token).get("kid"))


@lru_cache(maxsize=_REMEMBERED)
def _signed_claims(token: str, jwk: Jwk) -> dict[str, Any]:
    """What a token says whose signature by this key holds. Refusals are not remembered.

    The same credential comes with every request of a till, and its signature never changes; what may change since (the
    key is withdrawn, the token expires, its record is revoked) is looked at every time.
    """
    import jwt

    claims: dict[str, Any] = jwt.decode(
        token,
        _parsed(jwk),
        algorithms=[ALGORITHM],
        issuer=ISSUER,
        options={"require": ["iss", "iat", "sub", "typ"], "verify_aud": False},
    )
    return claims


def _public_key(kid: str) -> Jwk:
    jwk = _published(kid, newer_than=None) or _published(kid, newer_than=time.monotonic() - secrets.REFETCH_SECONDS)
    if jwk is None:
        raise TokenRefused("unknown signing key")
    return tuple(sorted(jwk.items()))


def _published(kid: str, newer_than: float | None) -> dict[str, str] | None:
    keys: list[dict[str, str]] = secrets.verifier_secrets(newer_than=newer_than).get("keys", [])
    return next((jwk for jwk in keys if jwk["kid"] == kid), None)


@lru_cache(maxsize=8)
def _parsed(jwk: Jwk) -> Any:
    import jwt

    return jwt.PyJWK(dict(jwk), algorithm=ALGORITHM).key
