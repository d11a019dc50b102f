"""Payment providers behind one port: Razorpay's payment links and Cashfree's, and the signatures of their webhooks.

Shapes after their public documentation (razorpay.com/docs/api/payments/payment-links, razorpay.com/docs/webhooks;
cashfree.com/docs/api-reference/payments, version 2023-08-01). Amounts are in paise inside; Cashfree takes rupees.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from typing import Any, Final, Literal, Protocol
from urllib.parse import quote

from .. import money
from ..money import INR_SCALE
from ..settings import settings

ProviderName = Literal["razorpay", "cashfree"]
CASHFREE_VERSION: Final = "2023-08-01"
_SECONDS: Final = 10
_LONGEST_ID: Final = 128


class ProviderFault(Exception):
    """The provider refused, or gave no answer. Its words are for the log alone."""


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """`reference` is the same for the same request: a provider takes each once."""

    reference: str
    amount: int
    purpose: str
    name: str
    email: str | None
    phone: str | None
    notify_url: str
    expires_at: int
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class ProviderLink:
    id: str
    url: str


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """What a webhook says. `payment` is the provider's name of a payment, `refund` that of a refund or lost dispute."""

    kind: Literal["paid", "refunded", "other"]
    payment: str = ""
    amount: int = 0
    currency: str = ""
    reference: str = ""
    refund: str = ""


@dataclass(frozen=True, slots=True)
class LinkState:
    """What a provider says of a link when it is asked. `ended`: nobody can pay by it any more."""

    status: Literal["open", "paid", "ended"]
    payments: tuple[ProviderEvent, ...]


