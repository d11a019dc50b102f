"""Web push: encrypting what a browser's push service carries (RFC 8291), and saying who sends it (RFC 8292). Pure.

PyJWT and cryptography are here already; the usual library for this would bring two HTTP clients along.
"""

from __future__ import annotations

import base64
import os
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MOST_PUSHED: Final = 3_000
"""Bytes of a message; push services take 4096 with what encryption adds."""

VAPID_SECONDS: Final = 12 * 3600
"""How long the signature of a request is good; services take at most a day."""

_RECORD_SIZE: Final = 4_096
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def vapid_key(seed: bytes) -> ec.EllipticCurvePrivateKey:
    """The key that says who sends, out of 32 secret bytes: the same as long as they are."""
    return ec.derive_private_key(int.from_bytes(seed, "big") % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def public_text(key: ec.EllipticCurvePrivateKey) -> str:
    """The public half as browsers take it, `applicationServerKey`."""
    return encode_url(_point(key.public_key()))


def vapid_header(key: ec.EllipticCurvePrivateKey, endpoint: str, contact: str, now: int) -> str:
    """The `Authorization` header for one push service. `contact`: a mailto: or https: address of the sender."""
    import jwt

    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": now // 1000 + VAPID_SECONDS, "sub": contact}
    return f"vapid t={jwt.encode(claims, key, algorithm='ES256')}, k={public_text(key)}"


def encrypt_push(
    content: bytes,
    receiver: bytes,
    shared: bytes,
    *,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The body of a request, `Content-Encoding: aes128gcm`, in one record.

    `receiver` is the browser's public key (65 bytes), `shared` its authentication secret (16 bytes). `sender` and
    `salt` are fresh for every message; given only to compare with the RFC's example.
    """
    sender, salt = sender or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(16)
    ours = _point(sender.public_key())
    agreed = sender.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver))
    secret = _derived(agreed, shared, b"WebPush: info\x00" + receiver + ours, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\x00", 12)
    header = salt + _RECORD_SIZE.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(key).encrypt(nonce, content + b"\x02", None)


def is_public_point(encoded: bytes) -> bool:
    """Whether a browser's public key lies on the curve."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), encoded)
    except ValueError:
        return False
    return len(encoded) == 65


def encode_url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decode_url(text: str) -> bytes:
    """Raises ValueError for what is not base64url."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
