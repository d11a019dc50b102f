"""GET /api/v1/tenant/lookup: the operator's staff are quoted an id, and find whose it is."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from typing import Any

import pytest

from batua import ids
from batua.store import keys
from batua.store.store import store
from local.seeds.writing import fixed_id
from tests.api.conftest import Client
from tests.api.signed_in import SignedIn, SignIn, admin, name, signed_in  # noqa: F401

URL = "/api/v1/tenant/lookup"


@pytest.fixture
def staff(signed_in: SignIn) -> SignedIn:
    return signed_in("staff")


def found(staff: SignedIn, id: str, **query: str) -> list[dict[str, Any]]:
    answer = staff.call("GET", URL, params={"id": id, **query})
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


def only(staff: SignedIn, id: str, **query: str) -> dict[str, Any]:
    (one,) = found(staff, id, **query)
    assert one["id"] == id
    return one


def test_a_movement_of_money_says_whose_it_is(staff: SignedIn, admin: SignedIn) -> None:
    wallet, reference = admin.funded(), name("lookup")
    done = admin.post(f"/api/v1/wallets/{wallet}/debit", {"amount": "12.34", "reference": reference}).json()["data"]
    one = only(staff, done["transaction_id"])
    assert (one["kind"], one["type"], one["amount"], one["asset"]) == ("transaction", "debit", 12.34, "INR")
    assert (one["tenant_id"], one["tenant_name"], one["mode"]) == (admin.tenant, "Sitara Network", "live")
    assert (one["reference"], one["created_at"]) == (reference, done["created_at"])
    assert only(staff, wallet)["kind"] == "wallet"
    assert only(staff, wallet, tenant_id=admin.tenant)["tenant_name"] == "Sitara Network"
    assert found(staff, wallet, tenant_id=fixed_id("ten", "Krishna App")) == [], "nobody else's"


def test_coins_of_a_network_are_the_merchants_in_its_owners_books(staff: SignedIn, live: Client, phone: str) -> None:
    issued = live.post("/api/v1/merchant/coins/issue", {"phone": phone, "coins": 5, "reference": name("sale")})
    data = issued.json()["data"]
    one = only(staff, data["transaction_id"])
    assert (one["type"], one["tenant_name"], one["amount"]) == ("issue", "Kaveri Stores", 5)
    assert one["books_of"] == fixed_id("ten", "Sitara Network") != one["tenant_id"]
    for id, kind in ((data["wallet_id"], "wallet"), (data["customer_id"], "customer")):
        held = only(staff, id)
        assert (held["kind"], held["books_of"]) == (kind, one["books_of"])
        assert phone not in str(held), "who the customer is stays with the tenant"


def test_a_refusal_is_found_under_the_id_of_its_key(staff: SignedIn, admin: SignedIn) -> None:
    key, wallet = name("refused"), admin.funded()
    body = {"amount": "900000000.00", "hold": True, "idempotency_key": key}
    assert admin.post(f"/api/v1/wallets/{wallet}/debit", body).status_code == 409
    id = ids.derived_id("txn", keys.scope("live", admin.tenant), admin.tenant, "wallets.debit", f"key:{key}")
    one = only(staff, id)
    assert (one["type"], one["status"], one["amount"]) == ("hold", "refused", None)


def test_whatever_a_tenant_has_is_found(staff: SignedIn, admin: SignedIn) -> None:
    """One of each kind out of the table: what a prefix stands for, and whose it is."""
    places = {
        "ten": r"TENANT",
        "usr": r"USER#",
        "key": r"KEY#",
        "doc": r"DOCUMENT#",
        "prg": r"PROGRAM#prg",
        "waty": r"PROGRAM#waty",
    }
    seen: set[str] = set()
    for tenant in ("Kaveri Stores", "Sitara Network", "Krishna App"):
        owner = fixed_id("ten", tenant)
        for record in store().query_all("directory", keys.tenant_key(owner).pk):
            id = record["sk"].rpartition("#")[2] if "#" in record["sk"] else owner
            prefix = id.rpartition("_")[0]
            if prefix not in places or not record["sk"].startswith(places[prefix]) or prefix in seen:
                continue
            one = only(staff, id)
            assert (one["tenant_id"], one["mode"] or "live") == (owner, "live") or prefix == "key"
            assert one["name"]
            assert not {"password", "secret", "email"} & set(one)
            seen.add(prefix)
    assert seen == set(places)


def test_requests_tickets_and_rewards_are_found(staff: SignedIn, signed_in: SignIn, admin: SignedIn) -> None:
    made: dict[str, Any] = {}
    ticket = admin.post("/api/v1/tickets", {"subject": "Where is it?", "category": "other", "description": "Lost."})
    made["ticket"] = ticket.json()["data"]["id"]
    merchant = signed_in("merchant_tenant_admin")
    rewards = merchant.get("/api/v1/rewards").json()["data"]
    made["reward"] = rewards[0]["id"]
    made["redemption"] = merchant.get("/api/v1/rewards/redemptions").json()["data"][0]["id"]
    made["invoice"] = admin.get("/api/v1/invoices?limit=1").json()["data"][0]["id"]
    made["prefund_request"] = admin.get("/api/v1/prefund/requests?limit=1").json()["data"][0]["id"]
    for kind, id in made.items():
        one = only(staff, id)
        assert (one["kind"], bool(one["tenant_name"]), bool(one["status"])) == (kind, True, True), kind
    assert only(staff, made["ticket"])["name"] == "Where is it?"


def test_numbers_are_found_that_people_quote(staff: SignedIn, admin: SignedIn) -> None:
    def numbered(number: str, **more: str) -> list[dict[str, Any]]:
        answer = staff.call("GET", URL, params={"number": number, **more})
        assert answer.status_code == 200, answer.text
        data: list[dict[str, Any]] = answer.json()["data"]
        return data

    request = admin.get("/api/v1/prefund/requests?limit=1").json()["data"][0]
    assert [one["id"] for one in numbered(request["utr"].lower())] == [request["id"]]
    assert numbered(request["utr"], tenant_id=fixed_id("ten", "Krishna App")) == [], "nobody else's"
    (tenant,) = numbered("sitara-network")
    assert (tenant["kind"], tenant["id"]) == ("tenant", admin.tenant)
    invoice = next(each for each in admin.get("/api/v1/invoices?limit=50").json()["data"] if each["number"])
    issuer = staff.call("GET", URL, params={"id": invoice["id"]}).json()["data"][0]["books_of"]
    (found_invoice,) = [one for one in numbered(invoice["number"], tenant_id=issuer) if one["mode"] == "live"]
    assert (found_invoice["id"], found_invoice["kind"]) == (invoice["id"], "invoice")
    assert invoice["id"] in [one["id"] for one in numbered(invoice["number"])]
    assert numbered("NO-SUCH-NUMBER-1") == []


def test_what_nothing_has_is_an_empty_list(staff: SignedIn) -> None:
    from batua.tenants import lookup

    for prefix in lookup._SORTS:
        assert found(staff, ids.new_id(prefix)) == [], prefix


def test_a_large_tree_is_looked_through_a_part_at_a_time(
    staff: SignedIn, admin: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from batua.tenants import lookup

    monkeypatch.setattr(lookup, "MOST_TENANTS", 1)
    monkeypatch.setattr(lookup, "TENANTS_AT_ONCE", 2)
    wallet, query, times = admin.funded(), {"id": ""}, 0
    query["id"] = wallet
    while True:
        times += 1
        answer = staff.call("GET", URL, params=query).json()
        if answer["data"] or answer["meta"]["next_cursor"] is None:
            break
        query["cursor"] = answer["meta"]["next_cursor"]
    assert [one["tenant_id"] for one in answer["data"]] == [admin.tenant]
    nobody, looks = {"id": ids.new_id("wal")}, 0
    while True:
        looks += 1
        answer = staff.call("GET", URL, params=nobody).json()
        assert answer["data"] == []
        if answer["meta"]["next_cursor"] is None:
            break
        nobody["cursor"] = answer["meta"]["next_cursor"]
    assert looks > times > 1
    assert staff.call("GET", URL, params={**nobody, "id": ids.new_id("wal")}).status_code == 400, "another id's cursor"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "id"),
        ({"id": "42"}, "id"),
        ({"id": "txn_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "number": "INV-1"}, "id"),
        ({"number": ""}, "number"),
        ({"id": "sec_01KDC0V6M8W3T4Q9X2Z7N5B1FA"}, "id"),
        ({"id": "txn_short"}, "id"),
        ({"id": "txn_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "tenant_id": "Kaveri"}, "tenant_id"),
        ({"id": "txn_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "tenants": "all"}, "tenants"),
    ],
)
def test_what_is_no_id_is_named(staff: SignedIn, query: dict[str, str], field: str) -> None:
    answer = staff.call("GET", URL, params=query)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_it_is_for_the_operators_staff_and_on_its_trail(staff: SignedIn, signed_in: SignIn, admin: SignedIn) -> None:
    id = ids.new_id("txn")
    assert found(staff, id) == []
    assert admin.call("GET", URL, params={"id": id}).status_code == 403
    trail = signed_in("operator").get("/api/v1/merchant/audit?what=id+looked+up&limit=5").json()["data"]
    assert id in [line["reference"] for line in trail]
