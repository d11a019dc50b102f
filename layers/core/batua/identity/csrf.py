"""CSRF tokens for requests that browsers sign by themselves, with a cookie.

A token is a nonce and its keyed digest under what it is bound to: the session; before there is one, a random cookie
that the sign-in page has been given. Another site can neither read a token nor make one.
"""

from __future__ import annotations

import hmac
import secrets as entropy
from typing import Final

from .. import ids
from . import secrets

COOKIE: Final = "__Host-batua_csrf"


BINDING_SECONDS: Final = 3600


def new_binding() -> str:
    return entropy.token_urlsafe(24)


def csrf_token(binding: str) -> str:
    nonce = entropy.token_hex(16)
    return f"{nonce}.{_digest(binding, nonce)}"


def csrf_matches(shown: str | None, binding: str) -> bool:
    nonce, _, digest = (shown or "").partition(".")
    return bool(binding) and hmac.compare_digest(digest.encode(), _digest(binding, nonce).encode())


def _digest(binding: str, nonce: str) -> str:
    return hmac.digest(secrets.pepper("csrf"), ids.injective(binding, nonce), "sha256").hex()
