"""A tenant of its own with an administrator, and a super admin of the operator."""

from __future__ import annotations

from typing import Any

import pytest

from batua import clock, ids
from batua.identity import sessions, users
from batua.identity.tenant import Tenant, read_tenant, tenant_item
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Put
from local.host import LocalPlatform
from tests.api.auth_fixtures import proof_of
from tests.api.conftest import Client


def signed(person: dict[str, Any]) -> dict[str, str]:
    """The headers of somebody who has just confirmed who they are."""
    return {"Authorization": f"Bearer {person['token']}", "X-Reauthentication": person["proof"]}


@pytest.fixture
def tenant(platform: LocalPlatform) -> Tenant:
    """A merchant with coins of its own that nobody else knows, and no networks yet."""
    from dataclasses import replace

    from local.seeds.writing import fixed_id

    key = keys.tenant_key(fixed_id("ten", "Anand Bakery"))
    program = read_tenant(store().read([key])[key] or {}).program
    assert program
    id, now = ids.new_id("ten"), clock.system()
    program = replace(program, id=ids.new_id("prg"), owner=id)
    made = Tenant(id, "merchant", "Jaya Sweets", "active", None, (), "IN", "Asia/Kolkata", now - 1, program=program)
    store().write(Put(keys.tenant_key(id), tenant_item(made)))
    return made


def signed_in(platform: LocalPlatform, tenant: Tenant, role: Any) -> Client:
    now = clock.system()
    user = users.new_user(tenant.id, f"{ids.new_id('p').lower()}@example.com", role, [role], now)
    users.create_user(store(), user)
    session = sessions.begin_session(user, "token", "live", ids.new_id("dev"), now)
    store().write(sessions.session_put(session))
    token = sessions.tokens_of(session, tenant, now).access
    return Client(platform.url, {"Authorization": f"Bearer {token}", "X-Reauthentication": proof_of(token)})


@pytest.fixture
def super_admin(keyed: Any, platform: LocalPlatform, credentials: dict[str, Any]) -> Client:
    return Client(platform.url, signed(credentials["operator"]))
