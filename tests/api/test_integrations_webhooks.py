"""POST /webhooks/shopify/{connection_id}, /webhooks/woocommerce/{connection_id}, /webhooks/pos/{connection_id}."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from batua.integrations.mappings import FIELDS
from tests.api.sender_fixtures import drain, merchant_admin, status  # noqa: F401 - fixtures
from tests.api.shop_fixtures import Sender, balance, order_of, sender
from tests.fakes.shops import ShopWebhook

SYSTEMS = ["shopify", "woocommerce", "pos"]
VENDORS = Path(__file__).resolve().parents[1] / "vendors"


@pytest.fixture(scope="module")
def senders(platform: Any, credentials: dict[str, Any]) -> dict[str, Sender]:
    return {system: sender(platform.url, credentials, system) for system in SYSTEMS}


@pytest.fixture
def stored(platform: Any) -> Any:
    """How many deliveries there are."""
    from batua.store.store import store

    def count(connection: str) -> int:
        return len(list(store().query_all("directory", f"DELIVERIES#{connection}", index="by_parent")))

    return count


@pytest.mark.parametrize("system", ["shopify", "woocommerce"])
def test_a_paid_order_is_rewarded_and_a_refund_takes_its_share_back(
    senders: Any, live: Any, phone: str, drain: Any, system: str
) -> None:
    order = order_of(system, phone).place(60_000, 40_000).pay()
    for webhook in order.webhooks:
        assert status(senders[system].tell(webhook)) == "accepted"
    drain()
    assert balance(live, phone) == order.deserves == 50
    before = len(order.webhooks)
    order.refund(1) if system == "shopify" else order.refund(21_000)
    for webhook in order.webhooks[before:]:
        senders[system].tell(webhook)
    drain()
    assert balance(live, phone) == order.deserves
    assert 0 < order.deserves < 50


def test_a_refund_that_comes_before_the_payment_leaves_nothing_to_give(
    senders: Any, live: Any, phone: str, drain: Any
) -> None:
    order = order_of("shopify", phone).place(100_000).pay().refund(0)
    for webhook in reversed(order.webhooks):
        senders["shopify"].tell(webhook)
        drain()
        assert balance(live, phone) == 0


def test_a_delivery_that_comes_twice_is_stored_once(senders: Any, stored: Any, phone: str, drain: Any) -> None:
    order = order_of("woocommerce", phone).place(100_000).pay()
    shop = senders["woocommerce"]
    before = stored(shop.id)
    answers = [status(shop.tell(order.webhooks[-1])) for _ in range(3)]
    assert answers == ["accepted", "duplicate", "duplicate"]
    drain()
    assert stored(shop.id) == before + 1


def test_one_name_with_two_bodies_is_two_deliveries(senders: Any, phone: str, live: Any, drain: Any) -> None:
    order = order_of("woocommerce", phone).place(100_000).pay()
    first = order.webhooks[-1]
    changed = ShopWebhook(first.topic, first.name, {**first.content, "customer_note": "please ring"})
    assert [status(senders["woocommerce"].tell(each)) for each in (first, changed)] == ["accepted", "accepted"]
    drain()
    assert balance(live, phone) == 50


def flipped(text: str, bit: int) -> str:
    """The text with one bit turned; None where that makes a character that no header can have."""
    raw = bytearray(text.encode())
    raw[bit // 8] ^= 1 << bit % 8
    return raw.decode("latin-1")


@pytest.mark.parametrize("system", SYSTEMS)
def test_one_flipped_bit_anywhere_is_refused_and_nothing_is_stored(
    senders: Any, stored: Any, phone: str, system: str
) -> None:
    shop: Sender = senders[system]
    content = {"order_id": phone, "amount": "100.00", "phone": phone}
    webhook = (
        ShopWebhook("sale", "x", content)
        if system == "pos"
        else order_of(system, phone).place(5_000).pay().webhooks[-1]
    )
    body = json.dumps(webhook.content).encode()
    named = {} if system == "pos" else shop.named(webhook, phone)
    good = {**named, **shop.sign(body), "Content-Type": "application/json"}
    header = next(name for name in good if "hmac" in name.lower() or "signature" in name.lower())
    before = stored(shop.id)
    step = max(1, len(body) * 8 // 60)
    for bit in range(0, len(body) * 8, step):
        bad = bytearray(body)
        bad[bit // 8] ^= 1 << bit % 8
        assert shop.raw(bytes(bad), good).status_code == 401, bit
    signature = good[header]
    tried = 0
    for bit in range(len(signature) * 8):
        wrong = flipped(signature, bit)
        if not (wrong.isascii() and wrong.isprintable() and wrong.strip() == wrong):
            continue
        tried += 1
        answer = shop.raw(body, {**good, header: wrong})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), wrong
        assert answer.json()["message"].startswith("The signature does not fit."), wrong
    assert tried > 100
    assert stored(shop.id) == before
    assert shop.raw(body, good).status_code == 200


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    "headers", [{}, {"X-Shopify-Hmac-Sha256": "", "X-WC-Webhook-Signature": "", "X-Batua-Key": ""}]
)
def test_without_a_signature_there_is_nothing(senders: Any, stored: Any, system: str, headers: dict[str, str]) -> None:
    before = stored(senders[system].id)
    assert senders[system].raw(b"{}", headers).status_code == 401
    assert stored(senders[system].id) == before


@pytest.mark.parametrize(
    "name", ["con_00000000000000000000000000", "con_1", "ten_00000000000000000000000000", "%2e%2e"]
)
def test_an_unknown_connection_is_not_found(senders: Any, name: str) -> None:
    for system in SYSTEMS:
        shop = senders[system]
        unknown = Sender(shop.url, system, name, shop.secret, shop.shop)
        answer = unknown.raw(b"{}", unknown.sign(b"{}"))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_connection_of_one_system_is_unknown_to_the_others(senders: Any) -> None:
    shop = senders["shopify"]
    astray = Sender(shop.url, "woocommerce", shop.id, shop.secret)
    assert astray.raw(b"{}", astray.sign(b"{}")).status_code == 404


def test_another_shop_of_the_same_app_is_refused(senders: Any, phone: str) -> None:
    """Shopify signs with the app's secret: the same for every shop that has installed it."""
    shop = senders["shopify"]
    webhook = order_of("shopify", phone).place(100_000).pay().webhooks[-1]
    stranger = Sender(shop.url, "shopify", shop.id, shop.secret, "somebody-else.myshopify.com")
    assert stranger.tell(webhook).status_code == 401
    assert Sender(shop.url, "shopify", shop.id, shop.secret).tell(webhook).status_code == 401


