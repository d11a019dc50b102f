"""Payments of invoices: accounts with a provider, and its webhooks."""

from __future__ import annotations

import hmac
import json
from typing import Any

import pytest
import requests

from tests.api.billing_fixtures import INVOICES
from tests.api.conftest import Client

ACCOUNT = "/api/v1/billing/payment-account"
RAZORPAY = {"provider": "razorpay", "key_id": "rzp_test_1", "key_secret": "s3cret", "webhook_secret": "s3cret"}


@pytest.fixture
def webhook(seller: Client) -> str:
    """Where the provider of the seller sends its webhooks."""
    saved = seller.put(ACCOUNT, RAZORPAY)
    assert saved.status_code == 200, saved.text
    return str(saved.json()["data"]["webhook_url"])


def read(seller: Client, invoice: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = seller.get(f"{INVOICES}/{invoice['id']}").json()["data"]
    return data


def paid(invoice: dict[str, Any], amount: int, payment: str, currency: str = "INR", event: str = "paid") -> bytes:
    entity = {"id": payment, "amount": amount, "currency": currency, "status": "captured"}
    link = {"id": "plink_1", "reference_id": f"{invoice['id']}-3"}
    payload = {"payment_link": {"entity": link}, "payment": {"entity": entity}}
    return json.dumps({"event": f"payment_link.{event}", "payload": payload}).encode()


def refunded(amount: int, payment: str, refund: str) -> bytes:
    entity = {"id": refund, "amount": amount, "currency": "INR", "payment_id": payment}
    return json.dumps({"event": "refund.processed", "payload": {"refund": {"entity": entity}}}).encode()


def send(url: str, body: bytes, secret: bytes = b"s3cret") -> Any:
    signature = hmac.digest(secret, body, "sha256").hex()
    return requests.post(url, body, headers={"x-razorpay-signature": signature}, timeout=30)
