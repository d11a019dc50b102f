"""What a request shows of its caller, checked as far as that goes without a read.

A signature that does not hold ends the request before anything is read. What it says is a *claim* until the record
behind it has been read, together with what the endpoint needs, in one round trip (`caller.admit`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from .. import errors, ids
from ..store import keys
from ..store.keys import Key, Mode
from . import csrf, tokens

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="batua"'}
SESSION_COOKIE: Final = "__Host-batua_session"
"""The prefix makes browsers refuse it without Secure, with a Domain, or below another path."""


CUSTOMER_COOKIE: Final = "__Host-batua_my_"
"""How the names of customers' session cookies begin; the merchant's slug follows."""

Bearer = Literal["key", "user", "customer"]
_SUBJECTS: Final[Mapping[Bearer, str]] = {"key": "key", "user": "usr", "customer": "cust"}


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the caller claims to be. `owner` and `program` name the books that hold its value."""

    kind: Literal["key", "basic", "user", "customer"]
    subject: str
    tenant: str
    mode: Mode
    owner: str
    region: str
    program: str | None = None
    secret_hash: bytes | None = None
    session: str | None = None
    names: str | None = None
    """The tenant that the request itself names, where it has to."""

    @property
    def scope(self) -> str:
        return keys.scope(self.mode, self.owner)

    @property
    def records(self) -> list[Key]:
        """What has to be read before these claims are believed."""
        needed = [keys.tenant_key(self.tenant)]
        if self.kind == "user" and self.session:
            needed += [keys.user_key(self.tenant, self.subject), keys.session_key(self.session)]
        if self.kind == "customer" and self.session:
            needed += [keys.customer_key(self.scope, self.subject), keys.session_key(self.session)]
        return needed


def signed_claims(method: str, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Claims:
    """The claims of a bearer token; without one, those of the cookie session, whose changes need its CSRF token."""
    cookie = cookies.get(SESSION_COOKIE)
    if "authorization" in headers or not cookie:
        return bearer_claims(headers)
    return _cookie_claims(method, headers, cookie, {"session": "user"})


def customer_claims(method: str, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Claims:
    """The claims of a customer's bearer token; without one, those of the cookie of the merchant in `X-Merchant`.

    A browser may be signed in at several merchants. No other site can send the header, so a cookie alone reads nothing.
    """
    cookie = cookies.get(customer_cookie(headers.get("x-merchant", "")))
    if "authorization" in headers or not cookie:
        return bearer_claims(headers, {"customer": "customer"})
    return _cookie_claims(method, headers, cookie, {"customer_session": "customer"})


def customer_cookie(slug: str) -> str:
    """The name of the session cookie of a merchant's customer."""
    return f"{CUSTOMER_COOKIE}{slug.lower()}"


def _cookie_claims(method: str, headers: Mapping[str, str], cookie: str, kinds: Mapping[str, Bearer]) -> Claims:
    """The claims of a session cookie. What is not just read needs the session's CSRF token."""
    claims = _claims(cookie, kinds)
    shown = headers.get("x-csrftoken")
    if method not in ("GET", "HEAD", "OPTIONS") and not csrf.csrf_matches(shown, str(claims.session)):
        raise errors.CSRF_FAILED()
    return claims


def presented_session(cookies: Mapping[str, str]) -> str:
    """The session whose cookie came along, well signed though perhaps over; empty without one."""
    claims = _read_token(cookies.get(SESSION_COOKIE, ""), {"session": "user"})
    return str(claims.session) if claims else ""


def tenant_claims(method: str, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Claims:
    """The claims of a request that names its tenant: of a bearer token, an `X-Api-Key` (`api-key`) or the session."""
    shown = headers.get("x-api-key") or headers.get("api-key")
    if "authorization" not in headers and shown:
        claims = _claims(shown.strip(), {"key": "key"})
    else:
        claims = signed_claims(method, headers, cookies)
    named = headers.get("x-tenant-id")
    if not named:
        raise errors.invalid("X-Tenant-Id", "must be sent")
    return replace(claims, names=named)


def bearer_claims(headers: Mapping[str, str], kinds: Mapping[str, Bearer] | None = None) -> Claims:
    """The claims of `Authorization: Bearer <JWT>`: an API key or a user's access token, if nothing else is said."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise errors.UNAUTHENTICATED(headers=CHALLENGE)
    return _claims(token.strip(), kinds or {"key": "key", "access": "user"})


def _claims(token: str, kinds: Mapping[str, Bearer]) -> Claims:
    claims = _read_token(token, kinds)
    if claims is None:
        raise errors.UNAUTHENTICATED(headers=CHALLENGE)
    return claims


def _read_token(token: str, kinds: Mapping[str, Bearer]) -> Claims | None:
    """What a token of one of these types says. A type of ours that is not among them is worth no more than a fake."""
    try:
        claims: Mapping[str, Any] = tokens.verify_token(token)
    except tokens.TokenRefused:
        return None
    kind = kinds.get(claims["typ"])
    subject, tenant, session = str(claims["sub"]), str(claims.get("tid")), claims.get("sid")
    if kind is None or not ids.is_id(tenant, "ten") or not ids.is_id(subject, _SUBJECTS[kind]):
        return None
    if kind != "key" and not ids.is_id(str(session), "ses"):
        return None
    return Claims(
        kind=kind,
        subject=subject,
        tenant=tenant,
        mode="test" if claims.get("mod") == "test" else "live",
        owner=str(claims.get("own", tenant)),
        region=str(claims.get("rgn", "IN")),
        program=claims.get("prg"),
        session=session if kind != "key" else None,
    )


def basic_claims(headers: Mapping[str, str]) -> Claims:
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
