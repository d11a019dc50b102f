"""Webhooks of Razorpay and Cashfree: payments, refunds, disputes, amounts and signatures."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest

from batua.billing.payment_port import ProviderEvent
from batua.billing.providers import PROVIDERS
from tests.unit.provider_fixtures import (
    PAYMENT,
    WANTED,
    provider,  # noqa: F401 - fixtures
)


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