class PaymentProvider(Protocol):
    def create_link(self, key: str, secret: str, wanted: LinkRequest) -> ProviderLink:
        """Makes a link that a customer pays by. Raises ProviderFault."""

    def link_state(self, key: str, secret: str, link: str) -> LinkState:
        """The status of a link, with its payments. Raises ProviderFault."""

    def signed(self, headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
        """Whether the provider has signed the raw body."""

    def event(self, body: bytes) -> ProviderEvent:
        """What the body says. Raises ValueError for one that cannot be read."""


def _asking(call: Callable[..., Any]) -> Callable[..., Any]:
    """An answer that cannot be read is the provider's fault as well."""

    @wraps(call)
    def asked(*given: Any) -> Any:
        try:
            return call(*given)
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise ProviderFault("the answer could not be read") from fault

    return asked


class Razorpay:
    @_asking
    def create_link(self, key: str, secret: str, wanted: LinkRequest) -> ProviderLink:
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
        return _link(_object(_sent("POST", url, self._headers(key, secret), content)), "id", "short_url")

    @_asking
    def link_state(self, key: str, secret: str, link: str) -> LinkState:
        url = f"{settings().razorpay_url}/v1/payment_links/{quote(link, safe='')}"
        answer = _object(_sent("GET", url, self._headers(key, secret)))
        currency, reference = str(answer.get("currency")), str(answer.get("reference_id") or "")
        payments = [
            ProviderEvent("paid", _id(each["payment_id"]), _paise(each.get("amount")), currency, reference)
            for each in _objects(answer.get("payments"))
            if each.get("status") == "captured"
        ]
        return _state(answer.get("status"), "paid", ("expired", "cancelled"), payments)

    def _headers(self, key: str, secret: str) -> dict[str, str]:
        return {"authorization": "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()}

    def signed(self, headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
        return _same(headers.get("x-razorpay-signature"), hmac.digest(secret, body, "sha256").hex())

    def event(self, body: bytes) -> ProviderEvent:
        content = _object(body)
        payload, name = content.get("payload") or {}, content.get("event")
        payment = _entity(payload, "payment")
        if name in ("payment_link.paid", "payment_link.partially_paid") and payment.get("status") == "captured":
            reference = str(_entity(payload, "payment_link").get("reference_id") or "")
            amount, currency = _paise(payment.get("amount")), str(payment.get("currency"))
            return ProviderEvent("paid", _id(payment["id"]), amount, currency, reference)
        if name == "refund.processed":
            refund = _entity(payload, "refund")
            amount, currency = _paise(refund.get("amount")), str(refund.get("currency"))
            return ProviderEvent("refunded", _id(refund["payment_id"]), amount, currency, refund=_id(refund["id"]))
        if name == "payment.dispute.lost":
            # The money was deducted from the balance with Razorpay: for the payer it is as good as a refund.
            dispute = _entity(payload, "dispute")
            amount = _paise(dispute.get("amount_deducted") or dispute.get("amount"))
            currency, id = str(dispute.get("currency")), _id(dispute["id"])
            return ProviderEvent("refunded", _id(dispute["payment_id"]), amount, currency, refund=id)
        return ProviderEvent("other")


class Cashfree:
    @_asking
    def create_link(self, key: str, secret: str, wanted: LinkRequest) -> ProviderLink:
        from datetime import UTC, datetime

        if wanted.phone is None:
            raise ProviderFault("Cashfree needs the customer's phone number")
        customer = {
            "customer_phone": wanted.phone.removeprefix("+91"),
            "customer_email": wanted.email,
            "customer_name": wanted.name[:100],
        }
        content = {
            "link_id": wanted.reference,
            "link_amount": Decimal(wanted.amount).scaleb(-INR_SCALE),
            "link_currency": "INR",
            "link_purpose": wanted.purpose[:500],
            "customer_details": {name: value for name, value in customer.items() if value},
            "link_expiry_time": datetime.fromtimestamp(wanted.expires_at, UTC).isoformat(),
            "link_notify": {"send_sms": False, "send_email": False},
            "link_meta": {"notify_url": wanted.notify_url},
        }
        url = f"{settings().cashfree_url}/pg/links"
        return _link(_object(_sent("POST", url, self._headers(key, secret), content)), "link_id", "link_url")

    @_asking
    def link_state(self, key: str, secret: str, link: str) -> LinkState:
        url, headers = f"{settings().cashfree_url}/pg/links/{quote(link, safe='')}", self._headers(key, secret)
        answer = _object(_sent("GET", url, headers))
        orders = _objects(_content(_sent("GET", f"{url}/orders", headers)))
        payments = [
            ProviderEvent(
                "paid", _id(each["order_id"]), _rupees(each.get("order_amount")), str(each.get("order_currency")), link
            )
            for each in orders
            if each.get("order_status") == "PAID"
        ]
        return _state(answer.get("link_status"), "PAID", ("EXPIRED", "CANCELLED"), payments)

    def _headers(self, key: str, secret: str) -> dict[str, str]:
        return {"x-client-id": key, "x-client-secret": secret, "x-api-version": CASHFREE_VERSION}

    def signed(self, headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
        stamp = headers.get("x-webhook-timestamp", "")
        digest = hmac.digest(secret, stamp.encode() + body, "sha256")
        return bool(stamp) and _same(headers.get("x-webhook-signature"), base64.b64encode(digest).decode())

    def event(self, body: bytes) -> ProviderEvent:
        content = _object(body)
        data, name = content.get("data") or {}, content.get("type")
        if name == "PAYMENT_LINK_EVENT":
            order = data.get("order") or {}
            if order.get("transaction_status") == "SUCCESS":
                amount, currency = _rupees(order.get("order_amount")), str(data.get("link_currency"))
                return ProviderEvent("paid", _id(order["order_id"]), amount, currency, str(data.get("link_id") or ""))
        if name == "REFUND_STATUS_WEBHOOK":
            refund = data.get("refund") or {}
            if refund.get("refund_status") == "SUCCESS":
                amount, currency = _rupees(refund.get("refund_amount")), str(refund.get("refund_currency"))
                id = _id(refund["cf_refund_id"])
                return ProviderEvent("refunded", _id(refund["order_id"]), amount, currency, refund=id)
        if name == "DISPUTE_CLOSED":
            dispute, order = data.get("dispute") or {}, data.get("order_details") or {}
            if str(dispute.get("dispute_status")).endswith(("_MERCHANT_LOST", "_MERCHANT_ACCEPTED")):
                amount = _rupees(dispute.get("dispute_amount"))
                currency = str(dispute.get("dispute_amount_currency") or order.get("order_currency"))
                id = f"dispute_{_id(dispute['dispute_id'])}"
                return ProviderEvent("refunded", _id(order["order_id"]), amount, currency, refund=id)
        return ProviderEvent("other")


PROVIDERS: Final[Mapping[str, PaymentProvider]] = {"razorpay": Razorpay(), "cashfree": Cashfree()}


def _sent(method: str, url: str, headers: Mapping[str, str], content: Mapping[str, Any] | None = None) -> bytes:
    import simplejson
    import urllib3

    body = simplejson.dumps(content, use_decimal=True) if content is not None else None
    sent = {"content-type": "application/json", "accept": "application/json", **headers}
    try:
        # Not sent again by itself: a repeated request gets the same reference.
        answer = urllib3.PoolManager().request(method, url, body=body, headers=sent, timeout=_SECONDS, retries=False)
    except urllib3.exceptions.HTTPError as fault:
        raise ProviderFault(type(fault).__name__) from fault
    if answer.status >= 300:
        raise ProviderFault(f"status {answer.status}")
    return bytes(answer.data)


def _state(status: Any, paid: str, ended: tuple[str, ...], payments: Iterable[ProviderEvent]) -> LinkState:
    found = tuple(payments)
    if status == paid and found:
        return LinkState("paid", found)
    return LinkState("ended" if status in ended else "open", found)


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none where the field is missing or null."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError("not a list of objects")
    return value


def _link(answer: Mapping[str, Any], id: str, url: str) -> ProviderLink:
    address = str(answer.get(url, ""))
    if not answer.get(id) or not address.startswith(("https://", "http://127.0.0.1:")):
        raise ProviderFault("the answer has no link")
    return ProviderLink(str(answer[id]), address)


def _content(body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as fault:
        # Arithmetic: an exponent that no decimal can have.
        raise ValueError("not JSON") from fault


def _object(body: bytes) -> dict[str, Any]:
    content = _content(body)
    if not isinstance(content, dict):
        raise ValueError("not an object")
    return content


def _entity(payload: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = (payload.get(name) or {}).get("entity")
    return found if isinstance(found, dict) else {}


def _paise(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= money.MAX_MINOR:
        raise ValueError("not an amount in paise")
    return value


def _rupees(value: Any) -> int:
    try:
        return money.to_minor(money.parse(value), INR_SCALE)
    except money.AmountError as fault:
        raise ValueError("not an amount in rupees") from fault


def _id(value: Any) -> str:
    """The provider's id of something. It becomes part of a key, so it is short and printable."""
    id = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not 0 < len(id) <= _LONGEST_ID or not id.isascii() or not id.isprintable():
        raise ValueError("not an id")
    return id


def _same(shown: str | None, expected: str) -> bool:
    return hmac.compare_digest((shown or "").encode(), expected.encode())
