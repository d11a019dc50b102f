"""The tree of tenants over HTTP, as the operator's people walk it.

list_tenants, change_tenant_status, create_tenant, move_tenant, invite_tenant_admin.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.identity.tenant import Tenant, program_item
from batua.ledger.model import Program
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Delete, Update
from batua.tenants import tree
from batua.tenants.tree import NewTenant
from local.host import LocalPlatform
from local.seeds.writing import fixed_id
from tests.api.conftest import Client
from tests.api.gateway_parties import Party
from tests.api.signed_in import fund
from tests.api.tenant_fixtures import signed_in, super_admin  # noqa: F401 - fixtures

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
        "reason": ["is required to suspend a tenant"]
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


OPERATOR = fixed_id("ten", "Batua")


def a_slug() -> str:
    return ids.new_id("slug").lower().replace("_", "-")


def test_a_tenant_is_created_and_its_first_administrator_invites_the_rest(
    super_admin: Client,  # noqa: F811
    platform: LocalPlatform,
) -> None:
    body = {"kind": "merchant", "name": "Godavari Sweets", "slug": a_slug(), "products": ["coins", "support"]}
    made = super_admin.post(TREE, body)
    assert made.status_code == 201, made.text
    node = made.json()["data"]
    assert (node["parent_id"], node["products"], node["program_name"]) == (OPERATOR, ["coins", "support"], None)
    email = f"{ids.new_id('p').lower()}@example.com"
    administrators = f"{TREE}/{node['id']}/administrators"
    person = {"email": email, "name": "Latha Reddy"}
    invited = super_admin.post(administrators, person)
    assert (invited.status_code, invited.json()["data"]["roles"]) == (201, ["tenant_admin"])
    assert super_admin.post(administrators, person).status_code == 201  # a new link, as the first one got lost
    platform.embedded_aws.drain()
    mails = Client(platform.url).get(f"/local/outbox?to={email}").json()["messages"]
    assert any("/accept-invitation" in mail["body"] for mail in mails)
    tenant = tree.load_tenant(store(), node["id"])
    admin = signed_in(platform, tenant, "tenant_admin")
    assert super_admin.post(administrators, person).json()["code"] == "tenant_has_admin"
    program = {"name": "Sweet Coins", "kind": "closed", "earn_percent": 5}
    assert admin.post("/api/v1/rewards/programs", program).status_code == 201


def test_a_tenant_is_created_once_with_an_idempotency_key(super_admin: Client) -> None:  # noqa: F811
    body = {"kind": "parent", "name": "Godavari Group", "slug": a_slug(), "idempotency_key": ids.new_id("key")}
    first, again = super_admin.post(TREE, body), super_admin.post(TREE, body)
    assert first.json()["data"]["id"] == again.json()["data"]["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = super_admin.post(TREE, {**body, "name": "Another Group"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    taken = super_admin.post(TREE, {**body, "idempotency_key": ids.new_id("key")})
    assert (taken.status_code, taken.json()["code"]) == (409, "slug_taken")


def test_a_tenant_that_cannot_be_is_refused_by_the_field(super_admin: Client, family: tuple[Tenant, Tenant]) -> None:  # noqa: F811
    body = {"kind": "merchant", "name": "Godavari Sweets", "slug": a_slug()}
    for wrong, field in [
        ({"slug": "No Slug"}, "slug"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"parent_id": "operator"}, "parent_id"),
        ({"kind": "operator"}, "kind"),
        ({"products": ["money"]}, "products.0"),
        ({"requests_per_minute": 0}, "requests_per_minute"),
    ]:
        answer = super_admin.post(TREE, {**body, **wrong})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field]), answer.text
    assert super_admin.post(TREE, {**body, "parent_id": ids.new_id("ten")}).status_code == 404
    below_a_merchant = super_admin.post(TREE, {**body, "parent_id": family[1].id})
    assert below_a_merchant.json()["code"] == "tenant_misplaced"


def test_products_are_put_in_the_place_of_the_former_ones(
    super_admin: Client,  # noqa: F811
    family: tuple[Tenant, Tenant],
    platform: LocalPlatform,
) -> None:
    child = family[1]
    url = f"{TREE}/{child.id}"
    assert super_admin.call("PATCH", url, json={}).status_code == 400
    changed = super_admin.call("PATCH", url, json={"products": ["coins", "rewards", "coins"]})
    assert changed.json()["data"]["products"] == ["coins", "rewards"]
    context = signed_in(platform, child, "tenant_admin").get("/api/v1/tenant/context").json()["data"]
    assert context["products"] == ["coins", "rewards"]
    without_profile = signed_in(platform, child, "tenant_admin")  # one made before there were profiles
    store().commit([Delete(keys.profile_key(child.id))])
    assert super_admin.call("PATCH", url, json={"products": ["points"]}).json()["data"]["products"] == ["points"]
    assert without_profile.get("/api/v1/tenant/context").json()["data"]["products"] == ["points"]


def test_a_move_keeps_people_and_money_and_makes_no_circle(
    super_admin: Client,  # noqa: F811
    family: tuple[Tenant, Tenant],
    platform: LocalPlatform,
) -> None:
    parent, child = family
    second = tree.create_tenant(store(), NewTenant("parent", "Second", a_slug(), parent.id), clock.system())
    admin = signed_in(platform, child, "tenant_admin")
    asked = {"parent_id": second.id, "reason": "Sold"}
    moved = super_admin.post(f"{TREE}/{child.id}/move", asked)
    assert (moved.status_code, moved.json()["data"]["parent_id"]) == (200, second.id)
    assert super_admin.post(f"{TREE}/{child.id}/move", asked).status_code == 200
    assert [each["id"] for each in all_below(super_admin, second.id)] == [child.id]
    assert admin.get("/api/v1/auth/me").status_code == 200
    circle = super_admin.post(f"{TREE}/{parent.id}/move", asked)
    assert circle.json()["code"] == "tenant_in_cycle"
    below = super_admin.post(f"{TREE}/{second.id}/move", {**asked, "parent_id": child.id})
    assert below.json()["code"] in ("tenant_in_cycle", "tenant_misplaced")
    nowhere = super_admin.post(f"{TREE}/{child.id}/move", {**asked, "parent_id": ids.new_id("ten")})
    assert nowhere.status_code == 404
    operator = super_admin.post(f"{TREE}/{OPERATOR}/move", asked)
    assert operator.json()["code"] in ("tenant_in_cycle", "tenant_misplaced")


def test_a_move_waits_for_what_the_present_parent_may_still_pay_and_moves_no_money(
    super_admin: Client,  # noqa: F811
    family: tuple[Tenant, Tenant],
    platform: LocalPlatform,
) -> None:
    def party(tenant: Tenant) -> Party:
        fund(tenant.id, "live", "500.00")
        headers = signed_in(platform, tenant, "tenant_admin").headers
        token = headers["Authorization"].removeprefix("Bearer ")
        return Party(platform.url, {"tenant_id": tenant.id, "token": token, "proof": headers["X-Reauthentication"]})

    parent, child = map(party, family)
    move = f"{TREE}/{child.id}/move"
    away = {"parent_id": OPERATOR, "reason": "Leaves the group"}
    proof = {"X-Reauthentication": parent.known["proof"]}
    asked = {"amount": 100, "walletCustomerId": "customer-1", "remarks": "Before the move"}
    made = child.post("/balance-request", asked)
    assert made.ok, made.text
    refused = super_admin.post(move, away)
    assert (refused.status_code, refused.json()["code"]) == (409, "balance_requests_open"), refused.text
    assert "parent: 1." in refused.json()["message"]
    assert tree.load_tenant(store(), child.id).parent == parent.id
    assert parent.put(f"/balance-requests/{made.json()['data']['id']}/reject", {"reason": "A test"}, **proof).ok
    assert super_admin.post(move, away).json()["data"]["parent_id"] == OPERATOR
    assert (parent.balance(), parent.held(), child.balance(), child.held()) == (500, 0, 500, 0)
    assert super_admin.post(move, {"parent_id": parent.id, "reason": "Comes back"}).status_code == 200
    assert (parent.balance(), parent.held(), child.balance(), child.held()) == (500, 0, 500, 0)


def test_moves_at_once_leave_one_tree(super_admin: Client, family: tuple[Tenant, Tenant]) -> None:  # noqa: F811
    above = family[0].id
    first, second = (
        tree.create_tenant(store(), NewTenant("parent", name, a_slug(), above), clock.system()).id
        for name in ("First", "Second")
    )

    def move(pair: tuple[str, str]) -> int:
        body = {"parent_id": pair[1], "reason": "Reorganization"}
        return super_admin.post(f"{TREE}/{pair[0]}/move", body).status_code

    with ThreadPoolExecutor(2) as both:
        answers = sorted(both.map(move, [(first, second), (second, first)]))
    assert answers[0] == 200
    assert answers[1] in (409, 503), "a circle"
    places = {each: tree.load_tenant(store(), each) for each in (first, second)}
    top = next(each for each in places.values() if each.parent == above)
    below = next(each for each in places.values() if each.id != top.id)
    assert (below.parent, below.path) == (top.id, (*top.path, top.id))


def test_a_move_that_would_change_the_program_is_refused(
    super_admin: Client,  # noqa: F811
    platform: LocalPlatform,
) -> None:
    group = tree.create_tenant(store(), NewTenant("parent", "Group", a_slug(), OPERATOR), clock.system())
    key = keys.tenant_key(group.id)
    shared = replace(program_of(platform), owner=group.id, kind="network")
    store().write(Update(key, set={"program": program_item(shared)}, add={"version": 1}))
    member = tree.create_tenant(store(), NewTenant("merchant", "Member", a_slug(), group.id), clock.system())
    assert member.program
    refused = super_admin.post(f"{TREE}/{member.id}/move", {"parent_id": OPERATOR, "reason": "Leaves the group"})
    assert (refused.status_code, refused.json()["code"]) == (409, "program_would_change")


def program_of(platform: LocalPlatform) -> Program:
    program = tree.load_tenant(store(), fixed_id("ten", "Anand Bakery")).program
    assert program
    return program


def test_only_super_admins_extend_the_tree(family: tuple[Tenant, Tenant], platform: LocalPlatform) -> None:
    parent, child = family
    admin = signed_in(platform, parent, "tenant_admin")
    assert admin.post(TREE, {"kind": "merchant", "name": "Mine", "slug": a_slug()}).status_code == 403
    assert admin.post(f"{TREE}/{child.id}/move", {"parent_id": OPERATOR, "reason": "Why not"}).status_code == 403
    person = {"email": "someone@example.com", "name": "Some One"}
    assert admin.post(f"{TREE}/{child.id}/administrators", person).status_code == 403


def test_the_operators_own_team_takes_two(super_admin: Client) -> None:  # noqa: F811
    person = {"email": "someone@example.com", "name": "Some One"}
    refused = super_admin.post(f"{TREE}/{OPERATOR}/administrators", person)
    assert (refused.status_code, refused.json()["code"]) == (409, "tenant_misplaced")


def test_limit_and_shards_are_set_as_at_the_terminal(super_admin: Client, family: tuple[Tenant, Tenant]) -> None:  # noqa: F811
    _, child = family
    url = f"{TREE}/{child.id}"
    changed = super_admin.call("PATCH", url, json={"requests_per_minute": 600, "least_shards": 4}).json()["data"]
    assert (changed["requests_per_minute"], changed["shards"], changed["least_shards"]) == (600, 4, 4)
    again = super_admin.call("PATCH", url, json={"least_shards": 2}).json()["data"]
    assert (again["shards"], again["least_shards"]) == (4, 2), "what postings need stays until it is quiet"
    for field, wrong in (("requests_per_minute", 5), ("least_shards", 0), ("least_shards", 10_000)):
        answer = super_admin.call("PATCH", url, json={field: wrong})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    nothing = super_admin.call("PATCH", url, json={}).json()["errors"]
    assert set(nothing) == {"status", "products", "requests_per_minute", "least_shards"}
    assert super_admin.call("PATCH", f"{TREE}/{ids.new_id('ten')}", json={"least_shards": 2}).status_code == 404
    trail = [act["what"] for act in store().query_all("directory", keys.audit_partition("live", child.id))]
    assert trail.count("capacity set") == 2
