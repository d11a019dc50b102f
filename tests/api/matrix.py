"""Who knocks in the matrix: good and bad credentials of tenants made for it; a watch over what a request touches."""

from __future__ import annotations

import base64
import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from batua.openapi.inventory import EndpointSource
from local.host import LocalPlatform
from local.invoke import fill

ADDRESS = "203.0.113.77"
OWN_NOTES = ("AUDIT#", "RATE#", "USED#")
"""Partitions in which a refused request may leave a note: the trail, the rate limit, a key's last use."""

READS = {"BatchGetItem", "GetItem", "GetObject", "GetQueueAttributes", "GetQueueUrl", "Query", "Scan"}
READS |= {"TransactGetItems"}


@dataclass
class Touched:
    """Every call to AWS that a request made, with what it named."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]

    @property
    def written(self) -> list[str]:
        """The partitions that were written; or the operation, where it is no write to a table."""
        found = []
        for operation, params in self.calls:
            if operation in READS:
                continue
            items = (
                [params] if "TransactItems" not in params else [next(iter(w.values())) for w in params["TransactItems"]]
            )
            for item in items:
                key = item.get("Key") or item.get("Item") or {}
                found.append(key["pk"]["S"] if isinstance(key, dict) and "pk" in key else operation)
        return found

    @property
    def text(self) -> str:
        """All that was named, reads included."""
        return json.dumps([params for _, params in self.calls], default=repr)


@contextmanager
def watched() -> Iterator[Touched]:
    """Watches the clients that all functions of this process share, as far as this thread uses them.

    Workflows and the readers of streams go on in threads of their own, at what other requests have left.
    """
    from batua.aws import client

    touched, ours = Touched(), threading.get_ident()

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name != "GetSecretValue" and threading.get_ident() == ours:
            touched.calls.append((model.name, copy.deepcopy(params)))

    services = ["dynamodb", "sqs", "s3"]
    for service in services:
        client(service).meta.events.register(f"provide-client-params.{service}", note, unique_id="matrix")
    try:
        yield touched
    finally:
        for service in services:
            client(service).meta.events.unregister(f"provide-client-params.{service}", unique_id="matrix")


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    touched: Touched

    @property
    def code(self) -> Any:
        return json.loads(self.body).get("code")


@dataclass(frozen=True)
class Badge:
    """What a request shows of its caller."""

    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()

    @staticmethod
    def bearer(token: str, tenant: str | None = None) -> Badge:
        return Badge({"authorization": f"Bearer {token}", **({"x-tenant-id": tenant} if tenant else {})})

    @staticmethod
    def basic(username: str, password: str) -> Badge:
        return Badge({"authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()})


@dataclass
class House:
    """A tenant of the matrix with keys and people."""

    tenant: Any
    secret: str
    users: dict[str, Any]

    def key(self, name: str = "live", **claims: Any) -> Badge:
        from batua.identity import api_keys, tokens

        record = self.tenant.keys[self.key_id(name)]
        token = api_keys.api_key_token(self.tenant, record)
        if claims:
            said = jwt.decode(token, options={"verify_signature": False})
            token = tokens.sign_token({**said, **claims})
        return Badge.bearer(token, self.tenant.id)

    def basic(self, name: str = "basic", secret: str | None = None) -> Badge:
        from batua.identity.credentials import basic_username

        record = self.tenant.keys[self.key_id(name)]
        return Badge.basic(basic_username(record.mode, self.tenant.id, record.id), secret or self.secret)

    def key_id(self, name: str) -> str:
        return next(record.id for record in self.tenant.keys.values() if record.name == name)

    def user(self, role: str, **claims: Any) -> Badge:
        from batua.identity import sessions, step_up, tokens

        session = self.users[role]
        token = sessions.tokens_of(session, self.tenant, session.started_at).access
        if claims:
            said = jwt.decode(token, options={"verify_signature": False})
            token = tokens.sign_token({**said, **claims})
        badge = Badge.bearer(token, self.tenant.id)
        badge.headers["x-reauthentication"] = step_up.issue_proof(session.user, session.id)
        return badge

    def cookie(self, role: str, csrf: str | None = None) -> Badge:
        from batua.identity import sessions
        from batua.identity.credentials import SESSION_COOKIE

        session = self.users[role]
        cookie = sessions.cookie_of(session, self.tenant, session.started_at)
        headers = {"x-tenant-id": self.tenant.id, **({"x-csrftoken": csrf} if csrf else {})}
        return Badge(headers, (f"{SESSION_COOKIE}={cookie}",))


def build(
    name: str, program: Any, scopes: frozenset[str], *, networks: tuple[str, ...] = ("203.0.113.0/24",), **more: Any
) -> House:
    """A tenant with a live, test, revoked, expired and powerless key, each also for Basic; a user for every role."""
    from batua import clock, ids
    from batua.identity import api_keys, sessions, users
    from batua.identity.credentials import hash_secret
    from batua.identity.roles import ROLES
    from batua.identity.tenant import KeyRecord, Tenant, tenant_item
    from batua.store import keys
    from batua.store.store import store
    from batua.store.writes import Put

    now, secret = clock.system(), api_keys.new_basic_secret()
    records: dict[str, KeyRecord] = {}
    for title, kind, mode, given, state in [
        ("live", "jwt", "live", scopes, {}),
        ("test", "jwt", "test", scopes, {}),
        ("powerless", "jwt", "live", frozenset(), {}),
        ("expired", "jwt", "live", scopes, {"expires_at": now - 1}),
        ("revoked", "jwt", "live", scopes, {"status": "revoked"}),
        ("basic", "basic", "live", scopes, {}),
        ("basic test", "basic", "test", scopes, {}),
        ("basic powerless", "basic", "live", frozenset(), {}),
        ("basic expired", "basic", "live", scopes, {"expires_at": now - 1}),
        ("basic revoked", "basic", "live", scopes, {"status": "revoked"}),
    ]:
        hash = hash_secret(secret) if kind == "basic" else None
        made = KeyRecord(ids.new_id("key"), kind, mode, given, title, now, secret_hash=hash, **state)  # type: ignore[arg-type]
        records[made.id] = made
    tenant = Tenant(
        ids.new_id("ten"), "merchant", name, "active", None, (), "IN", "Asia/Kolkata", now - 1,
        program=program, keys=records, networks=networks,
    )  # fmt: skip
    tenant = replace(tenant, **more)
    store().write(Put(keys.tenant_key(tenant.id), tenant_item(tenant)))
    opened = {}
    for role in ROLES:
        user = users.new_user(tenant.id, f"{role}.{tenant.id.lower()}@example.com", role, [role], now)  # type: ignore[list-item]
        users.create_user(store(), user)
        opened[role] = sessions.begin_session(user, "token", "live", ids.new_id("dev"), now)
        store().write(sessions.session_put(opened[role]))
    return House(tenant, secret, opened)


def knock(
    platform: LocalPlatform,
    credentials: dict[str, Any],
    endpoint: EndpointSource,
    badge: Badge,
    *,
    body: str | None = None,
) -> Answer:
    """Sends a route its sample, with another credential than the sample's, and perhaps another body."""
    event = fill(copy.deepcopy(dict(endpoint.event)), credentials)
    if body is not None:
        event["body"] = body
    kept = {"authorization", "x-api-key", "api-key", "x-tenant-id", "x-csrftoken", "x-reauthentication"}
    event["headers"] = {name: value for name, value in event["headers"].items() if name.lower() not in kept}
    event["headers"].update(badge.headers)
    event["cookies"] = list(badge.cookies)
    event["requestContext"]["http"]["sourceIp"] = ADDRESS
    with watched() as touched:
        response = platform.runner.invoke(endpoint.function, event)
    return Answer(response["statusCode"], response["body"], touched)


