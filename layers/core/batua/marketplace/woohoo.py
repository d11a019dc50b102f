"""Woohoo (Qwikcilver, Pine Labs) as a vendor, after its API version 3 as public integrations of it use it.

    POST /oauth2/verify, /oauth2/token   a token that is good for a week, and is kept
    POST /rest/v3/orders                 under `refno`, ours, which Woohoo takes once
    GET  /rest/v3/order/{refno}/status   what became of it
    GET  /rest/v3/order/{id}/cards       the cards, page by page
    GET  /rest/v3/catalog/categories, /categories/{id}/products, /products/{sku}

Each request is signed with the client secret over its method, address and content.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

from .. import clock
from .amounts import face_paise, plain_amount
from .exchange import VendorReply, VendorSilent, ask_vendor, rows_of, text_of
from .vendor import Card, Denominations, VendorAnswer, VendorOrder, VendorProduct

RUPEE: Final = 356
"""ISO 4217, as a number."""
TOKEN_DAYS: Final = 6
"""A day less than Woohoo keeps a token."""
_PAGE_SIZE: Final = 100
_MOST_CARDS_PAGES: Final = 20
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

TokenKeeper = Callable[[Callable[[], str], bool], str]
"""Gives the token that is kept; asks for a new one by the first argument where there is none, or the second says so."""


@dataclass(frozen=True, slots=True)
class WoohooVendor:
    url: str
    credentials: Mapping[str, str] = field(repr=False)
    buyer: Mapping[str, str]
    """The contact that Woohoo wants with each order: the business, never the customer."""
    now: int
    token: TokenKeeper

    def may_place(self, order: VendorOrder, now: int) -> bool:
        return True

    def place(self, order: VendorOrder) -> VendorAnswer:
        price, total = plain_amount(order.face), plain_amount(order.face * order.quantity)
        refno = order_refno(order.id)
        address = {**self.buyer, "country": "IN", "billToThis": True}
        content = {
            "address": address,
            "billing": address,
            "payments": [{"code": "svc", "amount": total, "poNumber": refno}],
            "products": [{"sku": order.sku, "price": price, "qty": order.quantity, "currency": RUPEE}],
            "refno": refno,
            "deliveryMode": "API",
            "syncOnly": False,
        }
        try:
            reply = self._ask("POST", "/rest/v3/orders", content)
            if reply.status in (200, 201, 202):
                return self._read(reply, order)
            if reply.status == 409 or "refno" in _reply_message(reply):
                # It has this reference already: what became of it is what it says of it.
                return self.status(order, self.now)
        except VendorSilent as silent:
            return VendorAnswer("unknown", reason=silent.silence)
        if reply.status == 404:
            return VendorAnswer("unknown", reason="vendor_fault")
        if self.now > order.first_sent_at:
            # It was sent before, and may be at work still: what is refused now may be for want of what that one took.
            return VendorAnswer("unknown", reason="refused_again")
        return VendorAnswer("refused", reason="vendor_balance" if "balance" in _reply_message(reply) else "refused")

    def status(self, order: VendorOrder, now: int) -> VendorAnswer:
        try:
            reply = self._ask("GET", f"/rest/v3/order/{order_refno(order.id)}/status")
            if reply.status == 404:
                return VendorAnswer("denied", reason="not_placed")
            if reply.status >= 300:
                return VendorAnswer("unknown", reason="vendor_fault")
            return self._read(reply, order)
        except VendorSilent as silent:
            return VendorAnswer("unknown", reason=silent.silence)

    def _read(self, reply: VendorReply, order: VendorOrder) -> VendorAnswer:
        given = reply.get("orderId")
        vendor_id = text_of(given) or order.vendor_id
        status = str(reply.get("status") or "").upper()
        if status in ("CANCELED", "CANCELLED", "FAILED"):
            return VendorAnswer("refused", vendor_id, reason="vendor_failed")
        if status in ("PROCESSING", "PENDING"):
            return VendorAnswer("processing", vendor_id)
        if status != "COMPLETE":
            return VendorAnswer("unknown", vendor_id, reason="unreadable_answer")
        listed = reply.get("cards")
        rows = listed if isinstance(listed, list) and listed else self._cards(vendor_id)
        numbered = [row for row in rows if isinstance(row, Mapping) and row.get("cardNumber")]
        if any(text_of(row["cardNumber"]) is None for row in numbered):
            # Whatever it is instead of a number, something was delivered.
            return VendorAnswer("unknown", vendor_id, reason="unreadable_answer")
        cards = tuple(_read_card(row) for row in numbered)
        if not cards:
            return VendorAnswer("unknown", vendor_id, reason="no_cards_yet")
        return VendorAnswer("delivered", vendor_id, cards, None if len(cards) >= order.quantity else "partly_delivered")

    def _cards(self, vendor_id: str | None) -> list[Any]:
        if vendor_id is None:
            raise VendorSilent("unreadable_answer")
        found: list[Any] = []
        for page in range(_MOST_CARDS_PAGES):
            path = f"/rest/v3/order/{quote(vendor_id, safe='')}/cards/?limit={_PAGE_SIZE}&offset={page * _PAGE_SIZE}"
            reply = self._ask("GET", path)
            rows = reply.get("cards")
            if reply.status >= 300 or not isinstance(rows, list):
                raise VendorSilent("unreadable_answer")
            found += rows
            if len(rows) < _PAGE_SIZE:
                break
        return found

    def catalogue(self) -> Iterator[VendorProduct]:
        """The products of the account's root category. Raises VendorSilent."""
        root = self._ask("GET", "/rest/v3/catalog/categories")
        category = root.get("id") if isinstance(root.content, Mapping) else _first_value(root.content, "id")
        if root.status >= 300 or not isinstance(category, str | int):
            raise VendorSilent("unreadable_answer")
        offset = 0
        while True:
            start = f"/rest/v3/catalog/categories/{quote(str(category), safe='')}"
            path = f"{start}/products?limit={_PAGE_SIZE}&offset={offset}"
            reply = self._ask("GET", path)
            rows = reply.get("products")
            if reply.status >= 300 or not isinstance(rows, list):
                raise VendorSilent("unreadable_answer")
            for row in rows:
                if isinstance(row, Mapping) and isinstance(row.get("sku"), str):
                    detail = self._ask("GET", f"/rest/v3/catalog/products/{quote(row['sku'], safe='')}")
                    if detail.status == 404:
                        continue
                    if product := _read_product(detail.content):
                        yield product
            offset += len(rows)
            if len(rows) < _PAGE_SIZE:
                return

    def greet(self) -> int | None:
        """Asks for a new token and the categories: that needs the login, the client and its signature. Woohoo tells no
        balance. Raises VendorSilent."""
        reply = self._sent("GET", "/rest/v3/catalog/categories", None, self.token(self._new_token, True))
        if reply.status >= 300:
            raise VendorSilent("unreadable_answer")
        return None

    def _ask(self, method: str, path: str, content: Any = None) -> VendorReply:
        try:
            return self._sent(method, path, content, self.token(self._new_token, False))
        except VendorSilent as silent:
            if silent.silence != "vendor_credentials":
                raise
        # A rejected token was not looked at any further: with a new one it is the same request still.
        return self._sent(method, path, content, self.token(self._new_token, True))

    def _sent(self, method: str, path: str, content: Any, token: str) -> VendorReply:
        headers = {
            "Authorization": f"Bearer {token}",
            "dateAtClient": clock.iso(self.now),
            "signature": woohoo_signature(self.credentials["client_secret"], method, self.url + path, content),
        }
        return ask_vendor(method, self.url + path, headers, content)

    def _new_token(self) -> str:
        known = self.credentials
        asked = {"clientId": known["client_id"], "username": known["username"], "password": known["password"]}
        verified = ask_vendor("POST", f"{self.url}/oauth2/verify", {}, asked)
        asked = {
            "clientId": known["client_id"],
            "clientSecret": known["client_secret"],
            "authorizationCode": str(verified.get("authorizationCode") or ""),
        }
        token = ask_vendor("POST", f"{self.url}/oauth2/token", {}, asked).get("token")
        if not isinstance(token, str) or not token:
            raise VendorSilent("vendor_credentials")
        return token


