"""Tags on customers, and rewards for those who have one.

PUT /api/v1/merchant/customers/{id}/tags
(replace_customer_tags)
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua import clock
from batua.coins import tagging
from batua.customers import model
from batua.customers.tags import load_tags
from batua.store import keys
from batua.store.customer_keys import customer_tags_key
from batua.store.store import store
from batua.store.writes import Put, Update
from local.host import LocalPlatform
from local.seeds.writing import fixed_id
from tests.api.auth_fixtures import Device
from tests.api.conftest import Client
from tests.api.customers import Phone
from tests.api.rewarding import code, coins, customer, redeem, reward
from tests.api.signed_in import SignedIn, SignIn, name, signed_in  # noqa: F401

LOOKUP = "/api/v1/merchant/customers/lookup"


@pytest.fixture
def shop(signed_in: SignIn) -> SignedIn:
    return signed_in("merchant_tenant_admin")


def found(client: Client, phone: str) -> Any:
    return client.get(LOOKUP, params={"phone": phone}).json()["data"]


def tag(client: Client, phone: str, *tags: str) -> Any:
    id = found(client, phone)["customer"]["id"]
    return client.put(f"/api/v1/merchant/customers/{id}/tags", {"tags": list(tags)})


def test_tags_are_put_on_a_customer_shown_and_taken_away(shop: SignedIn, live: Client, phone: str) -> None:
    customer(live, phone)
    assert found(live, phone)["customer"]["tags"] == []
    put = tag(shop, phone, "vip", "staff", "vip")
    assert (put.status_code, put.json()["data"]["tags"]) == (200, ["vip", "staff"])
    assert found(live, phone)["customer"]["tags"] == ["vip", "staff"]
    wallet = found(live, phone)["wallets"][0]["wallet_id"]
    by_wallet = live.get(LOOKUP, params={"wallet_id": wallet}).json()["data"]
    assert by_wallet["customer"]["tags"] == ["vip", "staff"]
    assert tag(live, phone).json()["data"]["tags"] == [], "a key with the scope may as well"
    assert tag(live, phone).json()["data"]["tags"] == []
    assert found(live, phone)["customer"]["tags"] == []
    assert "customer tags replaced" in live.get("/api/v1/merchant/audit?limit=20").text


def test_what_is_no_tag_is_refused_by_name(shop: SignedIn, live: Client, phone: str) -> None:
    customer(live, phone)
    for tags, field in ((["VIP!"], "tags.0"), (["a"] * 21, "tags"), (None, "tags"), ("vip", "tags")):
        id = found(live, phone)["customer"]["id"]
        answer = shop.put(f"/api/v1/merchant/customers/{id}/tags", {"tags": tags})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field]), answer.text
    nobody = shop.put("/api/v1/merchant/customers/cust_01KDC0V6M8W3T4Q9X2Z7N5B1FA/tags", {"tags": ["vip"]})
    assert code(nobody) == (404, "customer_not_found")
    assert code(shop.put("/api/v1/merchant/customers/nobody/tags", {"tags": []})) == (404, "customer_not_found")


def test_another_tenant_and_a_cashier_put_no_tags(shop: SignedIn, signed_in: SignIn, live: Client, phone: str) -> None:
    customer(live, phone)
    id = found(live, phone)["customer"]["id"]
    path = f"/api/v1/merchant/customers/{id}/tags"
    assert code(signed_in("other_tenant_admin").put(path, {"tags": ["vip"]})) == (404, "customer_not_found")
    assert code(signed_in("cashier").put(path, {"tags": ["vip"]}))[0] == 403
    assert found(live, phone)["customer"]["tags"] == []


def test_a_reward_for_a_tag_is_for_those_who_have_one_of_them(
    platform: LocalPlatform, shop: SignedIn, live: Client, phone: str
) -> None:
    id = reward(shop, customer_tags=["vip", "staff"], delivery="instant")
    assert shop.get(f"/api/v1/rewards/{id}").json()["data"]["customer_tags"] == ["vip", "staff"]
    customer(live, phone)
    holder = Phone(Device(platform), phone)
    holder.sign_in()

    def offered() -> Any:
        (one,) = [one for one in holder("ListMyRewards").data if one["id"] == id]
        return one["obstacle"]

    def at_counter() -> bool:
        return id in [one["id"] for one in found(live, phone)["redeemable"]]

    assert (offered(), at_counter()) == ("reward_tag_required", False)
    assert code(redeem(shop, id, phone)) == (409, "reward_tag_required")
    mine = holder("RedeemMyReward", {"expected_points": 10}, proven=True, path={"id": id})
    assert mine.code == "reward_tag_required"
    assert coins(live, phone)[:2] == (100, 0)
    tag(shop, phone, "regular")
    assert (offered(), at_counter()) == ("reward_tag_required", False)
    tag(shop, phone, "regular", "staff")
    assert offered() is None
    assert redeem(shop, id, phone).status_code == 201
    assert holder("ExportMyData", proven=True).data["tags"] == ["regular", "staff"]
    changed = shop.call("PATCH", f"/api/v1/rewards/{id}", json={"customer_tags": None})
    assert changed.json()["data"]["customer_tags"] == []
    assert holder("DeleteMyData", proven=True).status == 200
    customer(live, phone)
    assert found(live, phone)["customer"]["tags"] == []


@pytest.mark.parametrize("fields", [{"customer_tags": ["vip"]}])
def test_the_marketplace_sells_no_card_that_is_for_some(shop: SignedIn, fields: dict[str, Any]) -> None:
    body = {"type": "gift_card", "points": 10, "benefit": {"amount": 10}, "code": {"source": "pool"}}
    sold, kept = (reward(shop, codes=[name("CARD")], **body, **more) for more in ({}, fields))
    assert shop.get(f"/api/v1/marketplace/products/{sold}").status_code == 200
    assert code(shop.get(f"/api/v1/marketplace/products/{kept}")) == (404, "product_not_found")


def test_no_tag_is_put_on_somebody_who_had_their_data_deleted_meanwhile(
    shop: SignedIn, live: Client, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer(live, phone)
    id = found(live, phone)["customer"]["id"]
    scope = keys.scope("live", fixed_id("ten", "Sitara Network"))
    as_read = model.loaded_customer

    def read_before(loaded: Any, scope: str, id: str) -> Any:
        """As it was read a moment before."""
        return replace(there, erased_at=None) if (there := as_read(loaded, scope, id)) else None

    store().write(Update(keys.customer_key(scope, id), set={"erased": clock.system()}))
    monkeypatch.setattr(tagging, "loaded_customer", read_before)
    answer = shop.put(f"/api/v1/merchant/customers/{id}/tags", {"tags": ["vip"]})
    assert code(answer) == (404, "customer_not_found")
    assert load_tags(store(), scope, id, [shop.tenant])[shop.tenant] == frozenset()


def test_tags_go_with_the_coins_of_a_merged_customer(
    shop: SignedIn, signed_in: SignIn, live: Client, phone: str, scope: str
) -> None:
    """Each tenant's own: a merge gives nobody another's tags, and no more of them than a customer may have."""
    owner, other = signed_in("tenant_admin"), f"+9187{phone[-8:]}"
    from_, into = customer(live, phone), customer(live, other)
    old = found(live, from_)["customer"]["id"]
    tag(shop, from_, "vip", "staff")
    tag(shop, into, *(f"old-{number}" for number in range(18)), "vip")
    store().write(Put(customer_tags_key(scope, old, owner.tenant), {"tags": ["press"], "by": "usr_1", "at": 1}))
    body = {"phone": other, "reason": "One person"}
    merged = owner.post(f"/api/v1/merchant/customers/{old}/merge", body)
    assert merged.status_code == 200, merged.text
    assert found(live, into)["customer"]["tags"] == [*(f"old-{number}" for number in range(18)), "vip", "staff"]
    assert found(owner, into)["customer"]["tags"] == ["press"]
