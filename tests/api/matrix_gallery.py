"""Every route, and callers of every kind."""

from __future__ import annotations

from typing import Any

import pytest

from batua.openapi.inventory import EndpointSource, endpoint_inventory
from local.host import ROOT, LocalPlatform
from tests.api.matrix import House, build

ALL = [endpoint for endpoint in endpoint_inventory(ROOT) if endpoint.event]
GUARDED = [endpoint for endpoint in ALL if endpoint.declaration.caller.kind in ("key", "user", "basic", "tenant")]
CUSTOMERS = [endpoint for endpoint in ALL if endpoint.declaration.caller.kind == "customer"]
BY_TOKEN = [endpoint for endpoint in GUARDED if endpoint.declaration.caller.kind != "basic"]


def routes(chosen: list[EndpointSource]) -> Any:
    return pytest.mark.parametrize("endpoint", chosen, ids=lambda endpoint: endpoint.declaration.route)


@pytest.fixture(scope="module")
def gallery(platform: LocalPlatform, credentials: dict[str, Any]) -> dict[str, House]:
    from batua.identity.roles import KEY_SCOPES
    from batua.identity.tenant import read_tenant
    from batua.store import keys
    from batua.store.store import store
    from local.seeds.writing import fixed_id

    def program_of(name: str) -> Any:
        key = keys.tenant_key(fixed_id("ten", name))
        return read_tenant(store().read([key])[key] or {}).program

    sitara, himal = program_of("Sitara Network"), program_of("Himal Network")
    ancestor = fixed_id("ten", "Batua")
    return {
        "own": build("Matrix Stores", sitara, KEY_SCOPES),
        "other": build("Foreign Stores", himal, KEY_SCOPES),
        "suspended": build("Stopped Stores", sitara, KEY_SCOPES, status="suspended"),
        "below": build("Stores below a stopped network", sitara, KEY_SCOPES, stopped_by=ancestor),
        "unapproved": build("Stores without networks", sitara, KEY_SCOPES, networks=()),
        "elsewhere": build("Stores in another place", sitara, KEY_SCOPES, networks=("198.51.100.0/24",)),
    }
