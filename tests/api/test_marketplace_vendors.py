"""Gift cards of Runa and Woohoo through the gateway, with stand-in vendors.

GET  /api/v1/marketplace/vendors
PUT  /api/v1/marketplace/vendors/{vendor}
POST /api/v1/marketplace/vendors/{vendor}/test
POST /api/v1/marketplace/webhooks/runa/{hook_id}
(list_vendor_accounts, save_vendor_account, check_vendor_account, receive_vendor_event, refresh_catalogues)
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from batua import ids
from batua.identity.webhook_signatures import signature_headers
from batua.marketplace import vendors
from batua.settings import Settings
from batua.store import market_keys
from batua.store.keys import Key
from batua.store.store import store
from batua.store.writes import Delete, Update
from local.host import LocalPlatform
from tests.api.conftest import Client
from tests.api.marketplace_fixtures import URL, order, placed, settled
from tests.api.rewarding import customer
from tests.api.signed_in import SignedIn, SignIn, signed_in  # noqa: F401
from tests.fakes.vendors import API_KEY, WOOHOO, VendorServer, runa_product, vendor_server, woohoo_product

VENDORS = f"{URL}/vendors"
WHSEC = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BUYER = {
    "firstname": "Kaveri",
    "lastname": "Stores",
    "email": "rewards@kaveri.example",
    "telephone": "+919876543210",
    "line1": "12 Residency Road",
    "city": "Bengaluru",
    "region": "Karnataka",
    "postcode": "560025",
}
RUNA = {"api_key": API_KEY, "rate": 1.02, "fee": 0.5}
WOO = {**WOOHOO, "host": "sandbox.woohoo.in", "buyer": BUYER}


@pytest.fixture(scope="module")
def owner(signed_in: SignIn) -> SignedIn:
    return signed_in("merchant_tenant_admin")


@pytest.fixture(scope="module")
def cashier(signed_in: SignIn) -> SignedIn:
    return signed_in("cashier")


@pytest.fixture
def runa(owner: SignedIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorServer]:
    with vendor_server("runa") as server:
        yield from _vendor(server, owner, "runa", RUNA, monkeypatch)


@pytest.fixture
def woohoo(owner: SignedIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorServer]:
    with vendor_server("woohoo") as server:
        yield from _vendor(server, owner, "woohoo", WOO, monkeypatch)


def _vendor(
    server: VendorServer, owner: SignedIn, vendor: str, account: Any, patch: pytest.MonkeyPatch
) -> Iterator[VendorServer]:
    """The merchant's account with this vendor, which is paused again afterwards."""
    # Not by the environment: workflows of earlier tests may still run, each under the environment of its function.
    before: Callable[[], Settings] = vendors.__dict__["settings"]  # where another vendor is replaced, it stays so
    patch.setattr(vendors, "settings", lambda: replace(before(), **{f"{vendor}_url": server.url}))
    saved(owner, vendor, **account)
    yield server
    saved(owner, vendor, status="paused")


def saved(client: SignedIn, vendor: str, **content: Any) -> dict[str, Any]:
    answer = client.put(f"{VENDORS}/{vendor}", content)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


def refreshed(platform: LocalPlatform) -> int:
    """What the schedule does when all catalogues are due, with the function's own role."""
    for row in store().scan_all("directory", beginning="MARKETACCOUNT#"):
        if row["sk"].endswith("#CATALOGUE"):
            store().commit([Delete(Key("directory", row["pk"], row["sk"]))], caller=ids.new_id("req"))
    return int(platform.runner.invoke("RefreshCatalogues", {})["refreshed"])


def products(client: Client, **query: Any) -> dict[str, dict[str, Any]]:
    rows = client.get(f"{URL}/products", params={"limit": 100, **query}).json()["data"]
    return {row["title"]: row for row in rows}


def test_an_account_is_saved_without_showing_its_credentials(runa: VendorServer, owner: SignedIn) -> None:
    (shown,) = [each for each in owner.get(VENDORS).json()["data"] if each["vendor"] == "runa"]
    assert (shown["status"], shown["rate"], shown["fee"]) == ("active", 1.02, 0.5)
    assert API_KEY not in json.dumps(owner.get(VENDORS).json())
    key = market_keys.vendor_account_key(f"L#{_scope_of(owner)}", owner.tenant, "runa")
    assert API_KEY.encode() not in repr(store().read([key])[key]).encode()
    again = saved(owner, "runa", rate=1.05, version=shown["version"], fee=0)
    assert again["fee"] == 0, "a fee may be taken back"
    assert (again["rate"], again["version"]) == (1.05, shown["version"] + 1)
    assert owner.put(f"{VENDORS}/runa", {"version": shown["version"]}).json()["code"] == "version_conflict"


