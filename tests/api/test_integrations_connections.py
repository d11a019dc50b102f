"""/api/v1/integrations: what a merchant does with its connections and their deliveries.

CreateConnection, ListConnections, ReadConnection, UpdateConnection, DeleteConnection, ListDeliveries, ReplayDelivery.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.api.conftest import Client
from tests.api.shop_fixtures import Sender, balance, order_of

BASE = "/api/v1/integrations"
PLATFORM_DOMAIN = "kaveri-{}.myshopify.com"


@pytest.fixture(scope="module")
def signed_in(platform: Any, credentials: dict[str, Any]) -> Any:
    return lambda name: Client(
        platform.url,
        {"Authorization": f"Bearer {credentials[name]['token']}", "X-Reauthentication": credentials[name]["proof"]},
    )


@pytest.fixture(scope="module")
def admin(signed_in: Any) -> Client:
    client: Client = signed_in("merchant_admin")
    return client


@pytest.fixture
def drain(platform: Any) -> Any:
    return lambda: platform.embedded_aws.drain(120)


@pytest.fixture
def connected(admin: Client, platform: Any, phone: str) -> Any:
    """Makes a connection: its sender, and what was answered."""
    made: list[str] = []

    def connect(system: str = "woocommerce", **more: Any) -> tuple[Sender, Any]:
        body = {"system": system, "name": f"Shop {phone}", "orders_from": "2026-01-01T00:00:00Z"}
        if system != "pos":
            name = f"shop{phone[-8:]}-{len(made)}"
            body["shop"] = f"{name}.myshopify.com" if system == "shopify" else f"https://{name}.example"
        body |= more
        answer = admin.post(BASE, body)
        assert answer.status_code == 201, answer.text
        data = answer.json()["data"]
        made.append(data["id"])
        return Sender(platform.url, system, data["id"], data["secret"], data["shop"]), data

    yield connect
    for id in made:
        admin.call("DELETE", f"{BASE}/{id}")


def data(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def deliveries(admin: Client, id: str, **query: Any) -> list[Any]:
    found: list[Any] = data(admin.get(f"{BASE}/{id}/deliveries", params=query))
    return found


def test_a_secret_is_shown_once(connected: Any, admin: Client, platform: Any) -> None:
    sender, made = connected()
    assert made["secret"].startswith("whsec_")
    assert made["webhook_url"] == f"{platform.url}/webhooks/woocommerce/{sender.id}"
    for answer in (admin.get(f"{BASE}/{sender.id}"), admin.get(BASE)):
        assert made["secret"] not in answer.text
        assert sender.id in answer.text


def test_the_secret_is_not_stored_as_it_is(connected: Any) -> None:
    from batua.store import keys
    from batua.store.store import store

    sender, made = connected()
    key = keys.connection_key(sender.id)
    item = repr(store().read([key])[key])
    assert made["secret"] not in item
    assert made["secret"].removeprefix("whsec_") not in item


def test_a_connection_rewards_what_its_settings_count(
    connected: Any, admin: Client, live: Any, phone: str, drain: Any
) -> None:
    sender, made = connected(counting={"shipping": True, "rates": {"USD": "84.5"}})
    assert made["counting"]["shipping"] is True
    order = order_of("woocommerce", phone).place(95_000).pay()
    sender.tell(order.webhooks[-1])
    drain()
    assert balance(live, phone) == 50  # 950 and 50 for shipping
    foreign = order_of("woocommerce", phone).place(1_000).pay().webhooks[-1]
    foreign.content["currency"] = "USD"
    sender.tell(foreign)
    drain()
    assert balance(live, phone) == 50 + 350  # (10 + 50) * 84.50 = 5,070
    foreign.content.update(currency="EUR", id=foreign.content["id"] + 1)
    sender.tell(foreign)
    drain()
    listed = deliveries(admin, sender.id)[0]
    assert (listed["status"], listed["reason"]) == ("ignored", "currency_without_rate")


def test_orders_from_before_the_connection_earn_nothing(
    connected: Any, admin: Client, live: Any, phone: str, drain: Any
) -> None:
    sender, _ = connected(orders_from="2099-01-01T00:00:00Z")
    sender.tell(order_of("woocommerce", phone).place(95_000).pay().webhooks[-1])
    drain()
    (listed,) = deliveries(admin, sender.id)
    assert (listed["status"], listed["reason"]) == ("ignored", "before_connection")
    assert balance(live, phone) == 0


def test_an_order_of_the_second_in_which_the_shop_is_connected_earns(
    connected: Any, admin: Client, live: Any, phone: str, drain: Any
) -> None:
    """Shops tell whole seconds, we count milliseconds."""
    sender, listed = connected(orders_from=None)
    order = order_of("woocommerce", phone).place(10_000).pay().webhooks[-1]
    order.content["date_created_gmt"] = listed["created_at"][:19]
    sender.tell(order)
    drain()
    assert [each["status"] for each in deliveries(admin, sender.id)] == ["posted"]
    assert balance(live, phone) == 5


def test_both_secrets_are_good_for_a_day_after_a_rotation(connected: Any, admin: Client, phone: str) -> None:
    sender, _ = connected()
    changed = data(admin.call("PATCH", f"{BASE}/{sender.id}", json={"rotate_secret": True}))
    assert changed["former_secret_until"] is not None
    listed = order_of("woocommerce", phone).place(5_000).pay().webhooks
    assert sender.tell(listed[0]).status_code == 200
    assert sender.with_secret(changed["secret"]).tell(listed[1]).status_code == 200
    data(admin.call("PATCH", f"{BASE}/{sender.id}", json={"rotate_secret": True}))
    assert sender.tell(listed[0]).status_code == 401
    assert sender.with_secret(changed["secret"]).tell(listed[1]).status_code == 200


def test_the_former_secret_ends_with_its_day(connected: Any, admin: Client, phone: str) -> None:
    from batua.store import keys
    from batua.store.store import store
    from batua.store.writes import Update

    sender, _ = connected()
    data(admin.call("PATCH", f"{BASE}/{sender.id}", json={"rotate_secret": True}))
    store().write(Update(keys.connection_key(sender.id), set={"former_until": 1}))
    assert sender.tell(order_of("woocommerce", phone).place(5_000).webhooks[0]).status_code == 401


def test_shopifys_own_secret_is_taken(connected: Any, admin: Client, phone: str, drain: Any, live: Any) -> None:
    own = "0123456789abcdef0123456789abcdef"
    sender, made = connected("shopify", secret=own, shop=PLATFORM_DOMAIN.format(phone[1:]))
    assert made["secret"] == own
    order = order_of("shopify", phone).place(100_000).pay()
    assert sender.tell(order.webhooks[-1]).status_code == 200
    drain()
    assert balance(live, phone) == 50
    newer = "fedcba9876543210fedcba9876543210"
    assert data(admin.call("PATCH", f"{BASE}/{sender.id}", json={"secret": newer}))["secret"] == newer
    assert sender.with_secret(newer).tell(order.webhooks[0]).status_code == 200


def test_what_comes_while_paused_is_kept_and_can_be_replayed(
    connected: Any, admin: Client, live: Any, phone: str, drain: Any
) -> None:
    sender, _ = connected()
    paused = data(admin.call("PATCH", f"{BASE}/{sender.id}", json={"status": "paused"}))
    assert (paused["status"], paused["paused_because"]) == ("paused", "by_hand")
    assert sender.tell(order_of("woocommerce", phone).place(100_000).pay().webhooks[-1]).status_code == 200
    drain()
    (held,) = deliveries(admin, sender.id)
    assert (held["status"], held["reason"], balance(live, phone)) == ("held", "connection_paused", 0)
    data(admin.call("PATCH", f"{BASE}/{sender.id}", json={"status": "active"}))
    queued = data(admin.post(f"{BASE}/{sender.id}/deliveries/{held['id']}/replay", {}), 202)
    assert queued["status"] == "queued"
    drain()
    (listed,) = deliveries(admin, sender.id)
    assert (listed["status"], balance(live, phone)) == ("posted", 50)
    assert [(each["type"], each["coins"]) for each in listed["posted"]] == [("issue", 50)]
    data(admin.post(f"{BASE}/{sender.id}/deliveries/{held['id']}/replay", {}), 202)
    drain()
    assert balance(live, phone) == 50


def test_what_was_held_while_paused_is_replayed_in_bulk(
    connected: Any, admin: Client, live: Any, phone: str, drain: Any
) -> None:
    sender, _ = connected()
    everything = f"{BASE}/{sender.id}/deliveries/replay"  # POST /api/v1/integrations/{id}/deliveries/replay
    data(admin.call("PATCH", f"{BASE}/{sender.id}", json={"status": "paused"}))
    for _ in range(5):
        assert sender.tell(order_of("woocommerce", phone).place(100_000).pay().webhooks[-1]).status_code == 200
    refused = admin.post(everything, {})
    assert (refused.status_code, refused.json()["code"]) == (409, "connection_paused")
    data(admin.call("PATCH", f"{BASE}/{sender.id}", json={"status": "active"}))
    first = admin.post(everything, {"limit": 3})
    assert data(first, 202) == {"queued": 3}
    rest = admin.post(everything, {"limit": 3, "cursor": first.json()["meta"]["next_cursor"]})
    assert (data(rest, 202), rest.json()["meta"]["next_cursor"]) == ({"queued": 2}, None)
    drain()
    assert {listed["status"] for listed in deliveries(admin, sender.id)} == {"posted"}
    assert balance(live, phone) == 250
    assert data(admin.post(everything, {}), 202) == {"queued": 0}
    assert admin.post(everything, {"status": "posted"}).status_code == 400
    assert admin.post(everything, {"cursor": "nonsense"}).status_code == 400
    assert admin.post(f"{BASE}/con_x/deliveries/replay", {}).status_code == 404


def test_an_order_without_a_customer_waits_and_is_matched_by_hand(
    connected: Any, admin: Client, live: Any, phone: str, drain: Any
) -> None:
    sender, _ = connected("shopify", shop=PLATFORM_DOMAIN.format(phone[1:]))
    order = order_of("shopify", None)
    order.email = f"asha-{phone[1:]}@example.com"
    order.place(60_000, 40_000).pay()
    sender.tell(order.webhooks[-1])
    drain()
    (waiting,) = deliveries(admin, sender.id, status="unmatched")
    assert waiting["reason"] == "no_customer"
    path = f"{BASE}/{sender.id}/deliveries/{waiting['id']}/replay"
    assert admin.post(path, {"phone": "12"}).status_code == 400
    data(admin.post(path, {"phone": phone}), 202)
    drain()
    (listed,) = deliveries(admin, sender.id)
    assert (listed["status"], balance(live, phone)) == ("posted", 50)
    assert listed["matched_phone"].endswith(phone[-4:])
    other = admin.post(path, {"phone": "+919876500183"})
    assert (other.status_code, other.json()["code"]) == (409, "order_rewarded")
    data(admin.post(path, {}), 202)
    # Nor through another delivery of the order, which gave nothing itself.
    sender.tell(replace(order.webhooks[-1], name="once-more"))
    drain()
    (again,) = deliveries(admin, sender.id, status="unchanged")
    through = admin.post(f"{BASE}/{sender.id}/deliveries/{again['id']}/replay", {"phone": "+919876500183"})
    assert (through.status_code, through.json()["code"]) == (409, "order_rewarded")
    # Matched once, the order's refund finds its customer, and so does the address's next order.
    sender.tell(order.refund(1).webhooks[-1])
    drain()
    assert balance(live, phone) == 30
    again = order_of("shopify", None)
    again.email = order.email.upper()
    sender.tell(again.place(100_000).pay().webhooks[-1])
    drain()
    assert balance(live, phone) == 80


def test_deliveries_are_listed_by_pages_and_status(connected: Any, admin: Client, phone: str, drain: Any) -> None:
    sender, _ = connected()
    order = order_of("woocommerce", phone).place(100_000).pay()
    for _ in range(5):
        order.update()
    for listed in order.webhooks:
        sender.tell(listed)
        drain()
    first = admin.get(f"{BASE}/{sender.id}/deliveries", params={"limit": 4}).json()
    query = {"limit": 4, "cursor": first["meta"]["next_cursor"]}
    second = admin.get(f"{BASE}/{sender.id}/deliveries", params=query).json()
    seen = [each["id"] for each in first["data"] + second["data"]]
    assert len(seen) == len(set(seen)) == len(order.webhooks)
    assert second["meta"]["next_cursor"] is None
    assert len(deliveries(admin, sender.id, status="posted")) == 1
    other = admin.get(f"{BASE}/{sender.id}/deliveries", params={**query, "status": "posted"})
    assert (other.status_code, other.json()["code"]) == (400, "invalid_cursor")


def test_a_deleted_connection_is_gone(connected: Any, admin: Client, phone: str) -> None:
    sender, _ = connected()
    assert data(admin.call("DELETE", f"{BASE}/{sender.id}"))["deleted"] is True
    assert sender.tell(order_of("woocommerce", phone).place(1_000).webhooks[0]).status_code == 404
    assert admin.get(f"{BASE}/{sender.id}").status_code == 404
    assert admin.call("DELETE", f"{BASE}/{sender.id}").status_code == 404


def test_a_replaced_connection_of_one_shop_rewards_its_orders_once(
    connected: Any, live: Any, phone: str, drain: Any
) -> None:
    order = order_of("woocommerce", phone).place(100_000).pay()
    for _ in range(2):
        sender, _ = connected(shop="https://one.kaveri.example")
        sender.tell(order.webhooks[-1])
        drain()
    assert balance(live, phone) == 50


def test_a_mapping_is_the_merchants_own(connected: Any, admin: Client, live: Any, phone: str, drain: Any) -> None:
    fields = {
        "records": "Sales[]",
        "order": "No",
        "amount": "to_number(Net)",
        "phone": "Party.Mobile",
        "status": "State",
    }
    sender, made = connected("pos", mapping={"base": "generic", "fields": fields})
    assert made["mapping"]["fields"]["order"] == "No"
    sales = [
        {"No": f"{phone}-{n}", "Net": "200", "Party": {"Mobile": phone}, "State": state}
        for n, state in enumerate(["paid", "draft", "sale"])
    ]
    assert sender.sell({"Sales": sales}).status_code == 200
    drain()
    assert balance(live, phone) == 20
    (listed,) = deliveries(admin, sender.id)
    assert len(listed["orders"]) == 3
    assert len(listed["posted"]) == 2
    bad = admin.call("PATCH", f"{BASE}/{sender.id}", json={"mapping": {"fields": {"order": "a["}}})
    assert bad.status_code == 400


@pytest.mark.parametrize("mode", ["live", "test"])
def test_a_test_connection_rewards_in_the_sandbox_alone(
    connected: Any, live: Any, sandbox: Any, phone: str, drain: Any, mode: str
) -> None:
    sender, _ = connected(mode=mode)
    sender.tell(order_of("woocommerce", phone).place(100_000).pay().webhooks[-1])
    drain()
    assert (balance(live, phone), balance(sandbox, phone)) == ((50, 0) if mode == "live" else (0, 50))


def test_another_tenants_connection_looks_as_if_it_were_not_there(
    connected: Any, signed_in: Any, keyed: Any, credentials: dict[str, Any], phone: str
) -> None:
    sender, _ = connected()
    stranger = signed_in("other_tenant_admin")
    assert data(stranger.get(BASE)) == []
    delivery = credentials["pos"]["delivery_id"]
    for id in (sender.id, credentials["pos"]["id"], f"con_{'0' * 26}", "con_x"):
        attempts = [
            stranger.get(f"{BASE}/{id}"),
            stranger.call("PATCH", f"{BASE}/{id}", json={"status": "paused"}),
            stranger.call("DELETE", f"{BASE}/{id}"),
            stranger.get(f"{BASE}/{id}/deliveries"),
            stranger.post(f"{BASE}/{id}/deliveries/{delivery}/replay", {}),
            stranger.post(f"{BASE}/{id}/deliveries/replay", {}),
        ]
        assert [(each.status_code, each.json()["code"]) for each in attempts] == [(404, "not_found")] * 6
    assert keyed("merchant_live_key").get(BASE).status_code == 403


def test_a_delivery_of_another_connection_is_not_replayed(connected: Any, admin: Client, credentials: Any) -> None:
    sender, _ = connected()
    path = f"{BASE}/{sender.id}/deliveries/{credentials['pos']['delivery_id']}/replay"
    assert admin.post(path, {}).status_code == 404
    assert admin.post(f"{BASE}/{sender.id}/deliveries/dlv_x/replay", {}).status_code == 404


def test_a_cashier_may_look_but_not_touch(connected: Any, signed_in: Any) -> None:
    sender, _ = connected()
    cashier = signed_in("cashier")
    assert cashier.get(f"{BASE}/{sender.id}").status_code == 200
    assert cashier.call("PATCH", f"{BASE}/{sender.id}", json={"status": "paused"}).status_code == 403
    assert cashier.post(BASE, {"system": "pos", "name": "x"}).status_code == 403
    assert cashier.call("DELETE", f"{BASE}/{sender.id}").status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"system": "magento", "name": "x"},
        {"system": "shopify", "name": "x", "shop": "kaveri.example.com"},
        {"system": "pos"},
        {"system": "pos", "name": "x", "secret": "short"},
        {"system": "pos", "name": "x", "counting": {"rates": {"usd": "84"}}},
        {"system": "pos", "name": "x", "counting": {"rates": {"USD": "0"}}},
        {"system": "pos", "name": "x", "mapping": {"base": "sap"}},
        {"system": "pos", "name": "x", "mapping": {"fields": {"nothing": "a"}}},
        {"system": "pos", "name": "x", "mapping": {"fields": {"phone": "\ud800"}}},
        {"system": "pos", "name": "x", "mapping": {"fields": {"\ud800": "a"}}},
        {"system": "pos", "name": "x", "mapping": {"columns": {"\ud800": "a"}}},
        {"system": "pos", "name": "x", "orders_from": "yesterday"},
    ],
)
def test_bad_input_makes_no_connection(admin: Client, body: dict[str, Any]) -> None:
    before = len(data(admin.get(BASE)))
    answer = admin.post(BASE, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert len(data(admin.get(BASE))) == before


def test_acts_stand_in_the_audit_trail(connected: Any, admin: Client, live: Any) -> None:
    sender, _ = connected()
    data(admin.call("PATCH", f"{BASE}/{sender.id}", json={"rotate_secret": True}))
    data(admin.call("DELETE", f"{BASE}/{sender.id}"))
    lines = data(live.get("/api/v1/merchant/audit", params={"limit": 100}))
    acts = {line["action"] if "action" in line else json.dumps(line) for line in lines}
    for what in ("connection made", "connection's secret rotated", "connection deleted"):
        assert any(what in act for act in acts), what
