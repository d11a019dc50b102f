"""API keys: a signed token that names a record, and the record that says what it may do."""

from __future__ import annotations

import secrets

from . import tokens
from .credentials import basic_username, hash_secret
from .tenant import KeyRecord, Tenant


def api_key_token(tenant: Tenant, key: KeyRecord) -> str:
    """The key itself, a JWT. It is good as long as its record is: revocation needs no list of tokens."""
    program = tenant.program
    return tokens.sign_token(
        {
            "typ": "key",
            "sub": key.id,
            "tid": tenant.id,
            "own": program.owner if program else tenant.id,
            "prg": program.id if program else None,
            "rgn": tenant.region,
            "mod": key.mode,
        }
    )


def new_basic_secret() -> str:
    """The secret of a Basic key: 256 bits, so that its hash needs no salt."""
    return secrets.token_urlsafe(32)


def basic_pair(tenant: Tenant, key: KeyRecord, secret: str) -> tuple[str, str]:
    """User name and password of a Basic key, whose record holds only the hash."""
    if key.secret_hash != hash_secret(secret):
        raise ValueError("the secret is not this key's")
    return basic_username(key.mode, tenant.id, key.id), secret
