"""A customer orders gift cards with their own coins, and sees the cards; a session alone is not enough.

GET /api/v1/me/products, /me/products/{id}, /me/orders, /me/orders/{id}; POST /api/v1/me/orders
(list_my_products, read_my_product, list_my_orders, read_my_order, place_my_order)
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from batua.identity.tenant import read_tenant
from batua.marketplace.account import VendorAccount, vendor_account_item
from batua.marketplace.vendor import Denominations, VendorProduct
from batua.marketplace.vendor_products import product_item, vendor_product_id
from batua.store import keys, market_keys
from batua.store.store import store
from batua.store.writes import Delete, Put
from local.host import LocalPlatform
from tests.api.auth_fixtures import Answer, Device
from tests.api.conftest import Client
from tests.api.customers import Phone
from tests.api.rewarding import code, coins, customer, left, reward
from tests.api.signed_in import SignedIn, SignIn, name, signed_in  # noqa: F401
from tests.waiting import until

MARKET = "/api/v1/marketplace"


@pytest.fixture
def shop(signed_in: SignIn) -> SignedIn:
    return signed_in("merchant_tenant_admin")


@pytest.fixture
def holder(platform: LocalPlatform, live: Client, phone: str) -> Phone:
    """Somebody with 100 coins, signed in."""
    made = Phone(Device(platform), customer(live, phone))
    made.sign_in()
    return made


def gift_card(shop: SignedIn, codes: int = 3, **fields: Any) -> tuple[str, list[str]]:
    secrets = [name("CARD") for _ in range(codes)]
    body = {"type": "gift_card", "points": 10, "benefit": {"amount": 10, "provider": "BookBarn"}, **fields}
    return reward(shop, code={"source": "pool"}, codes=secrets, **body), secrets


def order(holder: Phone, product: str, points: int = 10, *, proven: bool = True, **more: Any) -> Answer:
    return holder("PlaceMyOrder", {"product_id": product, "expected_points": points, **more}, proven=proven)


def settled(holder: Phone, id: str, **more: Any) -> Any:
    """The order, once the workflow has brought it to its end."""

    def ended() -> Any:
        found = holder("ReadMyOrder", path={"id": id}, proven=True, **more)
        assert found.status == 200, found.body
        return None if found.data["state"] == "processing" else found.data

    return until(ended, otherwise=f"the order {id} settled")


def quoted(holder: Phone, product: str, query: str = "") -> Any:
    found = holder("ReadMyProduct", path={"id": product}, query=query)
    assert found.status == 200, found.body
    return found.data["quote"]


def test_a_customer_finds_a_card_orders_it_and_sees_its_code(holder: Phone, shop: SignedIn, live: Client) -> None:
    word = name("Books")
    id, secrets = gift_card(shop, title=word)
    (found,) = holder("ListMyProducts", query=f"search={word}").data
    assert (found["id"], found["left"], found["denominations"]["minimum"]["points"]) == (id, 3, 10)
    assert not {"tariff", "quote"} & set(found), "what the merchant earns is not the customer's to see"
    assert quoted(holder, id, "quantity=2") == {"denomination": 10, "quantity": 2, "points": 20, "obstacle": None}
    placed = order(holder, id, 20, quantity=2)
    assert placed.status == 202, placed.body
    assert (placed.data["state"], placed.data["points"], placed.data["points_captured"]) == ("processing", 20, 0)
    done = settled(holder, placed.data["id"])
    assert (done["state"], done["delivered"], done["points_captured"], done["cards"]) == ("completed", 2, 20, None)
    assert coins(live, holder.number)[:2] == (80, 0)
    shown = settled(holder, done["id"], query="reveal=true")
    assert len({card["code"] for card in shown["cards"]} & set(secrets)) == 2
    (mine,) = holder("ListMyOrders").data
    assert (mine["id"], mine["cards_shown"], "cards" in mine) == (done["id"], True, False)
    assert holder("ListMyOrders", query="state=failed").data == []
    capture, hold, _ = holder("ListMyHistory").data
    assert (capture["reward"], hold["reward"]) == (word, word)
    audited = live.get("/api/v1/merchant/audit?limit=100").text
    assert "marketplace cards shown" in audited
    exported = holder("ExportMyData", proven=True)
    assert [each["title"] for each in exported.data["programs"][0]["orders"]] == [word]
    said = [audited, str(exported.body), str(holder("ListMyOrders").body), str(holder("ListMyHistory").body)]
    assert not [text for text in said if any(secret in text for secret in secrets)]


def test_staff_see_a_customers_order_and_not_its_cards(holder: Phone, shop: SignedIn) -> None:
    id, _ = gift_card(shop)
    placed = order(holder, id).data["id"]
    settled(holder, placed)
    assert shop.get(f"{MARKET}/orders/{placed}").json()["data"]["ordered_by"].startswith("cust_")
    assert code(shop.get(f"{MARKET}/orders/{placed}?reveal=true")) == (403, "forbidden")
    assert placed in shop.get(f"{MARKET}/orders?all=true&limit=100").text


def test_what_the_counter_ordered_for_them_is_theirs(holder: Phone, shop: SignedIn) -> None:
    id, secrets = gift_card(shop)
    body = {"phone": holder.number, "product_id": id, "expected_points": 10}
    made = shop.post(f"{MARKET}/checkout", body).json()["data"]["id"]
    settled(holder, made)
    (mine,) = holder("ListMyOrders").data
    assert mine["id"] == made
    (card,) = settled(holder, made, query="reveal=true")["cards"]
    assert card["code"] in secrets


def test_a_session_alone_orders_and_reveals_nothing(holder: Phone, shop: SignedIn, live: Client) -> None:
    id, _ = gift_card(shop)
    assert order(holder, id, proven=False).code == "reauthentication_required"
    assert coins(live, holder.number)[:2] == (100, 0)
    placed = order(holder, id).data["id"]
    settled(holder, placed)
    assert holder("ReadMyOrder", path={"id": placed}, query="reveal=true").code == "reauthentication_required"


def test_a_lost_answer_and_a_second_press_are_one_order(holder: Phone, shop: SignedIn, live: Client) -> None:
    id, _ = gift_card(shop)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: order(holder, id, idempotency_key="press"), range(4)))
    assert {answer.status for answer in answers} == {202}
    (made,) = {answer.data["id"] for answer in answers}
    settled(holder, made)
    again = order(holder, id, idempotency_key="press")
    assert (again.status, again.data["state"], again.headers["idempotency-replayed"]) == (202, "processing", "true")
    assert order(holder, id, 20, quantity=2, idempotency_key="press").code == "idempotency_key_reused"
    assert coins(live, holder.number)[:2] == (90, 0)


def test_two_tabs_spend_no_coin_twice(holder: Phone, shop: SignedIn, live: Client) -> None:
    id, _ = gift_card(shop, codes=4, points=60)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda tab: order(holder, id, 60, idempotency_key=f"tab-{tab}"), range(4)))
    assert sorted(answer.status for answer in answers) == [202, 409, 409, 409]
    settled(holder, next(answer.data["id"] for answer in answers if answer.status == 202))
    assert (coins(live, holder.number)[:2], left(shop, id)) == ((40, 0), 3)


def test_another_customer_has_other_keys_and_sees_nothing_of_it(
    platform: LocalPlatform, holder: Phone, shop: SignedIn, live: Client
) -> None:
    id, _ = gift_card(shop)
    other = Phone(Device(platform), customer(live, holder.number.replace("+9199", "+9188")))
    other.sign_in()
    first, second = (order(each, id, idempotency_key="same") for each in (holder, other))
    assert (first.status, second.status) == (202, 202)
    assert first.data["id"] != second.data["id"]
    path = {"id": first.data["id"]}
    for query in ("", "reveal=true"):
        assert other("ReadMyOrder", path=path, query=query, proven=True).code == "market_order_not_found"
    assert [each["id"] for each in other("ListMyOrders").data] == [second.data["id"]]
    settled(holder, first.data["id"])
    settled(other, second.data["id"])


def test_a_customer_of_another_merchant_finds_no_such_product(
    platform: LocalPlatform, shop: SignedIn, holder: Phone
) -> None:
    id, _ = gift_card(shop)
    placed = order(holder, id).data["id"]
    settled(holder, placed)
    other = Phone(Device(platform), holder.number, slug="lakshmi-textiles")
    sent = other.request_code()
    assert sent.status in (202, 404), sent.body
    assert holder("ReadMyProduct", path={"id": "prd_" + "0" * 26}).code == "product_not_found"
    assert holder("ReadMyOrder", path={"id": "mor_" + "0" * 26}, proven=True).code == "market_order_not_found"
    assert holder("ReadMyOrder", path={"id": "nothing"}, proven=True).code == "market_order_not_found"


def test_what_is_in_the_way_is_quoted_as_the_order_refuses_it(holder: Phone, shop: SignedIn, live: Client) -> None:
    dear, _ = gift_card(shop, points=500)
    few, _ = gift_card(shop, codes=1)
    assert quoted(holder, dear)["obstacle"] == order(holder, dear, 500).code == "insufficient_balance"
    assert quoted(holder, few, "quantity=2")["obstacle"] == "product_sold_out"
    assert order(holder, few, 20, quantity=2).code == "product_sold_out"
    assert order(holder, few, 9).code == "product_price_changed"
    wrong = holder("ReadMyProduct", path={"id": few}, query="denomination=11")
    assert (wrong.status, wrong.body["errors"]["denomination"]) == (400, ["must be one of 10.00"])
    for body, field in (({"quantity": 11}, "quantity"), ({"denomination": -1}, "denomination")):
        answer = order(holder, few, **body)
        assert (answer.status, list(answer.body["errors"])) == (400, [field])
    assert coins(live, holder.number)[:2] == (100, 0)


@pytest.fixture
def account(shop: SignedIn) -> Any:
    """Sets up the merchant's account with a vendor, with a product of it; gone after the test."""
    tenant = shop.tenant
    key = keys.tenant_key(tenant)
    record = store().read([key])[key]
    assert record is not None
    merchant = read_tenant(record)
    assert merchant.program is not None
    scope = keys.scope("live", merchant.program.owner)
    word = name("Cinema")
    made = VendorAccount(scope, tenant, "runa", "active", 1, 1, secrets={"1": b"sealed"}, rate=10_200)
    product = VendorProduct(word, word, Denominations(least=100_00, most=500_00, step=100))
    item = product_item(made, product, 1)
    id = vendor_product_id(scope, tenant, "runa", word)
    account_key = market_keys.vendor_account_key(scope, tenant, "runa")
    product_key = market_keys.market_product_key(scope, id)

    def save(**changes: Any) -> str:
        store().write(Put(account_key, vendor_account_item(replace(made, **changes))))
        store().write(Put(product_key, item))
        return id

    yield save
    store().commit([Delete(account_key), Delete(product_key)])


def test_a_vendors_cards_are_for_customers_alone_only_where_the_merchant_says_so(
    holder: Phone, shop: SignedIn, account: Any, live: Client
) -> None:
    id = account()
    assert shop.get(f"{MARKET}/products/{id}").status_code == 200
    assert holder("ReadMyProduct", path={"id": id}).code == "product_not_found"
    assert id not in str(holder("ListMyProducts", query="limit=100").body)
    assert order(holder, id, 102, denomination=100).code == "product_not_found"
    assert account(for_customers=True) == id
    assert quoted(holder, id) is None, "which card is not said yet"
    assert quoted(holder, id, "denomination=100&quantity=3")["points"] == 306
    assert quoted(holder, id, "denomination=100")["obstacle"] == "insufficient_balance"
    (listed,) = [each for each in holder("ListMyProducts", query="limit=100").data if each["id"] == id]
    assert listed["denominations"]["type"] == "range"
    assert coins(live, holder.number)[:2] == (100, 0)
