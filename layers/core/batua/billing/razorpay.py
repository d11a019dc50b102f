"""Razorpay: payment links and orders, and its webhooks.

Shapes after its public documentation: razorpay.com/docs/api/payments/payment-links, razorpay.com/docs/api/orders,
razorpay.com/docs/webhooks. Live and test keys have one address.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from ..settings import settings
from .payment_port import LinkRequest, LinkState, ProviderAccess, ProviderEvent, ProviderLink, ProviderOrder
from .provider_calls import (
    entity_of,
    faulting,
    json_object,
    json_objects,
    link_of,
    link_state_of,
    paise_of,
    provider_id,
    same_signature,
    send,
)

_PAID: Final = {
    "payment_link.paid": ("payment_link", "reference_id"),
    "payment_link.partially_paid": ("payment_link", "reference_id"),
    "order.paid": ("order", "receipt"),
}
"""The events that say a payment, and where each has our reference. A link's order says it again: it counts once."""


class Razorpay:
    @faulting
    def create_link(self, access: ProviderAccess, wanted: LinkRequest) -> ProviderLink:
        customer = {"name": wanted.name, "email": wanted.email, "contact": wanted.phone}
        content = {
            "amount": wanted.amount,
            "currency": "INR",
            "accept_partial": False,
            "reference_id": wanted.reference,
            "description": wanted.purpose,
            "customer": {name: value for name, value in customer.items() if value},
            "expire_by": wanted.expires_at,
            "reminder_enable": False,
            # Razorpay's webhooks are set up in its dashboard; the note says which address is theirs.
            "notes": {"webhook": wanted.notify_url},
        }
        url = f"{settings().razorpay_url}/v1/payment_links"
        return link_of(json_object(send("POST", url, self._headers(access), content)), "id", "short_url")

    @faulting
    def link_state(self, access: ProviderAccess, link: str) -> LinkState:
        url = f"{settings().razorpay_url}/v1/payment_links/{quote(link, safe='')}"
        answer = json_object(send("GET", url, self._headers(access)))
        currency, reference = answer.get("currency"), str(answer.get("reference_id") or "")
        payments = [
            _paid_event(each["payment_id"], each.get("amount"), currency, reference)
            for each in json_objects(answer.get("payments"))
            if each.get("status") == "captured"
        ]
        return link_state_of(answer.get("status"), "paid", ("expired", "cancelled"), payments)

    @faulting
    def create_order(self, access: ProviderAccess, wanted: LinkRequest) -> ProviderOrder:
        content = {
            "amount": wanted.amount,
            "currency": "INR",
            "receipt": wanted.reference,
            "partial_payment": False,
            "notes": {"webhook": wanted.notify_url},
        }
        answer = json_object(send("POST", f"{settings().razorpay_url}/v1/orders", self._headers(access), content))
        return ProviderOrder(provider_id(answer["id"]))

    @faulting
    def order_state(self, access: ProviderAccess, order: str, reference: str) -> LinkState:
        url, headers = f"{settings().razorpay_url}/v1/orders/{quote(order, safe='')}", self._headers(access)
        answer = json_object(send("GET", url, headers))
        found = json_object(send("GET", f"{url}/payments", headers))
        payments = [
            _paid_event(each["id"], each.get("amount"), each.get("currency"), reference)
            for each in json_objects(found.get("items"))
            if each.get("status") == "captured"
        ]
        # An order of Razorpay's has no end: how long it is offered is up to us.
        return link_state_of(answer.get("status"), "paid", (), payments)

    def _headers(self, access: ProviderAccess) -> dict[str, str]:
        return {"authorization": "Basic " + base64.b64encode(f"{access.key_id}:{access.secret}".encode()).decode()}

    def signed(self, headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
        return same_signature(headers.get("x-razorpay-signature"), hmac.digest(secret, body, "sha256").hex())

    def event(self, body: bytes) -> ProviderEvent:
        content = json_object(body)
        payload, name = content.get("payload") or {}, content.get("event")
        payment = entity_of(payload, "payment")
        if name in _PAID and payment.get("status") == "captured":
            reference = str(entity_of(payload, _PAID[name][0]).get(_PAID[name][1]) or "")
            return _paid_event(payment["id"], payment.get("amount"), payment.get("currency"), reference)
        if name == "refund.processed":
            refund = entity_of(payload, "refund")
            return _refunded(refund["payment_id"], refund.get("amount"), refund.get("currency"), refund["id"])
        if name == "payment.dispute.lost":
            # The money was deducted from the balance with Razorpay: for the payer it is as good as a refund.
            dispute = entity_of(payload, "dispute")
            amount, currency = dispute.get("amount_deducted") or dispute.get("amount"), dispute.get("currency")
            return _refunded(dispute["payment_id"], amount, currency, dispute["id"])
        return ProviderEvent("other")


def _paid_event(payment: Any, amount: Any, currency: Any, reference: str) -> ProviderEvent:
    return ProviderEvent("paid", provider_id(payment), paise_of(amount), str(currency), reference)


def _refunded(payment: Any, amount: Any, currency: Any, refund: Any) -> ProviderEvent:
    return ProviderEvent("refunded", provider_id(payment), paise_of(amount), str(currency), refund=provider_id(refund))
