"""Making, publishing, rotating and withdrawing signing keys.

A rotation has three steps, each taken when its time has come and repeatable without harm (`rotate`, daily):
*publish* the next key's public half; *sign* with it once every function that checks tokens has seen it; *withdraw* a
retired key's public half once nothing that it signed can be good any more. The longest-lived are API keys: at most
`API_KEY_DAYS`, so that is how long public halves stay. Private halves go as soon as they have a successor.

Two runs at once must not undo each other's step, or a key would sign that nobody accepts: a secret is only written over
the version that was read.
"""

from __future__ import annotations

import hashlib
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
    verifier, signing = _StoredSecret(settings().verifier_secret), _StoredSecret(settings().signing_secret)
    if not (verifier.content.get("keys") and signing.content.get("keys") and verifier.content.get("pepper")):
        kid, pem, public = _new_key()
        # Published first: a key that signs before others know it would make tokens that nobody accepts.
        pepper = verifier.content.get("pepper") or entropy.token_hex(32)
        verifier.change(pepper=pepper, keys=[*verifier.content.get("keys", []), public])
        signing.change(active=kid, since=clock.system(), keys={kid: pem})
    if not signing.content.get("seal"):
        signing.change(seal=entropy.token_hex(32))
    secrets.reset_secrets()


def rotate_keyring(now: int, *, at_once: bool = False) -> list[RotationStep]:
    """Takes the steps whose time has come and names them. `at_once` begins a rotation before the key is old.

    Raises Secrets Manager's `ResourceExistsException` when another run changed a secret after it was read here: what is
    due then is found by the next run.
    """
    verifier, signing = _StoredSecret(settings().verifier_secret), _StoredSecret(settings().signing_secret)
    steps: list[RotationStep] = []
    coming = signing.content.get("next")
    if coming and now - coming["published"] >= SETTLE_MS:
        retired, kid = signing.content["active"], coming["kid"]
        signing.change(active=kid, since=now, next=None, keys={kid: signing.content["keys"][kid]})
        verifier.change(
            keys=[{**key, "retired": now} if key["kid"] == retired else key for key in verifier.content["keys"]]
        )
        steps.append("signing")
    elif not coming and (at_once or now - signing.content.get("since", 0) >= SIGN_DAYS * clock.DAY_MS):
        kid, pem, public = _new_key()
        verifier.change(keys=[*verifier.content["keys"], public])
        signing.change(next={"kid": kid, "published": now}, keys={**signing.content["keys"], kid: pem})
        steps.append("published")
    keys = verifier.content["keys"]
    kept = [key for key in keys if now - key.get("retired", now) < API_KEY_DAYS * clock.DAY_MS]
    if len(kept) < len(keys):
        verifier.change(keys=kept)
        steps.append("withdrawn")
    secrets.reset_secrets()
    return steps


def key_states() -> list[dict[str, str]]:
    """Every key that is accepted: `signing`, `next` (published, it signs soon), or `retired`."""
    verifier, signing = _StoredSecret(settings().verifier_secret), _StoredSecret(settings().signing_secret)
    active, coming = signing.content.get("active"), (signing.content.get("next") or {}).get("kid")
    states = {active: "signing", coming: "next"}
    return [{"kid": key["kid"], "state": states.get(key["kid"], "retired")} for key in verifier.content.get("keys", [])]


def revoke_signing_key(kid: str) -> None:
    """Ends all that a key has signed, for a key that got out. Functions follow as they read the published keys anew."""
    verifier, signing = _StoredSecret(settings().verifier_secret), _StoredSecret(settings().signing_secret)
    if kid == signing.content["active"]:
        raise ValueError("the active key: rotate first")
    verifier.change(keys=[key for key in verifier.content["keys"] if key["kid"] != kid])
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


class _StoredSecret:
    """A secret as it was read, to be written over that version and no other."""

    def __init__(self, name: str) -> None:
        self.name = name
        found = client("secretsmanager").get_secret_value(SecretId=name)
        text = found.get("SecretString") or "{}"
        self.version: str = found["VersionId"]
        self.content: dict[str, Any] = json.loads(text) if text.startswith("{") else {}

    def change(self, **fields: Any) -> None:
        """Replaces these fields.

        The next version's id follows from this one's, and Secrets Manager refuses a second content under the same id:
        of two that read the same version, one writes. After going back to an earlier version by hand, put its content
        once more, so that it has an id of its own.
        """
        content, version = {**self.content, **fields}, hashlib.sha256(self.version.encode()).hexdigest()
        client("secretsmanager").put_secret_value(
            SecretId=self.name, SecretString=json.dumps(content), ClientRequestToken=version
        )
        self.version, self.content = version, content
