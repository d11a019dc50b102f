"""The secret that a connection's sender signs with. To check a signature it is needed itself, so it is stored sealed.

AES-256-GCM under a key of the tenant, derived from the deployment's pepper and bound to the connection: a copy of the
table tells none. The key that seals second factors will not do: it lies beside the private signing keys, which the
functions that face the internet must not be able to read. And deriving the secret instead of storing it would not do
for Shopify, which chooses its own.
"""

from __future__ import annotations

import hmac
import os
import secrets as entropy
from typing import Final

from ..identity import secrets

_NONCE: Final = 12
_PURPOSE: Final = b"connection"


def new_connection_secret() -> str:
    """256 bits that survive forms, shells and spreadsheets."""
    return f"whsec_{entropy.token_hex(32)}"


def seal_connection_secret(tenant: str, connection: str, secret: str) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_key(tenant)).encrypt(nonce, secret.encode(), connection.encode())


def open_connection_secret(tenant: str, connection: str, blob: bytes) -> bytes:
    """What was sealed. Raises cryptography's InvalidTag for another connection's."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    plain: bytes = AESGCM(_key(tenant)).decrypt(blob[:_NONCE], blob[_NONCE:], connection.encode())
    return plain


def _key(tenant: str) -> bytes:
    return hmac.digest(secrets.pepper(tenant), _PURPOSE, "sha256")
