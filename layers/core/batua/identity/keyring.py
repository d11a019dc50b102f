"""Making and publishing signing keys. Run once by `bootstrap`, and at each rotation."""

from __future__ import annotations

import json
import secrets as entropy
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .. import ids
from ..aws import client
from ..settings import settings
from . import secrets


def ensure() -> None:
    """Gives a new deployment its first signing key and its pepper; changes nothing where they are there."""
    verifier = _content(settings().verifier_secret)
    signing = _content(settings().signing_secret)
    if verifier.get("keys") and signing.get("keys") and verifier.get("pepper"):
        return
    kid = ids.new("sig")
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = {**jwt.algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True), "kid": kid, "use": "sig"}
    # Published first: a key that signs before others know it would make tokens that nobody accepts.
    pepper = verifier.get("pepper") or entropy.token_hex(32)
    _write(settings().verifier_secret, {"pepper": pepper, "keys": [*verifier.get("keys", []), public]})
    _write(settings().signing_secret, {"active": kid, "keys": {**signing.get("keys", {}), kid: pem}})
    secrets.forget()


def _content(name: str) -> dict[str, Any]:
    text = client("secretsmanager").get_secret_value(SecretId=name).get("SecretString") or "{}"
    content: dict[str, Any] = json.loads(text) if text.startswith("{") else {}
    return content


def _write(name: str, content: dict[str, Any]) -> None:
    client("secretsmanager").put_secret_value(SecretId=name, SecretString=json.dumps(content))