def connection_test(client: SignedIn, vendor: str) -> dict[str, Any]:
    answer = client.post(f"{VENDORS}/{vendor}/test", {})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]
    return found


def test_the_connection_to_runa_is_tested_now_and_orders_nothing(
    runa: VendorServer, owner: SignedIn, cashier: SignedIn, signed_in: SignIn
) -> None:
    found = connection_test(owner, "runa")
    assert (found["connected"], found["outcome"], found["balance"]) == (True, "connected", 25000)
    assert not runa.orders
    saved(owner, "runa", api_key="rk_revoked")
    found = connection_test(owner, "runa")
    assert (found["connected"], found["outcome"], found["balance"]) == (False, "vendor_credentials", None)
    saved(owner, "runa", api_key=API_KEY)
    for mischief, outcome in (
        ("error_before", "vendor_fault"),
        ("busy", "vendor_busy"),
        ("garbage", "unreadable_answer"),
    ):
        runa.plan = itertools.chain([mischief], itertools.repeat("none"))  # type: ignore[list-item]
        assert connection_test(owner, "runa")["outcome"] == outcome
    assert cashier.post(f"{VENDORS}/runa/test", {}).status_code == 403
    stranger = signed_in("other_tenant_admin").post(f"{VENDORS}/runa/test", {})
    assert (stranger.status_code, stranger.json()["code"]) == (404, "not_found")
    assert owner.post(f"{VENDORS}/unknown/test", {}).status_code == 404


def test_the_connection_to_woohoo_needs_its_login_and_its_signature(woohoo: VendorServer, owner: SignedIn) -> None:
    found = connection_test(owner, "woohoo")
    assert (found["connected"], found["balance"]) == (True, None)
    assert not woohoo.orders
    saved(owner, "woohoo", **{**WOOHOO, "client_secret": "wrong"})
    assert connection_test(owner, "woohoo")["outcome"] == "vendor_credentials"
    saved(owner, "woohoo", **{**WOOHOO, "password": "wrong"})
    assert connection_test(owner, "woohoo")["outcome"] == "vendor_credentials"
    saved(owner, "woohoo", **WOOHOO)
    assert connection_test(owner, "woohoo")["connected"]


def test_credentials_that_cannot_be_opened_stop_no_other_vendor_and_are_entered_again(
    runa: VendorServer, woohoo: VendorServer, owner: SignedIn, platform: LocalPlatform
) -> None:
    key = market_keys.vendor_account_key(f"L#{_scope_of(owner)}", owner.tenant, "runa")
    woohoo.products = [woohoo_product("FROM-WOOHOO")]
    for damaged in (b"short", bytes(60)):
        record = store().read([key])[key]
        assert record is not None
        sealed = dict.fromkeys(record["seal"], damaged)
        store().write(Update(key, set={"seal": sealed}))
        assert connection_test(owner, "runa")["outcome"] == "vendor_credentials"
        assert refreshed(platform) == 1
        assert len(products(owner, vendor="woohoo")) == 1
        shown = {each["vendor"]: each["fault"] for each in owner.get(VENDORS).json()["data"]}
        assert shown["runa"] == "vendor_credentials"
        saved(owner, "runa", **RUNA)
        assert connection_test(owner, "runa")["connected"]


def _scope_of(client: SignedIn) -> str:
    """The owner of the program: whose scope a merchant's records are in."""
    for row in store().scan_all("directory", beginning="MARKETACCOUNT#L#"):
        if str(row["pk"]).endswith(client.tenant):
            return str(row["pk"]).split("#")[2]
    raise LookupError(client.tenant)


