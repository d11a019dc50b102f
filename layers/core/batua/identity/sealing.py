"""Secrets that have to be read again, encrypted before they are stored (AES-256-GCM).

    seal_secret, open_secret                a user's, such as an authenticator's: under a key of their purpose
    seal_tenant_secret, open_tenant_secret  a connection's or a webhook endpoint's: under a key of the tenant

Either is bound to its owner's id, so that a blob copied to another item does not open. The two use different keys
because the platform's sealing key lies beside the private signing keys, which functions that face the internet must
not be able to read. A tenant's secret is stored rather than derived because some senders, such as Shopify, choose it.
"""

from __future__ import annotations

import hmac
import os
import secrets as entropy
from typing import Final

from . import secrets

_NONCE_BYTES: Final = 12
_TENANT_PURPOSE: Final = b"connection"


class SecretUnreadable(Exception):
    """It was sealed with another key or for another owner, or was changed since."""


def seal_secret(purpose: str, owner: str, plain: bytes) -> bytes:
    return _encrypt(secrets.sealing_key(purpose), owner, plain)


def open_secret(purpose: str, owner: str, blob: bytes) -> bytes:
    """What was sealed. Raises SecretUnreadable for another owner's secret, and for a changed one."""
    return _decrypt(secrets.sealing_key(purpose), owner, blob)


def new_sender_secret() -> str:
    """256 bits that survive forms, shells and spreadsheets."""
    return f"whsec_{entropy.token_hex(32)}"


def seal_tenant_secret(tenant: str, owner: str, plain: str) -> bytes:
    """`owner`: the id of the connection or the webhook endpoint."""
    return _encrypt(_tenant_key(tenant), owner, plain.encode())


def open_tenant_secret(tenant: str, owner: str, blob: bytes) -> bytes:
    """What was sealed. Raises SecretUnreadable for another owner's secret, and for a changed one."""
    return _decrypt(_tenant_key(tenant), owner, blob)


def _tenant_key(tenant: str) -> bytes:
    return hmac.digest(secrets.pepper(tenant), _TENANT_PURPOSE, "sha256")


def _encrypt(key: bytes, owner: str, plain: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, owner.encode())


def _decrypt(key: bytes, owner: str, blob: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        plain: bytes = AESGCM(key).decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], owner.encode())
    except (InvalidTag, ValueError) as fault:  # a ValueError where it is shorter than a nonce
        raise SecretUnreadable from fault
    return plain