def order_refno(order_id: str) -> str:
    """The order's id as 25 digits and capital letters, which is as long as a reference may be; no two ids share one."""
    number, digits = 0, ""
    for letter in order_id.rpartition("_")[2]:
        number = number * 32 + _CROCKFORD.index(letter)
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits.rjust(25, "0")


def woohoo_signature(secret: str, method: str, url: str, content: Any = None) -> str:
    """HMAC-SHA512 over `METHOD&address&content`: the query and the content's keys in order, both percent-encoded."""
    parts = urlsplit(url)
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    address = url.partition("?")[0] + (f"?{query}" if query else "")
    signed = [method.upper(), quote(address, safe="~")]
    if content:
        signed.append(quote(json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False), safe="~"))
    return hmac.digest(secret.encode(), "&".join(signed).encode(), "sha512").hex()


def _read_card(row: Mapping[str, Any]) -> Card:
    link = row.get("activationUrl")
    return Card(
        code=str(row["cardNumber"]),
        pin=text_of(row.get("cardPin")) or text_of(row.get("activationCode")),
        url=link if isinstance(link, str) and link.startswith("https://") else None,
        valid_until=text_of(row.get("validity")),
    )


def _read_product(detail: Any) -> VendorProduct | None:
    price = detail.get("price") if isinstance(detail, Mapping) else None
    if not isinstance(price, Mapping) or not isinstance(detail.get("sku"), str) or not detail["sku"]:
        return None
    currency = price.get("currency")
    code = currency.get("code") if isinstance(currency, Mapping) else currency
    denominations = _denominations(price)
    if denominations is None or code not in (None, "INR", RUPEE, str(RUPEE)):
        return None
    images, terms = detail.get("images"), detail.get("tnc")
    image = _first_value([images.get("base"), images.get("mobile")] if isinstance(images, Mapping) else [], None)
    return VendorProduct(
        sku=detail["sku"],
        title=text_of(detail.get("name")) or detail["sku"],
        denominations=denominations,
        description=text_of(detail.get("description")),
        terms=text_of(terms.get("content")) if isinstance(terms, Mapping) else None,
        image=image if isinstance(image, str) and image.startswith("https://") else None,
        categories=tuple(name[:40] for each in rows_of(detail.get("categories")) if (name := text_of(each))),
    )


def _denominations(price: Mapping[str, Any]) -> Denominations | None:
    try:
        if str(price.get("type") or "").upper() == "SLAB" or price.get("denominations"):
            faces = tuple(sorted({face_paise(each) for each in rows_of(price.get("denominations"))}))
            return Denominations(faces) if faces else None
        least, most = face_paise(price.get("min")), face_paise(price.get("max"))
    except ValueError:
        return None
    return Denominations(least=least, most=most, step=100) if least <= most else None


def _first_value(values: Any, name: str | None) -> Any:
    for each in values if isinstance(values, list) else []:
        found = each.get(name) if name and isinstance(each, Mapping) else each
        if found:
            return found
    return None


def _reply_message(reply: VendorReply) -> str:
    return str(reply.get("message") or "").casefold()
