"""The tree of tenants over HTTP, as the operator's people walk it.

list_tenants, change_tenant_status.
"""

from __future__ import annotations

from typing import Any

import pytest

from batua import clock, ids
from batua.identity.tenant import Tenant
from batua.store.store import store
from batua.tenants import tree
from batua.tenants.tree import NewTenant
from local.host import LocalPlatform
from local.seeds.writing import fixed_id
from tests.api.conftest import Client
from tests.api.test_tenant_keys import signed_in, super_admin  # noqa: F401 - fixtures

TREE = "/api/v1/tenant/tree"


@pytest.fixture
def family(platform: LocalPlatform) -> tuple[Tenant, Tenant]:
    """A parent below the operator, and a merchant below that, which nobody else knows."""

    def make(kind: Any, above: str) -> Tenant:
        slug = ids.new_id("slug").lower().replace("_", "-")
        return tree.create_tenant(store(), NewTenant(kind, f"Tree {kind}", slug, above), clock.system())

    parent = make("parent", fixed_id("ten", "Batua"))
    return parent, make("merchant", parent.id)


def all_below(client: Client, parent: str | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    following = None
    while True:
        query = {"limit": "5", **({"parent": parent} if parent else {}), **({"cursor": following} if following else {})}
        answer = client.get(TREE, params=query).json()
        found += answer["data"]
        following = answer["meta"]["next_cursor"]
        if following is None:
            return found


def test_the_tree_is_walked_from_the_operator_down(super_admin: Client, family: tuple[Tenant, Tenant]) -> None:  # noqa: F811
    parent, child = family
    top = all_below(super_admin)
    assert len({each["id"] for each in top}) == len(top) > 5
    node = next(each for each in top if each["id"] == parent.id)
    assert (node["kind"], node["name"], node["status"]) == ("parent", "Tree parent", "active")
    assert "gateway" in node["products"]
    assert [each["id"] for each in all_below(super_admin, parent.id)] == [child.id]
    assert all_below(super_admin, child.id) == []


def test_a_suspension_stops_all_below_and_is_ended(
    super_admin: Client,  # noqa: F811
    family: tuple[Tenant, Tenant],
    platform: LocalPlatform,
) -> None:
    parent, child = family
    admin = signed_in(platform, child, "tenant_admin")
    assert admin.get("/api/v1/auth/me").status_code == 200
    url = f"{TREE}/{parent.id}"
    assert super_admin.call("PATCH", url, json={"status": "suspended"}).json()["errors"] == {
        "reason": ["is needed to suspend a tenant"]
    }
    stopped = super_admin.call("PATCH", url, json={"status": "suspended", "reason": "Fraud case 17"})
    assert stopped.json()["data"]["status"] == "suspended"
    assert all_below(super_admin, parent.id)[0]["stopped_by"] == parent.id
    assert admin.get("/api/v1/auth/me").status_code in (401, 403)
    assert super_admin.call("PATCH", url, json={"status": "active"}).json()["data"]["status"] == "active"
    assert admin.get("/api/v1/auth/me").status_code == 200


def test_a_proposal_of_networks_is_shown_with_its_version(
    super_admin: Client,  # noqa: F811
    family: tuple[Tenant, Tenant],
    platform: LocalPlatform,
) -> None:
    parent, child = family
    admin = signed_in(platform, child, "tenant_admin")
    admin.put("/api/v1/tenant/network-allowlist", {"networks": ["203.0.113.0/24"], "note": "Our office"})
    proposed = all_below(super_admin, parent.id)[0]["proposed_networks"]
    assert (proposed["networks"], proposed["note"], proposed["version"]) == (["203.0.113.0/24"], "Our office", 1)


def test_bad_ids_the_operator_itself_and_other_people_are_refused(
    super_admin: Client,  # noqa: F811
    family: tuple[Tenant, Tenant],
    platform: LocalPlatform,
) -> None:
    parent, child = family
    assert super_admin.get(TREE, params={"parent": "nobody"}).status_code == 400
    assert super_admin.get(TREE, params={"parent": ids.new_id("ten")}).status_code == 404
    body = {"status": "suspended", "reason": "A test"}
    assert super_admin.call("PATCH", f"{TREE}/{fixed_id('ten', 'Batua')}", json=body).status_code == 409
    assert super_admin.call("PATCH", f"{TREE}/{ids.new_id('ten')}", json=body).status_code == 404
    admin = signed_in(platform, parent, "tenant_admin")
    assert admin.get(TREE).status_code == 403
    assert admin.call("PATCH", f"{TREE}/{child.id}", json=body).status_code == 403
