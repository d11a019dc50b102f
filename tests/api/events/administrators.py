"""An administrator whose acts make events."""

from __future__ import annotations

from batua import clock, ids
from batua.identity import sessions, users
from batua.identity.tenant import read_tenant
from batua.store import keys
from batua.store.store import store
from tests.api.auth_fixtures import proof_of
from tests.api.conftest import Client


def administrator(url: str, tenant_id: str) -> Client:
    """Somebody of a seeded tenant's who has just signed in."""
    key = keys.tenant_key(tenant_id)
    record = store().read([key])[key]
    assert record
    user = users.new_user(
        tenant_id, f"{ids.new_id('usr').lower()}@example.com", "Asha Rao", ["tenant_admin"], clock.system()
    )
    users.create_user(store(), user)
    session = sessions.begin_session(user, "token", "live", ids.new_id("dev"), clock.system())
    store().write(sessions.session_put(session))
    token = sessions.tokens_of(session, read_tenant(record), clock.system()).access
    return Client(url, {"Authorization": f"Bearer {token}", "X-Reauthentication": proof_of(token)})
