"""Making, publishing, rotating and withdrawing signing keys.

A rotation has three steps, each taken when its time has come and repeatable without harm (`rotate`, daily):
*publish* the next key's public half; *sign* with it once every function that checks tokens has seen it; *withdraw* a
retired key's public half once nothing that it signed can be good any more. The longest-lived are API keys: at most
`API_KEY_DAYS`, so that is how long public halves stay. Private halves go as soon as they have a successor.
"""

from __future__ import annotations

import json
import secrets as entropy
from typing import Any, Final, Literal

from .. import clock, ids
from ..aws import client
from ..settings import settings
from . import secrets

SIGN_DAYS: Final = 90
"""How long one key signs."""

API_KEY_DAYS: Final = 730
"""The longest life of an API key; who makes one keeps to it."""

SETTLE_MS: Final = 2 * secrets.SECRETS_CACHE_SECONDS * 1000
"""From publishing a key to signing with it: twice as long as functions keep a copy of the published ones."""

RotationStep = Literal["published", "signing", "withdrawn"]


def ensure_keyring() -> None:
    """Gives a new deployment its first signing key, its pepper and its sealing key; changes nothing that is there."""
    verifier = _content(settings().verifier_secret)
    signing = _content(settings().signing_secret)
    if not (verifier.get("keys") and signing.get("keys") and verifier.get("pepper")):
        kid, pem, public = _new_key()
        # Published first: a key that signs before others know it would make tokens that nobody accepts.
        verifier = {
            **verifier,
            "pepper": verifier.get("pepper") or entropy.token_hex(32),
            "keys": [*verifier.get("keys", []), public],
        }
        _write(settings().verifier_secret, verifier)
        signing = {**signing, "active": kid, "since": clock.system(), "keys": {kid: pem}}
        _write(settings().signing_secret, signing)
    if not signing.get("seal"):
        _write(settings().signing_secret, {**signing, "seal": entropy.token_hex(32)})
    secrets.reset_secrets()


def rotate_keyring(now: int, *, at_once: bool = False) -> list[RotationStep]:
    """Takes the steps whose time has come and names them. `at_once` begins a rotation before the key is old."""
    verifier = _content(settings().verifier_secret)
    signing = _content(settings().signing_secret)
    steps: list[RotationStep] = []
    coming = signing.get("next")
    if coming and now - coming["published"] >= SETTLE_MS:
        retired = signing["active"]
        signing = {**signing, "active": coming["kid"], "since": now, "next": None}
        signing["keys"] = {coming["kid"]: signing["keys"][coming["kid"]]}
        verifier["keys"] = [{**key, "retired": now} if key["kid"] == retired else key for key in verifier["keys"]]
        _write(settings().signing_secret, signing)
        _write(settings().verifier_secret, verifier)
        steps.append("signing")
    elif not coming and (at_once or now - signing.get("since", 0) >= SIGN_DAYS * clock.DAY_MS):
        kid, pem, public = _new_key()
        verifier["keys"] = [*verifier["keys"], public]
        _write(settings().verifier_secret, verifier)
        signing = {**signing, "next": {"kid": kid, "published": now}, "keys": {**signing["keys"], kid: pem}}
        _write(settings().signing_secret, signing)
        steps.append("published")
    kept = [key for key in verifier["keys"] if now - key.get("retired", now) < API_KEY_DAYS * clock.DAY_MS]
    if len(kept) < len(verifier["keys"]):
        _write(settings().verifier_secret, {**verifier, "keys": kept})
        steps.append("withdrawn")
    secrets.reset_secrets()
    return steps


def revoke_signing_key(kid: str) -> None:
    """Ends all that a key has signed, for a key that got out. Functions follow as they read the published keys anew."""
    verifier = _content(settings().verifier_secret)
    signing = _content(settings().signing_secret)
    if kid == signing["active"]:
        raise ValueError("the active key: rotate first")
    _write(settings().verifier_secret, {**verifier, "keys": [key for key in verifier["keys"] if key["kid"] != kid]})
    secrets.reset_secrets()


def published_keys() -> list[dict[str, str]]:
    """The public keys as a JWKS has them (RFC 7517)."""
    return [
        {name: value for name, value in key.items() if name != "retired"}
        for key in secrets.verifier_secrets().get("keys", [])
    ]


def _new_key() -> tuple[str, str, dict[str, str]]:
    # Most functions that come here only publish keys.
    import jwt
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    kid = ids.new_id("sig")
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = jwt.algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return kid, pem, {**public, "kid": kid, "use": "sig", "alg": "ES256"}


def _content(name: str) -> dict[str, Any]:
    text = client("secretsmanager").get_secret_value(SecretId=name).get("SecretString") or "{}"
    content: dict[str, Any] = json.loads(text) if text.startswith("{") else {}
    return content


def _write(name: str, content: dict[str, Any]) -> None:
    client("secretsmanager").put_secret_value(SecretId=name, SecretString=json.dumps(content))