def forged(token: str) -> dict[str, str]:
    """The same claims, signed by somebody else, or not at all."""
    from batua.identity import secrets

    claims = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    stranger = ec.generate_private_key(ec.SECP256R1())
    pem = stranger.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    jwk = next(key for key in secrets.verifier_secrets()["keys"] if key["kid"] == kid)
    public = jwt.PyJWK(jwk, algorithm="ES256").key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "signed by a stranger": jwt.encode(claims, pem, algorithm="ES256", headers={"kid": kid}),
        "alg none": jwt.encode(claims, None, algorithm="none", headers={"kid": kid}),
        "HS256 with the public key": _hs256(claims, kid, public),
        "HS256 with the public JWK": _hs256(claims, kid, json.dumps(jwk).encode()),
        "an unknown signing key": jwt.encode(claims, pem, algorithm="ES256", headers={"kid": "sig_unknown"}),
        "another last character": token[:-4] + ("AAAA" if not token.endswith("AAAA") else "BBBB"),
        "no token at all": "nonsense",
    }


def _hs256(claims: dict[str, Any], kid: str, secret: bytes) -> str:
    """By hand: the library refuses to sign with a public key, an attacker does not."""
    import hashlib
    import hmac

    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    head = json.dumps({"alg": "HS256", "typ": "JWT", "kid": kid}).encode()
    signed = f"{part(head)}.{part(json.dumps(claims).encode())}"
    return f"{signed}.{part(hmac.digest(secret, signed.encode(), hashlib.sha256))}"