@pytest.mark.parametrize(
    ("vendor", "content", "field"),
    [
        ("woohoo", {"client_id": "x"}, "client_secret"),
        ("woohoo", {"api_key": "x"}, "api_key"),
        ("woohoo", {**WOO, "host": "evil.example.com"}, "host"),
        ("woohoo", {**WOO, "host": "woohoo.in.evil.com"}, "host"),
        ("woohoo", {**WOO, "webhook_secret": WHSEC}, "webhook_secret"),
        ("runa", {"api_key": "x", "password": "y"}, "password"),
        ("runa", {"api_key": "x", "host": "extapi12.woohoo.in"}, "host"),
        ("runa", {"api_key": "x", "rate": 0}, "rate"),
        ("runa", {"api_key": "x", "rate": 100}, "rate"),
    ],
)
def test_what_does_not_fit_a_vendor_is_refused_by_name(owner: SignedIn, vendor: str, content: Any, field: str) -> None:
    answer = owner.put(f"{VENDORS}/{vendor}", content)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error"), answer.text
    assert field in answer.text


def test_only_administrators_keep_accounts_and_only_of_known_vendors(
    owner: SignedIn, cashier: SignedIn, signed_in: SignIn
) -> None:
    assert cashier.put(f"{VENDORS}/runa", RUNA).status_code == 403
    assert cashier.get(VENDORS).status_code == 403
    assert owner.put(f"{VENDORS}/tillo", RUNA).status_code == 404
    other = signed_in("other_tenant_admin")
    assert other.get(VENDORS).json()["data"] == []


@pytest.mark.parametrize("vendor", ["runa", "woohoo"])
def test_a_card_of_a_vendor_is_listed_quoted_ordered_and_shown(
    request: pytest.FixtureRequest,
    platform: LocalPlatform,
    owner: SignedIn,
    cashier: SignedIn,
    live: Client,
    phone: str,
    vendor: str,
) -> None:
    server: VendorServer = request.getfixturevalue(vendor)
    make = runa_product if vendor == "runa" else woohoo_product
    server.products = [make("BOOKS", "10", "20"), make("SHOP")]
    assert refreshed(platform) >= 1
    listed = products(cashier, vendor=vendor)
    assert len(listed) == 2
    books = next(row for title, row in listed.items() if title.startswith("Books"))
    shop = next(row for title, row in listed.items() if title.startswith("Shop"))
    # 10 x 1.02 + 0.50 is 10.70: eleven coins of a rupee. Woohoo's account asks for face value.
    ten = 11 if vendor == "runa" else 10
    assert [each["points"] for each in books["denominations"]["fixed"]] == [ten, 21 if vendor == "runa" else 20]
    assert (shop["denominations"]["type"], shop["denominations"]["minimum"]["denomination"]) == ("range", 100)
    quoted = cashier.get(f"{URL}/products/{shop['id']}?denomination=150").json()["data"]["quote"]
    assert quoted["points"] == (154 if vendor == "runa" else 150)
    assert cashier.get(f"{URL}/products/{shop['id']}?denomination=99").status_code == 400
    assert cashier.get(f"{URL}/products?search=books&vendor={vendor}&limit=1").json()["data"][0]["id"] == books["id"]
    assert order(cashier, books["id"], customer(live, phone), ten).status_code == 400  # which denomination?
    id = placed(cashier, books["id"], phone, 2 * ten, quantity=2, denomination=10)["id"]
    done = settled(cashier, id)
    assert (done["state"], done["delivered"], done["points_captured"]) == ("completed", 2, 2 * ten)
    (kept,) = server.orders.values()
    assert (kept.quantity, float(kept.face)) == (2, 10.0)
    shown = cashier.get(f"{URL}/orders/{id}?reveal=true").json()["data"]["cards"]
    assert len({card["code"] or card["url"] for card in shown}) == 2
    assert vendor in cashier.get(f"{URL}/entry").json()["data"]["vendors"]


def test_a_price_that_changed_since_it_was_quoted_charges_nothing(
    runa: VendorServer, platform: LocalPlatform, owner: SignedIn, cashier: SignedIn, live: Client, phone: str
) -> None:
    runa.products = [runa_product("CHANGES", "10")]
    refreshed(platform)
    (card,) = products(cashier, vendor="runa", search="changes").values()
    saved(owner, "runa", rate=2)
    refusal = order(cashier, card["id"], customer(live, phone), 11)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "product_price_changed")
    assert "20" in refusal.json()["message"]
    assert placed(cashier, card["id"], phone, 20)["points"] == 20


