"""Payment providers, held to their documented shapes: what is sent to a stand-in, what its webhooks say, signatures."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import pytest

from batua.billing.payment_port import ProviderAccess, ProviderFault
from batua.billing.providers import PROVIDERS
from tests.unit.provider_fixtures import (
    PAYMENT,
    WANTED,
    StandIn,
    provider,  # noqa: F401 - fixtures
)

KEYS = ProviderAccess("rzp_live_1", "secret", "live")


def test_razorpay_is_asked_for_a_payment_link_in_paise(provider: StandIn) -> None:
    provider.answer = b'{"id": "plink_ExjpAUN3gVHrPJ", "short_url": "https://rzp.io/i/nxrHnLJ", "status": "created"}'
    link = PROVIDERS["razorpay"].create_link(KEYS, WANTED)
    assert (link.id, link.url) == ("plink_ExjpAUN3gVHrPJ", "https://rzp.io/i/nxrHnLJ")
    ((path, headers, body),) = provider.seen
    assert path == "/v1/payment_links"
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"rzp_live_1:secret"
    assert (body["amount"], body["currency"], body["reference_id"]) == (118_050, "INR", WANTED.reference)
    assert len(body["reference_id"]) <= 40
    assert body["customer"] == {"name": "Anand Foods", "email": "a@anand.example", "contact": "+919876543210"}


def test_cashfree_is_asked_for_a_link_in_rupees(provider: StandIn) -> None:
    provider.answer = json.dumps(
        {"cf_link_id": 1996567, "link_id": WANTED.reference, "link_url": "https://payments.cashfree.com/links/x"}
    ).encode()
    link = PROVIDERS["cashfree"].create_link(ProviderAccess("app", "secret", "live"), WANTED)
    assert link.url == "https://payments.cashfree.com/links/x"
    ((path, headers, body),) = provider.seen
    assert path == "/pg/links"
    assert (headers["x-client-id"], headers["x-client-secret"]) == ("app", "secret")
    assert headers["x-api-version"] == "2023-08-01"
    assert (body["link_amount"], body["link_currency"], body["link_id"]) == (1180.5, "INR", WANTED.reference)
    assert len(body["link_id"]) <= 50
    assert body["customer_details"]["customer_phone"] == "9876543210"


@pytest.mark.parametrize("name", ["razorpay", "cashfree"])
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, b"{}"),
        (401, b"{}"),
        (200, b"no JSON"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"id": 1, "short_url": "ftp:"}'),
    ],
)
def test_an_answer_without_a_link_is_a_fault(provider: StandIn, name: str, status: int, answer: bytes) -> None:
    provider.status, provider.answer = status, answer
    with pytest.raises(ProviderFault):
        PROVIDERS[name].create_link(KEYS, WANTED)


RAZORPAY_LINK = {
    "id": "plink_KBnb7I424Rc1R9",
    "amount": 118050,
    "amount_paid": 118050,
    "currency": "INR",
    "reference_id": WANTED.reference,
    "status": "paid",
    "order_id": "order_KBneAVhT2zbzsU",
    "payments": [
        {
            "amount": 118050,
            "created_at": 1661852741,
            "method": "netbanking",
            "payment_id": "pay_1",
            "status": "captured",
        },
        {"amount": 118050, "created_at": 1661852740, "method": "netbanking", "payment_id": "pay_0", "status": "failed"},
    ],
}


def test_razorpay_says_how_a_link_stands(provider: StandIn) -> None:
    provider.answer = json.dumps(RAZORPAY_LINK).encode()
    state = PROVIDERS["razorpay"].link_state(KEYS, "plink_KBnb7I424Rc1R9")
    assert state.status == "paid"
    assert [(each.payment, each.amount, each.currency) for each in state.payments] == [("pay_1", 118_050, "INR")]
    assert [(path, body) for path, _, body in provider.seen] == [("/v1/payment_links/plink_KBnb7I424Rc1R9", None)]
    provider.answer = json.dumps({**RAZORPAY_LINK, "status": "expired", "payments": None}).encode()
    state = PROVIDERS["razorpay"].link_state(KEYS, "plink_KBnb7I424Rc1R9")
    assert (state.status, state.payments) == ("ended", ())


def test_cashfree_says_how_a_link_stands(provider: StandIn) -> None:
    link = {"cf_link_id": "1996567", "link_id": "l/1", "link_status": "PAID", "link_amount_paid": 1180.5}
    order = {"cf_order_id": "2149460581", "order_id": "order_3242", "order_currency": "INR", "order_amount": 1180.5}
    orders = [{**order, "order_status": "PAID"}, {**order, "order_id": "order_0", "order_status": "ACTIVE"}]
    provider.by_path = {
        "/pg/links/l%2F1": json.dumps(link).encode(),
        "/pg/links/l%2F1/orders": json.dumps(orders).encode(),
    }
    state = PROVIDERS["cashfree"].link_state(ProviderAccess("app", "secret", "live"), "l/1")
    assert state.status == "paid"
    assert [(each.payment, each.amount, each.reference) for each in state.payments] == [("order_3242", 118_050, "l/1")]
    assert {headers["x-client-id"] for _, headers, _ in provider.seen} == {"app"}


@pytest.mark.parametrize("name", ["razorpay", "cashfree"])
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (404, b"{}"),
        (200, b"x"),
        (200, b"[1]"),
        (200, b'{"payments": 7}'),
        (200, b'{"payments": [{"status": "captured"}]}'),
    ],
)
def test_a_link_whose_state_cannot_be_read_is_a_fault(provider: StandIn, name: str, status: int, answer: bytes) -> None:
    provider.status, provider.answer = status, answer
    with pytest.raises(ProviderFault):
        PROVIDERS[name].link_state(KEYS, "l")


def test_razorpay_is_asked_for_an_order_in_paise(provider: StandIn) -> None:
    """The answer as in razorpay.com/docs/api/orders/create."""
    answer = {"id": "order_RB58MiP5SPFYyM", "entity": "order", "amount": 118050, "amount_paid": 0, "amount_due": 118050}
    answer |= {"currency": "INR", "receipt": WANTED.reference, "status": "created", "attempts": 0, "notes": []}
    provider.answer = json.dumps({**answer, "offer_id": None, "created_at": 1756455561}).encode()
    order = PROVIDERS["razorpay"].create_order(KEYS, WANTED)
    assert (order.id, order.session) == ("order_RB58MiP5SPFYyM", None)
    ((path, headers, body),) = provider.seen
    assert path == "/v1/orders"
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"rzp_live_1:secret"
    assert (body["amount"], body["currency"], body["receipt"]) == (118_050, "INR", WANTED.reference)
    assert body["partial_payment"] is False
    assert len(body["receipt"]) <= 40
    assert set(body) <= {"amount", "currency", "receipt", "partial_payment", "notes", "first_payment_min_amount"}


def test_cashfree_is_asked_for_an_order_in_rupees(provider: StandIn) -> None:
    """Request and answer as in cashfree.com/docs/api-reference/payments/previous/v2023-08-01/orders/create."""
    answer = {"cf_order_id": "2149460581", "order_id": WANTED.reference, "entity": "order", "order_status": "ACTIVE"}
    session = "session_a1VXIPJo8kh7IBigVXX8LgTMupQW_cu25FS8KwLwQLOmiHqbBxq5UhEilrhbDSKKHA6UAuOj9506aaHNlFAHEqYrHSEl"
    provider.answer = json.dumps({**answer, "order_amount": 1180.5, "payment_session_id": session}).encode()
    wanted = replace(WANTED, return_url="https://wallet.example.com/pay/x?returned=1")
    order = PROVIDERS["cashfree"].create_order(ProviderAccess("app", "secret", "live"), wanted)
    assert (order.id, order.session) == (WANTED.reference, session)
    ((path, headers, body),) = provider.seen
    assert (path, headers["x-api-version"]) == ("/pg/orders", "2023-08-01")
    assert (body["order_id"], body["order_amount"], body["order_currency"]) == (WANTED.reference, 1180.5, "INR")
    assert 3 <= len(body["order_id"]) <= 45
    assert re.fullmatch(r"[A-Za-z0-9_-]+", body["order_id"])
    assert re.fullmatch(r"[A-Za-z0-9_-]{3,50}", body["customer_details"]["customer_id"])
    assert body["customer_details"]["customer_phone"] == "9876543210"
    assert body["order_meta"] == {"notify_url": WANTED.notify_url, "return_url": wanted.return_url}
    assert body["order_expiry_time"] == "2027-01-15T08:00:00+00:00"
    assert 3 <= len(body["order_note"]) <= 200


def test_cashfrees_test_keys_are_sent_to_its_sandbox(provider: StandIn) -> None:
    access = ProviderAccess("TEST430329ae80e0f32e41a393d78b923034", "secret", "test")
    provider.answer = json.dumps({"link_id": "l", "link_url": "https://payments-test.cashfree.com/links/x"}).encode()
    PROVIDERS["cashfree"].create_link(access, WANTED)
    provider.answer = json.dumps({"order_id": "o", "payment_session_id": "session_x"}).encode()
    PROVIDERS["cashfree"].create_order(access, WANTED)
    provider.by_path = {"/sandbox/pg/orders/o/payments": b"[]"}
    provider.answer = b'{"order_status": "ACTIVE"}'
    assert PROVIDERS["cashfree"].order_state(access, "o", "r").status == "open"
    paths = [path for path, _, _ in provider.seen]
    assert paths == ["/sandbox/pg/links", "/sandbox/pg/orders", "/sandbox/pg/orders/o", "/sandbox/pg/orders/o/payments"]


@pytest.mark.parametrize("name", ["razorpay", "cashfree"])
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, b"{}"),
        (401, b"{}"),
        (200, b"no JSON"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"id": "", "order_id": "o"}'),
        (200, b'{"id": {}, "order_id": "o", "payment_session_id": "a\\u0000"}'),
    ],
)
def test_an_answer_without_an_order_is_a_fault(provider: StandIn, name: str, status: int, answer: bytes) -> None:
    provider.status, provider.answer = status, answer
    with pytest.raises(ProviderFault):
        PROVIDERS[name].create_order(KEYS, WANTED)


def test_an_order_is_paid_as_soon_as_one_of_its_payments_is(provider: StandIn) -> None:
    """Answers as in razorpay.com/docs/api/orders/fetch-payments and in Cashfree's "Get Payments for an Order"."""
    failed = {"id": "pay_0", "entity": "payment", "amount": 118050, "currency": "INR", "status": "failed"}
    items = [{**failed, "order_id": "order_1", "method": "upi"}, {**PAYMENT, "order_id": "order_1", "captured": True}]
    provider.by_path = {
        "/v1/orders/order_1": b'{"id": "order_1", "status": "paid", "amount_paid": 118050}',
        "/v1/orders/order_1/payments": json.dumps({"entity": "collection", "count": 2, "items": items}).encode(),
    }
    state = PROVIDERS["razorpay"].order_state(KEYS, "order_1", WANTED.reference)
    said = [(each.payment, each.amount, each.currency, each.reference) for each in state.payments]
    assert (state.status, said) == ("paid", [(PAYMENT["id"], 118_050, "INR", WANTED.reference)])
    dropped = {"cf_payment_id": "12376123", "order_id": "order_3242", "entity": "payment", "payment_amount": 1180.5}
    dropped |= {
        "order_amount": 1180.5,
        "payment_currency": "INR",
        "is_captured": True,
        "payment_status": "USER_DROPPED",
    }
    provider.by_path = {
        "/pg/orders/order_3242": b'{"order_id": "order_3242", "order_status": "PAID", "order_amount": 1180.5}',
        "/pg/orders/order_3242/payments": json.dumps([dropped, {**dropped, "payment_status": "SUCCESS"}]).encode(),
    }
    state = PROVIDERS["cashfree"].order_state(KEYS, "order_3242", WANTED.reference)
    said = [(each.payment, each.amount, each.currency, each.reference) for each in state.payments]
    assert (state.status, said) == ("paid", [("order_3242", 118_050, "INR", WANTED.reference)])
    provider.by_path |= {
        "/pg/orders/order_3242": b'{"order_status": "EXPIRED"}',
        "/pg/orders/order_3242/payments": b"[]",
    }
    assert PROVIDERS["cashfree"].order_state(KEYS, "order_3242", WANTED.reference).status == "ended"