def signed_by(tool: str, body: bytes, secret: str) -> str:
    """As the shops' own code does: base64 of the HMAC, in PHP for one and in JavaScript for the other."""
    node = (
        "process.stdout.write(require('crypto').createHmac('sha256', process.argv[1])"
        ".update(require('fs').readFileSync(0)).digest('base64'))"
    )
    php = "echo base64_encode(hash_hmac('sha256', stream_get_contents(STDIN), $argv[1], true));"
    command = {
        "openssl": ["openssl", "dgst", "-sha256", "-hmac", secret, "-binary"],
        "node": ["node", "-e", node, secret],
        "php": ["php", "-r", php, "--", secret],
    }[tool]
    made = subprocess.run(command, input=body, capture_output=True, check=True).stdout
    return base64.b64encode(made).decode() if tool == "openssl" else made.decode()


@pytest.mark.parametrize("tool", ["openssl", "node", "php"])
@pytest.mark.parametrize("system", ["shopify", "woocommerce"])
def test_a_signature_made_by_another_implementation_is_taken(
    senders: Any, phone: str, tool: str, system: str, live: Any, drain: Any
) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"NOT TRIED: {tool} is not on this machine")
    shop: Sender = senders[system]
    order = order_of(system, phone).place(100_000).pay()
    body = json.dumps(order.webhooks[-1].content, ensure_ascii=False, indent=1).encode()
    made = signed_by(tool, body, shop.secret)
    header = "X-Shopify-Hmac-Sha256" if system == "shopify" else "X-WC-Webhook-Signature"
    more = {"X-Shopify-Shop-Domain": shop.shop} if shop.shop else {}
    answer = shop.raw(body, {**shop.named(order.webhooks[-1], phone), **more, header: made})
    assert status(answer) == "accepted"
    drain()
    assert balance(live, phone) == 50


