"""Secrets that have to be read again, such as an authenticator's, encrypted before they are stored.

AES-256-GCM under a key of each purpose, bound to the owner.
"""

from __future__ import annotations

import os
from typing import Final

from . import secrets

_NONCE_BYTES: Final = 12


def seal_secret(purpose: str, owner: str, plain: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(secrets.sealing_key(purpose)).encrypt(nonce, plain, owner.encode())


def open_secret(purpose: str, owner: str, blob: bytes) -> bytes:
    """What was sealed. Raises cryptography's InvalidTag for another owner's, or a changed one."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(secrets.sealing_key(purpose)).decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], owner.encode())
