"""What a request shows of its caller, checked as far as that goes without a read.

A signature that does not hold ends the request before anything is read. What it says is a *claim* until the record
behind it has been read, together with what the endpoint needs, in one round trip (`caller.admit`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .. import errors, ids
from ..store import keys
from ..store.keys import Key, Mode
from . import tokens

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="batua"'}


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the caller says to be. `owner` and `program` tell whose books its value stands in."""

    kind: Literal["key", "basic", "user"]
    subject: str
    tenant: str
    mode: Mode
    owner: str
    region: str
    program: str | None = None
    secret_hash: bytes | None = None

    @property
    def scope(self) -> str:
        return keys.scope(self.mode, self.owner)

    @property
    def records(self) -> list[Key]:
        """What has to be read before these claims are believed."""
        needed = [keys.tenant(self.tenant)]
        if self.kind == "user":
            needed.append(keys.user(self.tenant, self.subject))
        return needed


def bearer(headers: Mapping[str, str]) -> Claims:
    """The claims of `Authorization: Bearer <JWT>`: an API key or a user's access token."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise errors.UNAUTHENTICATED(headers=CHALLENGE)
    try:
        said = tokens.verify(token.strip())
    except tokens.TokenRefused as refusal:
        raise errors.UNAUTHENTICATED(headers=CHALLENGE) from refusal
    kind = {"key": "key", "access": "user"}.get(said["typ"])
    subject, tenant = str(said["sub"]), str(said.get("tid"))
    if kind is None or not ids.is_id(tenant, "ten") or not ids.is_id(subject, "key", "usr"):
        raise errors.UNAUTHENTICATED(headers=CHALLENGE)
    return Claims(
        kind="key" if kind == "key" else "user",
        subject=subject,
        tenant=tenant,
        mode="test" if said.get("mod") == "test" else "live",
        owner=str(said.get("own", tenant)),
        region=str(said.get("rgn", "IN")),
        program=said.get("prg"),
    )


def basic(headers: Mapping[str, str]) -> Claims:
    """The claims of `Authorization: Basic`: user name `batua_<mode>_<tenant>_<key>`, password the secret."""
    refusal = errors.UNAUTHENTICATED(headers={"WWW-Authenticate": 'Basic realm="batua"'})
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        _, mode, tenant, key = name.split("_")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise refusal from error
    tenant, key = f"ten_{tenant}", f"key_{key}"
    if scheme.lower() != "basic" or mode not in ("live", "test") or not secret:
        raise refusal
    if not ids.is_id(tenant, "ten") or not ids.is_id(key, "key"):
        raise refusal
    return Claims(
        kind="basic",
        subject=key,
        tenant=tenant,
        mode="test" if mode == "test" else "live",
        owner=tenant,
        region="IN",
        secret_hash=hash_secret(secret),
    )


def basic_username(mode: Mode, tenant: str, key: str) -> str:
    return f"batua_{mode}_{tenant.removeprefix('ten_')}_{key.removeprefix('key_')}"


def hash_secret(secret: str) -> bytes:
    """For secrets of high entropy, which need no slow hash: nobody can try them all."""
    return hashlib.sha256(secret.encode()).digest()
