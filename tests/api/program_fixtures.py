"""Tenants without a program, their administrators and their tills, for the tests of coin programs."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from batua import clock, ids
from batua.identity import sessions, users
from batua.identity.tenant import Tenant, read_tenant, tenant_item
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Put
from tests.api.auth_fixtures import proof_of
from tests.api.conftest import Client
from tests.api.counter import ISSUE, data

URL = "/api/v1/rewards/programs"
THREE_FIELDS = {"name": "Lotus Petals", "kind": "closed", "earn_percent": 5}
DOUBLE = {"name": "Double day", "type": "multiplier", "multiplier": 2, "ends_at": "2090-01-01"}
_numbers = itertools.count()
SignIn = Callable[..., Client]


def made(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    content: dict[str, Any] = answer.json()["data"]
    return content


def change(client: Client, id: str, body: dict[str, Any], **headers: str) -> Any:
    return client.call("PATCH", f"{URL}/{id}", json=body, headers=headers)


@pytest.fixture
def newcomer(platform: Any) -> Callable[..., str]:
    """`newcomer()`: a tenant without a program that nobody else knows."""

    def make(kind: Any = "merchant", **more: Any) -> str:
        id = ids.new_id("ten")
        tenant = Tenant(
            id, kind, "Lotus Sweets", "active", **{"parent": None, "path": (), **more}, region="IN",
            time_zone="Asia/Kolkata", joined_at=clock.system(), networks=("127.0.0.0/8",),
        )  # fmt: skip
        store().write(Put(keys.tenant_key(id), tenant_item(tenant)))
        return id

    return make


@pytest.fixture
def sign_in(platform: Any) -> SignIn:
    """`sign_in(tenant)`: an administrator of the tenant as it is now, who has just proved who they are."""

    def client(tenant_id: str, role: Any = "tenant_admin", mode: Any = "live") -> Client:
        email = f"programs.{os.getpid()}.{next(_numbers)}@example.com"
        user = users.new_user(tenant_id, email, "Asha Rao", [role], clock.system())
        users.create_user(store(), user)
        session = sessions.begin_session(user, "token", mode, ids.new_id("dev"), clock.system())
        store().write(sessions.session_put(session))
        token = sessions.tokens_of(session, tenant(tenant_id), clock.system()).access
        return Client(platform.url, {"Authorization": f"Bearer {token}", "X-Reauthentication": proof_of(token)})

    return client


@pytest.fixture
def admin(newcomer: Callable[..., str], sign_in: SignIn) -> Client:
    return sign_in(newcomer())


@pytest.fixture
def operator(platform: Any, credentials: dict[str, Any]) -> Client:
    person = credentials["operator"]
    proven = {"Authorization": f"Bearer {person['token']}", "X-Reauthentication": person["proof"]}
    return Client(platform.url, proven)


def tenant(id: str) -> Tenant:
    record = store().read([keys.tenant_key(id)])[keys.tenant_key(id)]
    assert record
    return read_tenant(record)


def till(admin: Client, mode: str = "live") -> Client:
    """A counter with an API key of its own."""
    scopes = ["coins:issue", "coins:redeem", "coins:reverse", "customers:read", "ledger:read"]
    key = admin.post("/api/v1/tenant/self-api-keys", {"name": "Till", "mode": mode, "scopes": scopes})
    assert key.status_code == 201, key.text
    return Client(admin.url, {"Authorization": f"Bearer {key.json()['data']['key']}"})


@dataclass(frozen=True)
class ProgramShop:
    """A merchant with a program of its own: an administrator, a till, and the id of the program."""

    admin: Client
    till: Client
    program: str

    @property
    def url(self) -> str:
        return f"{URL}/{self.program}/campaigns"

    def campaign(self, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        return made(self.admin.post(self.url, {**body, **more}))

    def issue(self, phone: str, bill: int = 1000, **more: Any) -> dict[str, Any]:
        content: dict[str, Any] = data(self.till.post(ISSUE, {"phone": phone, "bill_amount": bill, **more}))
        return content

    def left(self, id: str) -> Any:
        return next(row["budget_left"] for row in data(self.admin.get(self.url)) if row["id"] == id)


def open_program(tenant_id: str, sign_in: SignIn, body: dict[str, Any]) -> ProgramShop:
    """The tenant with this program, and a till in it."""
    program = made(sign_in(tenant_id).post(URL, body))["id"]
    return ProgramShop(sign_in(tenant_id), till(sign_in(tenant_id)), program)


@pytest.fixture
def tenant_id(newcomer: Callable[..., str]) -> str:
    return newcomer()
