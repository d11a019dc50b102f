"""Merchants of a test's own: to change their rules, limits and programs without disturbing anyone."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from batua import clock, ids
from batua.identity import api_keys, sessions, users
from batua.identity.credentials import hash_secret
from batua.identity.roles import KEY_SCOPES
from batua.identity.tenant import KeyRecord, Tenant, program_item, tenant_item
from batua.ledger.model import Program
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Put
from local.host import LocalPlatform
from tests.api.auth_fixtures import proof_of
from tests.api.conftest import Client

_numbers = itertools.count()
Open = Callable[..., "Shop"]


@dataclass(frozen=True)
class Shop:
    """A merchant with a closed program of its own; one client for each way in."""

    tenant: Tenant
    live: Client
    test: Client
    admin: Client
    """A signed-in user with the role merchant_admin."""
    application: Client
    application_test: Client

    def user(self, role: Any, mode: Any = "live") -> Client:
        """Somebody who has just signed in."""
        email = f"shop.{role.replace('_', '.')}.{os.getpid()}.{next(_numbers)}@example.com"
        user = users.new_user(self.tenant.id, email, "Asha Rao", [role], clock.system())
        users.create_user(store(), user)
        session = sessions.begin_session(user, "token", mode, ids.new_id("dev"), clock.system())
        store().write(sessions.session_put(session))
        token = sessions.tokens_of(session, self.tenant, clock.system()).access
        return Client(self.live.url, {"Authorization": f"Bearer {token}", "X-Reauthentication": proof_of(token)})


@pytest.fixture(scope="package")
def open_shop(platform: LocalPlatform) -> Open:
    """`open_shop(scale=2, quota=5)`: a new merchant; `more` are fields of its program."""

    def opened(*, quota: int = 60_000, scopes: frozenset[str] = KEY_SCOPES, **more: Any) -> Shop:
        now, secret, id = clock.system(), api_keys.new_basic_secret(), ids.new_id("ten")
        program = Program(ids.new_id("prg"), id, "Lotus Coins", "closed", "Asia/Kolkata", **more)
        records = [
            KeyRecord(ids.new_id("key"), kind, mode, scopes, f"{kind} {mode}", now, secret_hash=hash)
            for kind, hash in (("jwt", None), ("basic", hash_secret(secret)))
            for mode in ("live", "test")
        ]
        tenant = Tenant(
            id=id,
            kind="merchant",
            name="Lotus Sweets",
            status="active",
            parent=None,
            path=(),
            region="IN",
            time_zone="Asia/Kolkata",
            joined_at=now - 200 * clock.DAY_MS,
            program=program,
            keys={each.id: each for each in records},
            networks=("127.0.0.0/8",),
            requests_per_minute=quota,
        )
        store().write(Put(keys.tenant_key(id), tenant_item(tenant)))
        store().write(Put(keys.program_key(id, program.id), program_item(program)))
        live, test = [
            Client(platform.url, {"Authorization": f"Bearer {api_keys.api_key_token(tenant, key)}"})
            for key in records[:2]
        ]
        application, application_test = [
            Client(platform.url, auth=api_keys.basic_pair(tenant, key, secret)) for key in records[2:]
        ]
        shop = Shop(tenant, live, test, live, application, application_test)
        return replace(shop, admin=shop.user("merchant_admin"))

    return opened