def test_shopifys_own_library_and_ours_agree(senders: Any, phone: str, live: Any, drain: Any) -> None:
    if shutil.which("node") is None or not (VENDORS / "node_modules").is_dir():
        pytest.skip("NOT TRIED: Shopify's library is not installed (make test installs it where npm is)")
    shop: Sender = senders["shopify"]
    order = order_of("shopify", phone).place(100_000).pay()
    body = json.dumps({**order.webhooks[-1].content, "note": "₹ – é"}, ensure_ascii=False).encode()

    def library(*arguments: str) -> str:
        command = ["node", str(VENDORS / "shopify.mjs"), *arguments]
        return subprocess.run(command, input=body, capture_output=True, check=True).stdout.decode()

    theirs = library("sign", shop.secret)
    answer = shop.raw(
        body, {**shop.named(order.webhooks[-1], phone), **shop.sign(b""), "X-Shopify-Hmac-Sha256": theirs}
    )
    assert status(answer) == "accepted"
    drain()
    assert balance(live, phone) == 50
    ours = shop.sign(body)["X-Shopify-Hmac-Sha256"]
    assert (library("check", shop.secret, ours), library("check", shop.secret, ours[::-1])) == ("true", "false")


def test_woocommerces_ping_is_answered_and_leaves_nothing(senders: Any, stored: Any) -> None:
    shop = senders["woocommerce"]
    before = stored(shop.id)
    answer = shop.raw(b"webhook_id=17", {"Content-Type": "application/x-www-form-urlencoded"})
    assert status(answer) == "pong"
    assert shop.raw(b"webhook_id=17&x=1", {"Content-Type": "application/x-www-form-urlencoded"}).status_code == 401
    signed = {"Content-Type": "application/x-www-form-urlencoded", "X-WC-Webhook-Signature": "AAAA"}
    assert shop.raw(b"webhook_id=17", signed).status_code == 401
    assert stored(shop.id) == before


def test_a_body_that_comes_in_base64_is_verified_as_it_was_sent(senders: Any, platform: Any, phone: str) -> None:
    """As API Gateway hands over what it does not take for text."""
    shop: Sender = senders["shopify"]
    webhook = order_of("shopify", phone).place(100_000).pay().webhooks[-1]
    body = json.dumps(webhook.content).encode()
    headers = {**shop.named(webhook, phone), **shop.sign(body)}
    event = {
        "version": "2.0",
        "headers": {name.lower(): value for name, value in headers.items()},
        "pathParameters": {"connection_id": shop.id},
        "requestContext": {"http": {"method": "POST", "sourceIp": "192.0.2.7"}},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    assert platform.runner.invoke("ReceiveShopify", event)["statusCode"] == 200
    event["body"] = base64.b64encode(body + b" ").decode()
    assert platform.runner.invoke("ReceiveShopify", event)["statusCode"] == 401


@pytest.mark.parametrize("kib", [340, 1_500])
def test_an_order_with_much_metadata_is_rewarded(senders: Any, live: Any, phone: str, drain: Any, kib: int) -> None:
    """The larger one does not fit into a record, even compressed."""
    shop: Sender = senders["woocommerce"]
    order = order_of("woocommerce", phone).place(100_000).pay()
    noise = base64.b64encode(random.Random(kib).randbytes(kib * 768)).decode()
    webhook = order.webhooks[-1]
    large = ShopWebhook(
        webhook.topic, webhook.name, {**webhook.content, "meta_data": [{"id": 1, "key": "_log", "value": noise}]}
    )
    assert status(shop.tell(large)) == "accepted"
    assert status(shop.tell(large)) == "duplicate"
    drain()
    assert balance(live, phone) == 50


def test_a_slash_at_the_end_of_a_webhooks_address_is_ignored(senders: Any, live: Any, phone: str, drain: Any) -> None:
    shop: Sender = senders["woocommerce"]
    webhook = order_of("woocommerce", phone).place(100_000).pay().webhooks[-1]
    body = json.dumps(webhook.content).encode()
    answer = shop.raw(body, {**shop.named(webhook, phone), **shop.sign(body)}, "/")
    assert status(answer) == "accepted"
    drain()
    assert balance(live, phone) == 50


def test_a_sale_comes_as_json_as_a_form_and_as_xml(senders: Any, live: Any, phone: str, drain: Any) -> None:
    till: Sender = senders["pos"]
    sale = {"order_id": f"J-{phone}", "amount": "400.00", "phone": phone, "updated_at": "2026-11-20T10:00:00Z"}
    assert status(till.sell(sale)) == "accepted"
    form = urlencode({**sale, "order_id": f"F-{phone}"}).encode()
    key = {"X-Batua-Key": till.secret}
    assert status(till.raw(form, {"Content-Type": "application/x-www-form-urlencoded", **key})) == "accepted"
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in {**sale, "order_id": f"X-{phone}"}.items())
    xml = f"<?xml version='1.0'?><sale>{fields}</sale>".encode()
    bearer = {"Authorization": f"Bearer {till.secret}"}
    assert status(till.raw(xml, {"Content-Type": "application/xml", **bearer})) == "accepted"
    drain()
    assert balance(live, phone) == 60


