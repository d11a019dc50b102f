"""Senders of webhooks, and their merchant, over the running platform."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import os
import time
import uuid
from dataclasses import dataclass, replace
from typing import Any

import requests

from batua.identity.webhook_signatures import signature_headers
from tests.fakes.shops import ShopifyShop, ShopWebhook, WooShop

_orders = itertools.count(10_000_000 + os.getpid() % 10_000 * 1_000)


@dataclass(frozen=True)
class Sender:
    """A connected system: where it sends, and its secret."""

    url: str
    system: str
    id: str
    secret: str
    shop: str | None = None

    def sign(self, body: bytes) -> dict[str, str]:
        digest = hmac.new(self.secret.encode(), body, hashlib.sha256)
        encoded = base64.b64encode(digest.digest()).decode()
        if self.system == "shopify":
            shop = {"X-Shopify-Shop-Domain": self.shop} if self.shop else {}
            return {"X-Shopify-Hmac-Sha256": encoded, **shop}
        if self.system == "woocommerce":
            return {"X-WC-Webhook-Signature": encoded}
        return signature_headers(f"msg_{uuid.uuid4().hex}", int(time.time()), body, [self.secret.encode()])

    def named(self, webhook: ShopWebhook, order: str) -> dict[str, str]:
        if self.system == "shopify":
            return {"X-Shopify-Topic": webhook.topic, "X-Shopify-Webhook-Id": f"{order}-{webhook.name}"}
        return {"X-WC-Webhook-Topic": webhook.topic, "X-WC-Webhook-Delivery-ID": f"{order}-{webhook.name}"}

    def raw(self, body: bytes, headers: dict[str, str], query: str = "") -> requests.Response:
        path = f"/webhooks/{self.system}/{self.id}{query}"
        return requests.post(self.url + path, data=body, headers=headers, timeout=30)

    def tell(self, webhook: ShopWebhook) -> requests.Response:
        """Sends what a shop told, signed."""
        body = json.dumps(webhook.content).encode()
        content = webhook.content.get("order_edit", webhook.content)
        order = str(content.get("order_id") or content["id"])
        headers = {"Content-Type": "application/json", **self.named(webhook, order), **self.sign(body)}
        return self.raw(body, headers)

    def sell(self, content: Any, **headers: str) -> requests.Response:
        """Sends a sale of a billing system, signed."""
        body = json.dumps(content).encode()
        return self.raw(body, {"Content-Type": "application/json", **headers, **self.sign(body)})

    def with_secret(self, secret: str) -> Sender:
        return replace(self, secret=secret)


def sender(url: str, credentials: dict[str, Any], system: str) -> Sender:
    webhook = credentials[system]
    shop = "kaveri-stores.myshopify.com" if system == "shopify" else None
    return Sender(url, system, webhook["id"], webhook["secret"], shop)


def order_of(system: str, phone: str | None) -> Any:
    """A new order of a shop, with a number that no other test has."""
    number = next(_orders)
    return ShopifyShop(phone, id=5_000_000_000_000 + number) if system == "shopify" else WooShop(phone, id=number)


def balance(live: Any, phone: str) -> Any:
    answer = live.get("/api/v1/merchant/customers/balance", params={"phone": phone})
    return 0 if answer.status_code == 404 else answer.json()["data"]["balance"]
