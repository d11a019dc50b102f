"""Signed deliveries of billing systems: time, id and body are all signed."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from batua.identity.webhook_signatures import signature_headers
from tests.api.sender_fixtures import drain, merchant_admin, status  # noqa: F401 - fixtures
from tests.api.shop_fixtures import Sender, balance


@pytest.fixture(scope="module")
def signing_till(merchant_admin: Any, platform: Any) -> Sender:
    """A billing system that signs as Standard Webhooks has it, which is what a new connection wants."""
    made = merchant_admin.post("/api/v1/integrations", {"system": "pos", "name": "Signing tills"}).json()["data"]
    assert made["signing"] == "standard_webhooks"
    return Sender(platform.url, "pos", made["id"], made["secret"])


def sale_of(phone: str, order: str) -> bytes:
    sale = {"order_id": f"{order}-{phone}", "amount": "400.00", "phone": phone, "updated_at": "2026-11-20T10:00:00Z"}
    return json.dumps(sale).encode()


def test_a_delivery_that_was_overheard_is_worth_nothing_after_five_minutes(
    signing_till: Sender, live: Any, phone: str, drain: Any
) -> None:
    body, secrets = sale_of(phone, "R"), [signing_till.secret.encode()]
    for second in (int(time.time()) - 301, int(time.time()) + 600):
        refused = signing_till.raw(body, signature_headers("msg_1", second, body, secrets))
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
        assert "five minutes" in refused.json()["message"]
    headers = signature_headers("msg_1", int(time.time()) - 200, body, secrets)
    assert status(signing_till.raw(body, headers)) == "accepted"
    assert status(signing_till.raw(body, headers)) == "duplicate"
    drain()
    assert balance(live, phone) == 20


def test_id_timestamp_and_body_are_all_signed(signing_till: Sender, phone: str) -> None:
    body, now = sale_of(phone, "S"), int(time.time())
    good = signature_headers("msg_2", now, body, [signing_till.secret.encode()])
    for change in (
        {"webhook-id": "msg_3"},
        {"webhook-id": ""},
        {"webhook-timestamp": str(now + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": f"{now}.0"},
        {"webhook-signature": ""},
        {"webhook-signature": good["webhook-signature"].removeprefix("v1,")},
        {"webhook-signature": good["webhook-signature"].replace("v1,", "v2,")},
        {"webhook-signature": " ".join([*["v1,x"] * 8, good["webhook-signature"]])},
    ):
        assert signing_till.raw(body, {**good, **change}).status_code == 401, change
    assert signing_till.raw(body + b" ", good).status_code == 401
    assert (
        status(signing_till.raw(body, {**good, "webhook-signature": f"v1,x {good['webhook-signature']}"})) == "accepted"
    )


def test_a_sender_that_signs_is_not_taken_at_the_word_of_one_that_cannot(signing_till: Sender, phone: str) -> None:
    body = sale_of(phone, "L")
    digest = hmac.new(signing_till.secret.encode(), body, hashlib.sha256).hexdigest()
    old = ({"X-Batua-Signature": f"sha256={digest}"}, {"X-Batua-Key": signing_till.secret})
    for headers in (*old, {"Authorization": f"Bearer {signing_till.secret}"}):
        assert signing_till.raw(body, headers).status_code == 401
    stale = signature_headers("msg_4", int(time.time()) - 400, body, [signing_till.secret.encode()])
    assert signing_till.raw(body, {**stale, **old[0]}).status_code == 401


def test_the_old_form_is_for_connections_that_say_so(
    merchant_admin: Any, platform: Any, signing_till: Sender, phone: str
) -> None:
    tally = merchant_admin.post(
        "/api/v1/integrations", {"system": "pos", "name": "Tally desk", "mapping": {"base": "tally"}}
    ).json()["data"]
    assert tally["signing"] == "legacy"
    made = merchant_admin.post("/api/v1/integrations", {"system": "pos", "name": "Old", "signing": "legacy"}).json()[
        "data"
    ]
    old, body = Sender(platform.url, "pos", made["id"], made["secret"]), sale_of(phone, "O")
    assert status(old.raw(body, {"X-Batua-Key": old.secret})) == "accepted"
    changed = merchant_admin.call("PATCH", f"/api/v1/integrations/{old.id}", json={"signing": "standard_webhooks"})
    assert changed.json()["data"]["signing"] == "standard_webhooks"
    assert old.raw(body, {"X-Batua-Key": old.secret}).status_code == 401
    for shop in ("shopify", "woocommerce"):
        asked = {"system": shop, "name": "Shop", "signing": "legacy"}
        assert merchant_admin.post("/api/v1/integrations", asked).status_code == 400


def test_the_reference_library_of_standard_webhooks_signs_for_us(signing_till: Sender, phone: str) -> None:
    body, now = sale_of(phone, "W"), datetime.now(UTC)
    signature = Webhook(signing_till.secret).sign("msg_lib", now, body.decode())
    headers = {"webhook-id": "msg_lib", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    assert status(signing_till.raw(body, headers)) == "accepted"
