"""What one tenant was given is worth nothing in another's hands; what a tenant tells in public is nothing private."""

from __future__ import annotations

from typing import Any

import pytest

from local.host import LocalPlatform
from tests.api.conftest import Client

CONTEXT = "/api/v1/tenant/context"
PUBLIC = "/api/v1/tenant/public-context"


@pytest.fixture
def theirs(keyed: Any) -> Client:
    client: Client = keyed("other_tenant_key")
    return client


def answer_without_ids(answer: Any) -> dict[str, Any]:
    traces = ("request_id", "response_id")
    return {name: value for name, value in answer.json().items() if name not in traces}


def test_ids_of_another_tenant_are_as_unknown_as_invented_ones(live: Client, theirs: Client, phone: str) -> None:
    sold = live.post("/api/v1/merchant/coins/issue", {"phone": phone, "bill_amount": 900}).json()["data"]
    for mine, invented in [
        (sold["transaction_id"], "txn_" + "0" * 26),
        (sold["wallet_id"], "wal_" + "0" * 26),
        (sold["customer_id"], "cust_" + "0" * 26),
    ]:
        if mine.startswith("txn_"):
            answers = [theirs.post(f"/api/v1/merchant/coins/{id}/reverse", {}) for id in (mine, invented)]
        elif mine.startswith("wal_"):
            answers = [theirs.get(f"/api/v1/merchant/customers/balance?wallet_id={id}") for id in (mine, invented)]
        else:
            answers = [theirs.get(f"/api/v1/merchant/customers/{id}/qr") for id in (mine, invented)]
        assert answers[0].status_code == 404, answers[0].text
        assert answer_without_ids(answers[0]) == answer_without_ids(answers[1])
    assert (
        live.get(f"/api/v1/merchant/customers/balance?phone={phone}".replace("+", "%2B")).json()["data"]["balance"] > 0
    )


def test_a_qr_of_another_tenant_is_refused(live: Client, theirs: Client, credentials: dict[str, Any]) -> None:
    qr = credentials["samples"]["qr"]
    assert live.post("/api/v1/merchant/coins/issue/calculate", {"qr": qr, "bill_amount": 500}).status_code == 200
    for path, body in [
        ("/api/v1/merchant/coins/issue", {"qr": qr, "bill_amount": 500}),
        ("/api/v1/merchant/coins/redeem", {"qr": qr, "coins": 1}),
    ]:
        refused = theirs.post(path, body)
        assert refused.status_code in (400, 404), refused.text
        assert answer_without_ids(refused) == answer_without_ids(theirs.post(path, {**body, "qr": qr[:-4] + "AAAA"}))


