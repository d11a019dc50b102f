"""The reward catalogue through the gateway.

GET, POST /api/v1/rewards; GET, PUT, PATCH, DELETE /api/v1/rewards/{id}
(list_rewards, create_reward, read_reward, replace_reward, update_reward, delete_reward)
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from typing import Any

import pytest

from tests.api.signed_in import SignedIn, SignIn, name, signed_in  # noqa: F401

URL = "/api/v1/rewards"


@pytest.fixture(scope="module")
def owner(signed_in: SignIn) -> SignedIn:
    return signed_in("merchant_tenant_admin")


def made(client: SignedIn, **fields: Any) -> dict[str, Any]:
    body = {"title": name("Mug"), "type": "voucher", "points": 10, **fields}
    answer = client.post(URL, body)
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def read(client: SignedIn, id: str) -> dict[str, Any]:
    answer = client.get(f"{URL}/{id}")
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def fields(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.text
    return sorted(answer.json()["errors"])


def test_three_fields_make_a_reward_that_can_be_redeemed(owner: SignedIn) -> None:
    reward = made(owner)
    assert read(owner, reward["id"]) == reward
    assert (reward["status"], reward["redeemable"], reward["left"], reward["version"]) == ("active", True, None, 1)


def test_a_reward_keeps_everything_that_was_said_of_it(owner: SignedIn) -> None:
    said = {
        "description": "Keeps tea hot.",
        "terms": "One per visit.",
        "images": ["https://cdn.kaveri.example/mug.jpg"],
        "categories": ["home", "tea"],
        "featured": True,
        "worth": 399,
        "status": "draft",
        "stock": 7,
        "merchants": [],
        "approval_required": True,
        "delivery": "manual",
        "fulfil_within_days": 5,
    }
    reward = made(owner, **said, type="percentage_off", benefit={"percent": "12.5", "maximum": 100})
    assert {field: reward[field] for field in said} == said
    assert (reward["benefit"]["percent"], reward["benefit"]["maximum"], reward["left"]) == (12.5, 100, 7)


def test_the_same_key_makes_one_reward(owner: SignedIn) -> None:
    key = {"Idempotency-Key": name("reward")}
    body = {"title": "Tea", "type": "voucher", "points": 3, "code": {"source": "pool"}, "codes": ["A-1", "A-2"]}
    first, again = owner.post(URL, body, headers=key), owner.post(URL, body, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.json()["data"]) == (201, first.json()["data"])
    assert first.json()["data"]["left"] == 2
    assert code(owner.post(URL, {**body, "points": 4}, headers=key)) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"points": 0}, "points"),
        ({"points": "1.5"}, "points"),
        ({"title": ""}, "title"),
        ({"type": "car"}, "type"),
        ({"type": "percentage_off"}, "benefit.percent"),
        ({"type": "percentage_off", "benefit": {"percent": 101}}, "benefit.percent"),
        ({"type": "amount_off"}, "benefit.amount"),
        ({"type": "free_product"}, "benefit.product"),
        ({"type": "physical", "delivery": "instant"}, "delivery"),
        ({"code": {"source": "static"}}, "code.value"),
        ({"code": {"source": "pool"}, "stock": 5}, "stock"),
        ({"codes": ["A"]}, "codes"),
        ({"images": ["http://plain.example/a.png"]}, "images.0"),
        ({"active_from": "2026-12-02T00:00:00Z", "active_until": "2026-12-01T00:00:00Z"}, "active_until"),
        ({"visible_from": "soon"}, "visible_from"),
        ({"merchants": ["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]}, "merchants"),
        ({"limits": {"day": 0}}, "limits.day"),
        ({"worth": "1.234"}, "worth"),
    ],
)
def test_a_wrong_field_is_named(owner: SignedIn, wrong: dict[str, Any], field: str) -> None:
    body = {"title": "Mug", "type": "voucher", "points": 10, **wrong}
    assert fields(owner.post(URL, body)) == [field]


def test_codes_are_added_once_and_never_shown(owner: SignedIn) -> None:
    secret = name("SECRET")
    reward = made(owner, code={"source": "pool", "low_at": 1}, codes=[secret, f"{secret}-2", secret])
    assert reward["left"] == 2
    changed = owner.call("PATCH", f"{URL}/{reward['id']}", json={"codes": [secret, f"{secret}-3"]})
    assert changed.json()["data"]["left"] == 3
    listed = owner.get(f"{URL}?limit=5")
    static = made(owner, code={"source": "static", "value": secret})
    for answer in (changed.text, listed.text, str(static), str(read(owner, static["id"]))):
        assert secret not in answer
    body = {"title": "Pool", "type": "voucher", "points": 10, "code": {"source": "pool"}, "codes": [f"{secret}-4"]}
    assert owner.put(f"{URL}/{reward['id']}", body).json()["data"]["left"] == 4
    kept = owner.call("PATCH", f"{URL}/{static['id']}", json={"featured": True})
    assert kept.status_code == 200, kept.text
    assert fields(owner.call("PATCH", f"{URL}/{static['id']}", json={"code": {"source": "pool"}})) == ["code.source"]


def test_more_codes_than_one_transaction_takes_are_all_added(owner: SignedIn) -> None:
    codes = [f"BULK-{number}" for number in range(130)]
    assert made(owner, code={"source": "pool"}, codes=codes)["left"] == 130


def test_a_partial_change_leaves_the_rest_and_a_replacement_does_not(owner: SignedIn) -> None:
    reward = made(owner, description="Hot", stock=5, limits={"day": 1}, benefit={"amount": "20.50"})
    patched = owner.call("PATCH", f"{URL}/{reward['id']}", json={"points": 12, "limits": None}).json()["data"]
    changed = {"points": 12, "limits": {"ever": None, "month": None, "day": None}, "version": 2}
    assert {**reward, **changed, "updated_at": patched["updated_at"]} == patched
    body = {"title": "Cup", "type": "voucher", "points": 9, "version": 2}
    replaced = owner.put(f"{URL}/{reward['id']}", body).json()["data"]
    assert (replaced["title"], replaced["description"], replaced["stock"], replaced["version"]) == (
        "Cup",
        None,
        None,
        3,
    )
    assert code(owner.put(f"{URL}/{reward['id']}", body)) == (409, "version_conflict")
    assert fields(owner.call("PATCH", f"{URL}/{reward['id']}", json={"version": 3})) == ["body"]


def test_stock_changes_by_its_difference_and_never_below_what_is_redeemed(owner: SignedIn) -> None:
    id = made(owner, stock=5)["id"]
    raised = owner.call("PATCH", f"{URL}/{id}", json={"stock": 8}).json()["data"]
    assert (raised["stock"], raised["left"]) == (8, 8)
    emptied = owner.call("PATCH", f"{URL}/{id}", json={"stock": 0}).json()["data"]
    assert (emptied["left"], emptied["redeemable"]) == (0, False)
    body = {"title": "Mug", "type": "voucher", "points": 10, "stock": 0}
    assert owner.put(f"{URL}/{id}", body).json()["data"]["left"] == 0
    assert owner.put(f"{URL}/{id}", {**body, "stock": 2}).json()["data"]["left"] == 2
    endless = owner.call("PATCH", f"{URL}/{id}", json={"stock": None}).json()["data"]
    assert (endless["stock"], endless["left"]) == (None, None)
    assert owner.call("PATCH", f"{URL}/{id}", json={"stock": 3}).json()["data"]["left"] == 3


def test_a_retired_reward_stays_readable_and_unchangeable(owner: SignedIn) -> None:
    id = made(owner)["id"]
    assert owner.call("DELETE", f"{URL}/{id}").json()["data"]["status"] == "retired"
    assert owner.call("DELETE", f"{URL}/{id}").json()["data"]["version"] == 2
    assert read(owner, id)["redeemable"] is False
    assert code(owner.call("PATCH", f"{URL}/{id}", json={"points": 1})) == (409, "reward_retired")


def test_the_list_filters_pages_and_hides_drafts_from_the_counter(owner: SignedIn, signed_in: SignIn) -> None:
    category, cashier = name("cat").lower(), signed_in("cashier")
    draft = made(owner, categories=[category], status="draft", title="Draft")
    dear = made(owner, categories=[category], points=99, title="Dear blanket", featured=True)
    gone = made(owner, categories=[category], stock=0, title="Gone")
    later = made(owner, categories=[category], visible_from="2999-01-01T00:00:00Z", title="Later")

    def listed(client: SignedIn, **query: Any) -> list[str]:
        answer = client.get(URL, params={"category": category, **query})
        assert answer.status_code == 200, answer.text
        return [reward["id"] for reward in answer.json()["data"]]

    assert listed(owner) == [later["id"], gone["id"], dear["id"], draft["id"]]
    assert listed(cashier) == [gone["id"], dear["id"]]
    assert listed(cashier, redeemable="true") == [dear["id"]]
    assert listed(owner, max_points=50, status="active") == [later["id"], gone["id"]]
    assert listed(owner, search="BLANKET") == [dear["id"]]
    assert listed(owner, featured="true", type="voucher") == [dear["id"]]
    assert cashier.get(f"{URL}/{draft['id']}").status_code == 404
    first = owner.get(URL, params={"category": category, "limit": 3}).json()
    rest = owner.get(URL, params={"category": category, "limit": 3, "cursor": first["meta"]["next_cursor"]}).json()
    assert [reward["id"] for reward in first["data"] + rest["data"]] == listed(owner)
    assert rest["meta"]["next_cursor"] is None
    assert code(owner.get(URL, params={"cursor": first["meta"]["next_cursor"]})) == (400, "invalid_cursor")


def test_a_networks_reward_is_offered_by_the_merchants_it_names(signed_in: SignIn, owner: SignedIn) -> None:
    network = signed_in("tenant_admin")
    everywhere, elsewhere = made(network), made(network, merchants=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    assert read(owner, everywhere["id"])["tenant_id"] == network.tenant
    assert code(owner.get(f"{URL}/{elsewhere['id']}")) == (404, "reward_not_found")
    assert code(owner.call("PATCH", f"{URL}/{everywhere['id']}", json={"points": 1})) == (404, "reward_not_found")
    assert everywhere["id"] in [reward["id"] for reward in owner.get(f"{URL}?limit=100").json()["data"]]


def test_another_tenant_finds_nothing_and_other_roles_change_nothing(owner: SignedIn, signed_in: SignIn) -> None:
    id, other = made(owner)["id"], signed_in("other_tenant_admin")
    assert code(other.get(f"{URL}/{id}")) == (404, "reward_not_found")
    assert code(other.call("DELETE", f"{URL}/{id}")) == (404, "reward_not_found")
    assert code(owner.get(f"{URL}/rew_1")) == (404, "reward_not_found")
    for who in ("cashier", "merchant_admin"):
        client = signed_in(who)
        assert code(client.post(URL, {"title": "T", "type": "voucher", "points": 1})) == (403, "forbidden")
        assert code(client.call("PATCH", f"{URL}/{id}", json={"points": 1})) == (403, "forbidden")
        assert read(client, id)["id"] == id