def test_a_dry_run_shows_each_row_of_an_exported_list(senders: Any, phone: str) -> None:
    till: Sender = senders["pos"]
    key = {"X-Batua-Key": till.secret, "Content-Type": "text/csv; charset=utf-8"}
    rows = f"Kaveri Stores\nbill_no,amount,phone\nC-{phone},1000,{phone}\nD-{phone},-400,{phone}\nTotal,600,\n"
    answer = till.raw(rows.encode(), key, "?dry_run=true")
    assert answer.status_code == 200, answer.text
    first, second, total = answer.json()["sales"]
    assert (first["would"], first["coins_deserved"]) == ("issue", 50)
    assert second["would"] == "nothing"
    assert (total["would"], total["reason"]) == ("nothing", "total_row")
    wrong = till.raw(b"Number,Sum\nA,1\n", key, "?dry_run=true")
    assert (wrong.status_code, wrong.json()["meta"]["sample_fields"]) == (422, ["Number", "Sum"])


def test_a_dry_run_tells_what_a_sample_would_do_and_does_nothing(
    senders: Any, stored: Any, live: Any, phone: str, drain: Any
) -> None:
    till: Sender = senders["pos"]
    sample = {"order_id": f"D-{phone}", "amount": "1,000.00", "phone": phone}
    before = stored(till.id)
    key = {"X-Batua-Key": till.secret, "Content-Type": "application/json"}
    webhook = till.raw(json.dumps(sample).encode(), key, "?dry_run=true").json()
    assert webhook["status"] == "dry_run"
    (sale,) = webhook["sales"]
    assert (sale["would"], sale["coins_deserved"], sale["bill_amount"]) == ("issue", 50, 1000)
    assert sale["phone"].startswith("+91•")
    drain()
    assert (stored(till.id), balance(live, phone)) == (before, 0)
    till.sell(sample)
    drain()
    refunded = {**sample, "refunded": "400", "updated_at": "2099-01-01T00:00:00Z"}
    (sale,) = till.raw(json.dumps(refunded).encode(), key, "?dry_run=true").json()["sales"]
    assert (sale["would"], sale["coins_held"], sale["coins_deserved"]) == ("reverse", 50, 30)
    for bad in (b"{", b"[]", b"{}", b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>"):
        answer = till.raw(bad, key, "?dry_run=true")
        assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_sample")
        assert answer.json()["meta"]["fields"].keys() == FIELDS.keys()
    strange = json.dumps({"BillNo": 7, "Net": "100.00"}).encode()
    webhook = till.raw(strange, key, "?dry_run=true").json()
    assert webhook["meta"]["sample_fields"] == ["BillNo", "Net"]
    assert webhook["meta"]["fields"]["amount"]["required"] is True
    assert "bill_amount" in webhook["meta"]["fields"]["amount"]["expression"]
    assert till.raw(b"{}", {"X-Batua-Key": "wrong"}, "?dry_run=true").status_code == 401


def test_what_cannot_be_read_is_kept_as_invalid(senders: Any, merchant_admin: Any, drain: Any, phone: str) -> None:
    shop: Sender = senders["woocommerce"]
    body = f'{{"id": "x", "note": "{phone}"'.encode()
    headers = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Delivery-ID": phone, **shop.sign(body)}
    assert status(shop.raw(body, headers)) == "accepted"
    drain()
    last = merchant_admin.get(f"/api/v1/integrations/{shop.id}").json()["data"]["deliveries"][0]
    assert (last["status"], last["reason"]) == ("invalid", "the body is not valid JSON")