def test_a_refused_order_gives_the_coins_back(
    runa: VendorServer, platform: LocalPlatform, cashier: SignedIn, live: Client, phone: str
) -> None:
    runa.products = [runa_product("REFUSED", "10")]
    refreshed(platform)
    (card,) = products(cashier, vendor="runa", search="refused").values()
    runa.refuses = "insufficient_balance"
    before = _available(live, customer(live, phone))
    done = settled(cashier, placed(cashier, card["id"], phone, 11)["id"])
    assert (done["state"], done["points_captured"]) == ("failed", 0)
    assert _available(live, phone) == before


def _available(live: Client, phone: str) -> Any:
    answer = live.get("/api/v1/merchant/customers/balance", params={"phone": phone})
    return answer.json()["data"]["available"]


def test_products_that_a_vendor_no_longer_lists_are_gone_and_silence_deletes_none(
    runa: VendorServer, platform: LocalPlatform, owner: SignedIn, cashier: SignedIn
) -> None:
    runa.products = [runa_product("STAYS", "10"), runa_product("LEAVES", "10")]
    refreshed(platform)
    (leaves,) = products(cashier, vendor="runa", search="leaves").values()
    runa.plan = itertools.repeat("busy")
    refreshed(platform)
    assert set(products(cashier, vendor="runa")) == {"Stays gift card", "Leaves gift card"}
    (shown,) = [each for each in owner.get(VENDORS).json()["data"] if each["vendor"] == "runa"]
    assert shown["fault"] == "vendor_busy"
    runa.plan = itertools.repeat("none")
    runa.products = [runa_product("STAYS", "10")]
    refreshed(platform)
    assert set(products(cashier, vendor="runa")) == {"Stays gift card"}
    assert cashier.get(f"{URL}/products/{leaves['id']}").status_code == 404
    saved(owner, "runa", status="paused")
    assert products(cashier, vendor="runa") == {}


def test_a_network_s_owner_sells_at_its_merchants_only_where_it_says_so(
    runa: VendorServer, platform: LocalPlatform, owner: SignedIn, cashier: SignedIn, signed_in: SignIn
) -> None:
    network = signed_in("tenant_admin")
    saved(owner, "runa", status="paused")
    saved(network, "runa", **RUNA, for_members=False)
    runa.products = [runa_product("SITARA", "10")]
    refreshed(platform)
    assert products(cashier, vendor="runa") == {}
    saved(network, "runa", for_members=True)
    (card,) = products(cashier, vendor="runa").values()
    other = signed_in("other_tenant_admin")
    assert other.get(f"{URL}/products/{card['id']}").status_code in (403, 404)
    saved(network, "runa", status="paused")


def test_a_webhook_has_its_order_looked_up_and_nobody_else_may_send_one(
    runa: VendorServer, owner: SignedIn, platform: LocalPlatform
) -> None:
    shown = saved(owner, "runa", webhook_secret=WHSEC)
    address = platform.url + shown["webhook_url"].partition("/api/")[1] + shown["webhook_url"].partition("/api/")[2]
    order_id = ids.derived_id("mor", "of a webhook")

    def sent(content: Any, secret: str = WHSEC, second: int = 0) -> requests.Response:
        body = json.dumps(content).encode()
        signed = signature_headers("msg_1", second or int(time.time()), body, [secret.encode()])
        headers = {name.replace("webhook-", "svix-"): value for name, value in signed.items()}
        return requests.post(address, data=body, headers=headers, timeout=30)

    told = {"id": "O-00000001", "status": "COMPLETED", "description": order_id}
    assert sent(told).json()["status"] == "looked_up"
    assert sent({"type": "order.completion", "data": told}).json()["status"] == "looked_up"
    assert sent({"id": "O-00000001", "status": "FAILED"}).json()["status"] == "ignored"
    assert sent(["odd"]).json()["status"] == "ignored"
    assert sent(told, "whsec_" + "A" * 32).status_code == 401
    assert sent(told, second=int(time.time()) - 3600).status_code == 401
    assert requests.post(address, json=told, timeout=30).status_code == 401
    elsewhere = address.rpartition("/")[0] + "/" + ids.derived_id("vhk", "nobody")
    assert requests.post(elsewhere, json=told, timeout=30).status_code == 404