def test_an_idempotency_key_is_each_tenants_own(live: Client, theirs: Client, phone: str) -> None:
    body = {"phone": phone, "bill_amount": 1000}
    key = {"Idempotency-Key": f"shared-{phone}"}
    mine = live.post("/api/v1/merchant/coins/issue", body, headers=key)
    other = theirs.post("/api/v1/merchant/coins/issue", {**body, "bill_amount": 2000}, headers=key)
    assert other.status_code == 200, other.text
    assert "Idempotency-Replayed" not in other.headers
    for name in ("transaction_id", "customer_id", "wallet_id"):
        assert mine.json()["data"][name] != other.json()["data"][name]
    again = live.post("/api/v1/merchant/coins/issue", body, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["data"] == mine.json()["data"]


def test_a_cursor_of_another_tenant_is_refused(live: Client, theirs: Client) -> None:
    cursor = live.get("/api/v1/merchant/ledger?limit=1").json()["meta"]["next_cursor"]
    assert live.get(f"/api/v1/merchant/ledger?limit=1&cursor={cursor}").status_code == 200
    refused = theirs.get(f"/api/v1/merchant/ledger?limit=1&cursor={cursor}")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_cursor")
    assert answer_without_ids(refused) == answer_without_ids(theirs.get("/api/v1/merchant/ledger?limit=1&cursor=AAAA"))


def test_the_context_is_the_callers_own(platform: LocalPlatform, credentials: dict[str, Any]) -> None:
    def context(who: str) -> dict[str, Any]:
        client = Client(platform.url, {"Authorization": f"Bearer {credentials[who]['token']}"})
        data: dict[str, Any] = client.get(CONTEXT).json()["data"]
        return data

    network, shop = context("tenant_admin"), context("cashier")
    assert (network["kind"], network["slug"], shop["slug"]) == ("parent", "sitara-network", "kaveri-stores")
    assert shop["parent_id"] == network["id"]
    assert shop["program"]["owner_id"] == network["id"]
    assert shop["products"] == ["coins", "prefund", "verification", "support"]
    assert shop["live_keys_allowed"] is True
    assert shop["limits"]["api_keys"] == 20


def test_anyone_sees_of_a_tenant_what_its_sign_in_page_shows(anyone: Client) -> None:
    answer = anyone.get(f"{PUBLIC}?slug=Kaveri-Stores")
    assert answer.json()["data"] == {
        "slug": "kaveri-stores",
        "name": "Kaveri Stores",
        "branding": {
            "display_name": "Kaveri Stores",
            "primary_color": "#0a6847",
            "accent_color": "#0f766e",
            "support_email": None,
            "support_url": None,
            "logo_url": None,
            "logo_expires_at": None,
        },
        "login": {"password": True, "second_factor": "supported", "registration": False},
    }
    unknown = [anyone.get(f"{PUBLIC}?slug={slug}") for slug in ("nobody-here", "a", "%23%23%23", "TENANT%23x")]
    assert {answer.status_code for answer in unknown} == {404}
    assert anyone.get(PUBLIC).status_code == 400


def test_a_suspended_tenant_is_closed_to_all_at_once_and_opens_again(
    platform: LocalPlatform, keyed: Any, anyone: Client, credentials: dict[str, Any]
) -> None:
    from batua import clock
    from batua.store.store import store
    from batua.tenants import tree
    from local.seeds.writing import fixed_id

    network = fixed_id("ten", "Himal Network")
    shop, admin = keyed("other_tenant_key"), credentials["other_tenant_admin"]
    person = Client(platform.url, {"Authorization": f"Bearer {admin['token']}"})

    def opened() -> list[int]:
        sign_in = {"username": admin["username"], "password": admin["password"]}
        return [
            shop.get("/api/v1/merchant/stats").status_code,
            person.get(CONTEXT).status_code,
            anyone.post("/api/v1/auth/token", sign_in).status_code,
            anyone.get(f"{PUBLIC}?slug=himal-outfitters").status_code,
        ]

    assert opened() == [200, 200, 200, 200]
    tree.suspend_tenant(store(), network, clock.system())
    try:
        assert opened() == [401, 401, 401, 404]
    finally:
        tree.resume_tenant(store(), network, clock.system())
    assert opened() == [200, 200, 200, 200]


def test_a_revoked_key_is_refused_on_every_domain_by_the_next_request(
    platform: LocalPlatform, credentials: dict[str, Any]
) -> None:
    """One key with every scope; the next request after its revocation fails wherever it is shown."""
    from batua.identity.roles import KEY_SCOPES
    from batua.identity.tenant import keys_item
    from batua.openapi.inventory import endpoint_inventory
    from batua.store import keys
    from batua.store.store import store
    from batua.store.writes import Update
    from local.host import ROOT
    from tests.api.matrix import build, knock

    house = build("Short-lived Stores", None, KEY_SCOPES)
    by_domain = {
        each.domain: each
        for each in endpoint_inventory(ROOT)
        if each.event and each.declaration.caller.kind in ("key", "basic", "tenant", "user")
    }
    badges = {"basic": house.basic(), "user": house.key(), "key": house.key(), "tenant": house.key()}

    def knocked() -> dict[str, int]:
        return {
            domain: knock(platform, credentials, each, badges[each.declaration.caller.kind]).status
            for domain, each in by_domain.items()
        }

    assert 401 not in knocked().values()
    store().write(Update(keys.tenant_key(house.tenant.id), set={"keys": keys_item({})}))
    assert set(knocked().values()) == {401}
