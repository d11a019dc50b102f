"""Payment providers, held to their documented shapes: what is sent to a stand-in, what its webhooks say, signatures."""

from __future__ import annotations

import base64
import hmac
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from batua import settings
from batua.billing.payment_port import LinkRequest, ProviderAccess, ProviderEvent, ProviderFault
from batua.billing.providers import PROVIDERS

WANTED = LinkRequest(
    reference="inv_01KDC0V6M8W3T4Q9X2Z7N5B1FA-3",
    amount=118_050,
    purpose="Tax Invoice INV/2627/000001",
    name="Anand Foods",
    email="a@anand.example",
    phone="+919876543210",
    notify_url="https://wallet.example.com/hook",
    expires_at=1_800_000_000,
)


KEYS = ProviderAccess("rzp_live_1", "secret", "live")


class StandIn:
    """A provider's server: keeps what it was sent, and answers as it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str], Any]] = []
        self.status, self.answer = 200, b"{}"
        self.by_path: dict[str, bytes] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

            def do_GET(self) -> None:
                self._answer(None)

            def _answer(self, body: Any) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.seen.append((self.path, headers, body))
                self.send_response(outer.status)
                self.end_headers()
                self.wfile.write(outer.by_path.get(self.path, outer.answer))

            def log_message(self, *_: Any) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    server = StandIn()
    monkeypatch.setenv("RAZORPAY_URL", server.url)
    monkeypatch.setenv("CASHFREE_URL", server.url)
    monkeypatch.setenv("CASHFREE_SANDBOX_URL", f"{server.url}/sandbox")
    settings.reset_settings()
    yield server
    server.close()
    monkeypatch.undo()
    settings.reset_settings()


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


def razorpay_event(event: str, **entities: Any) -> bytes:
    return json.dumps(
        {
            "entity": "event",
            "account_id": "acc_BFQ7uQEaa7j2z7",
            "event": event,
            "contains": list(entities),
            "payload": {name: {"entity": entity} for name, entity in entities.items()},
            "created_at": 1567674606,
        }
    ).encode()


PAYMENT = {"id": "pay_DESlfW9H8K9uqM", "entity": "payment", "amount": 118050, "currency": "INR", "status": "captured"}


def test_razorpays_webhooks_say_payments_and_refunds() -> None:
    read = PROVIDERS["razorpay"].event
    link = {"id": "plink_1", "reference_id": WANTED.reference, "amount": 118050, "amount_paid": 118050}
    paid = read(razorpay_event("payment_link.paid", payment_link=link, payment=PAYMENT))
    assert (paid.kind, paid.payment, paid.amount, paid.currency) == ("paid", PAYMENT["id"], 118050, "INR")
    assert paid.reference == WANTED.reference
    refund = {"id": "rfnd_FS8SHqezuGhbNC", "amount": 5000, "currency": "INR", "payment_id": PAYMENT["id"]}
    back = read(razorpay_event("refund.processed", refund=refund, payment=PAYMENT))
    assert (back.kind, back.payment, back.refund, back.amount) == ("refunded", PAYMENT["id"], refund["id"], 5000)
    failed = {**PAYMENT, "status": "failed"}
    assert read(razorpay_event("payment.failed", payment=failed)).kind == "other"
    assert read(razorpay_event("payment_link.paid", payment_link=link, payment=failed)).kind == "other"


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


def test_the_webhooks_of_orders_say_payments() -> None:
    """Payloads as in razorpay.com/docs/webhooks/orders and cashfree.com/docs, "Payment webhooks", 2023-08-01."""
    order = {"id": "order_1", "entity": "order", "amount": 118050, "amount_paid": 118050, "receipt": WANTED.reference}
    payment = {**PAYMENT, "order_id": "order_1", "captured": True}
    paid = PROVIDERS["razorpay"].event(razorpay_event("order.paid", payment=payment, order={**order, "status": "paid"}))
    assert (paid.kind, paid.payment, paid.amount, paid.reference) == ("paid", PAYMENT["id"], 118_050, WANTED.reference)
    for event in ("payment.captured", "payment.authorized", "payment.failed"):
        assert PROVIDERS["razorpay"].event(razorpay_event(event, payment=payment)).kind == "other"
    content = {
        "data": {
            "order": {
                "order_id": WANTED.reference,
                "order_amount": 1180.5,
                "order_currency": "INR",
                "order_tags": None,
            },
            "payment": {
                "cf_payment_id": "1453002795",
                "payment_status": "SUCCESS",
                "payment_amount": 1180.5,
                "payment_currency": "INR",
                "payment_message": "00::Transaction success",
                "payment_time": "2022-12-15T12:20:29+05:30",
                "bank_reference": "234928698581",
                "payment_group": "upi",
            },
            "customer_details": {"customer_id": "7112AAA812234", "customer_phone": "9908734801"},
        },
        "event_time": "2023-01-06T15:50:20+05:30",
        "type": "PAYMENT_SUCCESS_WEBHOOK",
    }
    paid = PROVIDERS["cashfree"].event(json.dumps(content).encode())
    assert (paid.kind, paid.payment, paid.amount, paid.currency) == ("paid", WANTED.reference, 118_050, "INR")
    assert paid.reference == WANTED.reference
    for type in ("PAYMENT_FAILED_WEBHOOK", "PAYMENT_USER_DROPPED_WEBHOOK", "PAYMENT_CHARGES_WEBHOOK"):
        assert PROVIDERS["cashfree"].event(json.dumps({**content, "type": type}).encode()).kind == "other"


def test_cashfrees_webhooks_say_payments_and_refunds() -> None:
    read = PROVIDERS["cashfree"].event
    order = {"order_amount": "1180.50", "order_id": "CFPay_U1mgll3c0e9g_ehdcjjbtckf", "transaction_id": 1021206}
    data = {"link_id": WANTED.reference, "link_currency": "INR", "link_amount_paid": "1180.50"}
    said = {"type": "PAYMENT_LINK_EVENT", "data": {**data, "order": {**order, "transaction_status": "SUCCESS"}}}
    paid = read(json.dumps(said).encode())
    assert (paid.kind, paid.amount, paid.reference) == ("paid", 118_050, WANTED.reference)
    expired = {"type": "PAYMENT_LINK_EVENT", "data": {**data, "link_status": "EXPIRED"}}
    assert read(json.dumps(expired).encode()).kind == "other"
    refund = {
        "cf_refund_id": 11325632,
        "order_id": order["order_id"],
        "refund_amount": 50.00,
        "refund_currency": "INR",
        "refund_status": "SUCCESS",
    }
    back = read(json.dumps({"type": "REFUND_STATUS_WEBHOOK", "data": {"refund": refund}}).encode())
    assert (back.kind, back.payment, back.refund, back.amount) == ("refunded", order["order_id"], "11325632", 5_000)


def test_a_dispute_counts_as_a_refund_once_it_is_lost() -> None:
    """Payloads as in razorpay.com/docs/webhooks/disputes and cashfree.com/docs, "Dispute webhooks"."""
    entity = {"id": "disp_AHfqOvkldwsbqt", "entity": "dispute", "payment_id": "pay_EsyWjHrfzb59eR", "amount": 10_000}
    entity |= {"currency": "INR", "amount_deducted": 10_000, "phase": "chargeback", "status": "lost"}
    lost = {"event": "payment.dispute.lost", "payload": {"dispute": {"entity": entity}}}
    read = PROVIDERS["razorpay"].event
    seen = read(json.dumps(lost).encode())
    assert (seen.kind, seen.payment, seen.refund, seen.amount) == (
        "refunded",
        entity["payment_id"],
        entity["id"],
        10_000,
    )
    for event in ("payment.dispute.created", "payment.dispute.won", "payment.dispute.closed", "payment.failed"):
        assert read(json.dumps({**lost, "event": event}).encode()).kind == "other"
    dispute = {"dispute_id": "433475258", "dispute_type": "DISPUTE", "dispute_amount": 3.5}
    order = {"order_id": "order_1944392D", "order_amount": 4.0, "order_currency": "INR"}

    def closed(status: str) -> ProviderEvent:
        data = {"dispute": {**dispute, "dispute_status": status}, "order_details": order}
        return PROVIDERS["cashfree"].event(json.dumps({"type": "DISPUTE_CLOSED", "data": data}).encode())

    seen = closed("CHARGEBACK_MERCHANT_LOST")
    assert (seen.kind, seen.payment, seen.refund, seen.amount, seen.currency) == (
        "refunded",
        "order_1944392D",
        "dispute_433475258",
        350,
        "INR",
    )
    assert closed("DISPUTE_MERCHANT_WON").kind == "other"


@pytest.mark.parametrize("amount", ["-1", "0", "1.001", "NaN", "x", None])
def test_an_amount_that_is_none_is_refused(amount: Any) -> None:
    order = {"order_amount": amount, "order_id": "o", "transaction_status": "SUCCESS"}
    body = {"type": "PAYMENT_LINK_EVENT", "data": {"link_id": "l", "link_currency": "INR", "order": order}}
    with pytest.raises(ValueError, match="not an amount"):
        PROVIDERS["cashfree"].event(json.dumps(body).encode())


def _paid(provider: str, amount: str, id: str = '"p1"') -> bytes:
    if provider == "cashfree":
        order = f'{{"order_amount": {amount}, "order_id": {id}, "transaction_status": "SUCCESS"}}'
        data = f'{{"link_id": "l", "link_currency": "INR", "order": {order}}}'
        return f'{{"type": "PAYMENT_LINK_EVENT", "data": {data}}}'.encode()
    payment = f'{{"entity": {{"id": {id}, "status": "captured", "amount": {amount}, "currency": "INR"}}}}'
    link = '{"entity": {"reference_id": "l"}}'
    return f'{{"event": "payment_link.paid", "payload": {{"payment": {payment}, "payment_link": {link}}}}}'.encode()


@pytest.mark.parametrize("provider", ["razorpay", "cashfree"])
def test_what_no_amount_or_id_can_be_is_unreadable_and_no_fault(provider: str) -> None:
    """Whoever has an account of their own signs what they like."""
    read = PROVIDERS[provider].event
    assert read(_paid(provider, "100")).kind == "paid"
    for amount in ("9e999999", "1e99999999999999999999", "1e60", "1" * 400, "1" * 5000, "1e-400", "NaN", "[]", "true"):
        with pytest.raises(ValueError, match=r"."):
            read(_paid(provider, amount))
    for id in ('""', '"' + "x" * 3000 + '"', "{}", "null", "true", '"a\\u0000b"', '"\\ud800"'):
        with pytest.raises(ValueError, match="not an id"):
            read(_paid(provider, "100", id))


def test_only_the_providers_own_signature_over_the_raw_body_holds() -> None:
    body, secret = b'{"event":"x"}', b"secret"
    razorpay, cashfree = PROVIDERS["razorpay"], PROVIDERS["cashfree"]
    good = hmac.digest(secret, body, "sha256").hex()
    assert razorpay.signed({"x-razorpay-signature": good}, body, secret)
    for headers, content in (
        ({"x-razorpay-signature": good}, body + b" "),
        ({"x-razorpay-signature": ""}, body),
        ({}, body),
    ):
        assert not razorpay.signed(headers, content, secret)
    stamped = base64.b64encode(hmac.digest(secret, b"1746427759733" + body, "sha256")).decode()
    assert cashfree.signed({"x-webhook-timestamp": "1746427759733", "x-webhook-signature": stamped}, body, secret)
    assert not cashfree.signed({"x-webhook-timestamp": "1746427759734", "x-webhook-signature": stamped}, body, secret)
    assert not cashfree.signed({"x-webhook-signature": stamped}, body, secret)
