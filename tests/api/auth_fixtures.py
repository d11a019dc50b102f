"""Calls of the sign-in routes as the gateway would make them, and people to make them for."""

from __future__ import annotations

import itertools
import json
import os
import re
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.host import LocalPlatform
from local.outbox import Outbox
from tests.waiting import until

PASSWORD = "marigold-4-steps"
_numbers = itertools.count()
_addresses = (f"10.{a}.{b}.{c}" for a in range(1, 250) for b in range(1, 250) for c in range(1, 250))


@dataclass
class Answer:
    status: int
    body: dict[str, Any]
    headers: dict[str, str]
    cookies: list[str]

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def code(self) -> str:
        return str(self.body["code"])

    def cookie(self, name: str) -> str:
        """The whole line that sets a cookie."""
        (line,) = [line for line in self.cookies if line.startswith(f"{name}=")]
        return line


@dataclass
class Device:
    """Calls functions from one network address, with the cookies that it has been given."""

    platform: LocalPlatform
    address: str = field(default_factory=lambda: next(_addresses))
    cookies: dict[str, str] = field(default_factory=dict)

    def __call__(
        self,
        function: str,
        body: Any = None,
        *,
        token: str | None = None,
        proven: bool = False,
        headers: dict[str, str] | None = None,
        arrived: int | None = None,
        path: dict[str, str] | None = None,
        query: str = "",
    ) -> Answer:
        sent = {"content-type": "application/json", **(headers or {})}
        if token:
            sent["authorization"] = f"Bearer {token}"
            if proven:
                sent["x-reauthentication"] = proof_of(token)
        event = {
            "version": "2.0",
            "rawQueryString": query,
            "pathParameters": path or {},
            "headers": sent,
            "cookies": [f"{name}={value}" for name, value in self.cookies.items()],
            "requestContext": {
                "http": {"method": self._method(function), "sourceIp": self.address},
                "timeEpoch": arrived if arrived is not None else time.time_ns() // 1_000_000,
            },
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        response = self.platform.runner.invoke(function, event)
        for line in response.get("cookies", []):
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(
            response["statusCode"], json.loads(response["body"]), response["headers"], response.get("cookies", [])
        )

    def _method(self, function: str) -> str:
        source = self.platform.platform.functions[function].events[0]
        return str(source.properties["Method"]).upper()


def lasting(token: str) -> str:
    """The same token, good for a day: on a slow machine a run takes longer than the quarter of an hour of the first."""
    import jwt

    from batua.identity import tokens

    return tokens.sign_token(jwt.decode(token, options={"verify_signature": False}), seconds=86_400)


def proof_of(token: str) -> str:
    """A proof of identity for the session of an access token, as the owner of the password would get one."""
    import jwt

    from batua.identity import step_up

    claims = jwt.decode(token, options={"verify_signature": False})
    return step_up.issue_proof(claims["sub"], claims["sid"], seconds=86_400)


@dataclass
class Person:
    """A user with a password, in a tenant of their own."""

    device: Device
    id: str
    tenant: str
    email: str
    password: str = PASSWORD

    @property
    def mailbox(self) -> Mailbox:
        return Mailbox(self.email)

    def sign_in(self, **more: Any) -> Answer:
        return self.device("ObtainToken", {"username": self.email, "password": self.password, **more})

    def token(self) -> str:
        answer = self.sign_in()
        assert answer.status == 200, answer.body
        return str(answer.data["access_token"])


class Mailbox:
    """What has been sent to one address or number."""

    def __init__(self, to: str) -> None:
        self.to = to
        self._outbox = Outbox()

    def wait(self, subject: str = "", *, channel: str = "email") -> str:
        """The text of the newest message whose subject holds these words."""

        def sent() -> list[str]:
            return [each.body for each in self._outbox.messages(self.to, channel) if subject in each.subject]

        return until(sent, otherwise=f"a message with {subject!r}")[0]

    def wait_for(self, words: str) -> str:
        """The text of a message that says this."""

        def sent() -> list[str]:
            return [each.body for each in self._outbox.messages(self.to, "email") if words in each.body]

        return until(sent, otherwise=f"a message that says {words!r}")[0]

    def subjects(self) -> list[str]:
        return [message.subject for message in self._outbox.messages(self.to, "email")]

    def token(self, subject: str) -> str:
        """What stands behind `#token=` in a mail."""
        return re.findall(r"#token=([\w-]+)", self.wait(subject))[0]


@pytest.fixture
def device(platform: LocalPlatform) -> Device:
    """An address that nobody has called from."""
    return Device(platform)


@pytest.fixture(scope="package")
def person_hash(platform: LocalPlatform) -> str:
    from batua.identity import passwords

    return passwords.hash_password(PASSWORD)


@pytest.fixture
def new_person(platform: LocalPlatform, person_hash: str) -> Any:
    """`new_person(roles=["cashier"])`: someone nobody else knows."""
    from batua import clock, ids
    from batua.identity import users
    from batua.identity.tenant import Tenant, tenant_item
    from batua.store import keys
    from batua.store.store import store
    from batua.store.writes import Put

    def make(*, roles: tuple[Any, ...] = ("merchant_admin",), phone: str | None = None) -> Person:
        now = clock.system()
        tenant = Tenant(ids.new_id("ten"), "merchant", "Lotus Sweets", "active", None, (), "IN", "Asia/Kolkata", now)
        store().write(Put(keys.tenant_key(tenant.id), tenant_item(tenant)))
        email = f"person{os.getpid()}.{next(_numbers)}@example.com"
        user = users.new_user(tenant.id, email, "Asha Rao", roles, now)
        users.create_user(store(), user, person_hash)
        if phone:
            store().write(users.user_change(user, {"phone": phone}))
        return Person(Device(platform), user.id, tenant.id, email)

    return make


@pytest.fixture
def person(new_person: Any) -> Person:
    made: Person = new_person()
    return made
