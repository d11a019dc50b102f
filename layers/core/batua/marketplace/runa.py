"""Runa as a vendor, after its public API (version 2024-02-05).

    POST /order        under `X-Idempotency-Key`, the order's id, which Runa knows for 30 days
    GET  /order/{id}   once Runa's own id is known
    GET  /order        else: our id stands in each order's `description`
    GET  /product      the catalogue, page by page

Runa answers a repeated key with what it answered first, errors included. So what a 5xx left behind is not learnt by
sending it again: the list of orders shows it. Its payout link is the card: anyone who has it can spend it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from .. import clock
from .amounts import face_paise, plain_amount
from .exchange import VendorReply, VendorSilent, ask_vendor, rows_of, text_of
from .vendor import Card, Denominations, VendorAnswer, VendorOrder, VendorProduct

RUNA_VERSION: Final = "2024-02-05"
KEY_DAYS: Final = 29
"""A day less than Runa knows a key: the same key would order anew from then on."""
_CURRENCY: Final = "INR"
_PAGE_SIZE: Final = 100
_MOST_PAGES: Final = 40
"""Of orders that a look for one reads. Beyond them it is not known whether the order is there."""
_IN_PROGRESS: Final = frozenset({"idempotency_in_progress"})
_SAME_KEY: Final = frozenset({"idempotency_validation_error"})
_NO_FUNDS: Final = frozenset({"insufficient_balance", "insufficient_funds", "insufficient-balance"})


@dataclass(frozen=True, slots=True)
class RunaVendor:
    url: str
    api_key: str = field(repr=False)

    def may_place(self, order: VendorOrder, now: int) -> bool:
        return now - order.first_sent_at < KEY_DAYS * clock.DAY_MS

    def place(self, order: VendorOrder) -> VendorAnswer:
        item = {
            "face_value": plain_amount(order.face),
            "distribution_method": {"type": "PAYOUT_LINK"},
            "products": {"type": "SINGLE", "value": order.sku},
        }
        content = {
            "payment_method": {"type": "ACCOUNT_BALANCE", "currency": _CURRENCY},
            "items": [item] * order.quantity,
            "description": order.id,
        }
        headers = {"X-Idempotency-Key": order.id, "X-Execution-Mode": "async"}
        try:
            reply = self._ask("POST", "/order", content, headers)
        except VendorSilent as silent:
            return VendorAnswer("unknown", reason=silent.silence)
        if reply.status < 300:
            return _read_order(reply, order)
        kind = str(reply.get("type") or "")
        if kind in _IN_PROGRESS:
            return VendorAnswer("unknown", reason="vendor_busy")
        if kind in _SAME_KEY:
            return VendorAnswer("unknown", reason="key_used_for_another_order")
        if reply.status == 404:
            return VendorAnswer("unknown", reason="vendor_fault")
        return VendorAnswer("refused", reason="vendor_balance" if kind in _NO_FUNDS else "refused")

    def status(self, order: VendorOrder, now: int) -> VendorAnswer:
        try:
            if order.vendor_id is None:
                return self._find(order)
            reply = self._ask("GET", f"/order/{quote(order.vendor_id, safe='')}")
        except VendorSilent as silent:
            return VendorAnswer("unknown", reason=silent.silence)
        if reply.status == 404:
            return VendorAnswer("denied", reason="not_placed")
        return _read_order(reply, order) if reply.status < 300 else VendorAnswer("unknown", reason="vendor_fault")

    def _find(self, order: VendorOrder) -> VendorAnswer:
        """Looks for our id among the orders of the time. An order that is at work has no description in the list."""
        anonymous = False
        for listed in self._orders(order.first_sent_at):
            if listed is None:
                return VendorAnswer("unknown", reason="too_many_orders")
            if listed.get("description") == order.id:
                reply = self._ask("GET", f"/order/{quote(text_of(listed.get('id')) or '-', safe='')}")
                if reply.status < 300:
                    return _read_order(reply, order)
                return VendorAnswer("unknown", reason="vendor_fault")
            anonymous = anonymous or listed.get("status") == "PROCESSING"
        return (
            VendorAnswer("unknown", reason="vendor_busy") if anonymous else VendorAnswer("denied", reason="not_placed")
        )

    def _orders(self, since: int) -> Iterator[Mapping[str, Any] | None]:
        """The orders from an hour before `since` on, the latest first; None where there are more than are read."""
        after: str | None = None
        for _ in range(_MOST_PAGES):
            query = urlencode({"limit": _PAGE_SIZE, **({"after": after} if after else {})})
            reply = self._ask("GET", f"/order?{query}")
            rows = reply.get("items")
            if reply.status >= 300 or not isinstance(rows, list):
                raise VendorSilent("unreadable_answer")
            listed = [row for row in rows if isinstance(row, Mapping)]
            yield from listed
            times = [_vendor_instant(row["created_at"]) for row in listed if row.get("created_at")]
            after = _next_cursor(reply)
            if after is None or (times and len(times) == len(listed) and max(times) < since - 3_600_000):
                return
        yield None

    def greet(self) -> int | None:
        """Asks for the account's balance, which needs the key: its rupees, in paise. Raises VendorSilent."""
        reply = self._ask("GET", f"/balance?currency={_CURRENCY}")
        if reply.status >= 300:
            raise VendorSilent("unreadable_answer")
        told = reply.get("balance")
        try:
            return 0 if told in ("0.00", "0", 0) else face_paise(told)
        except ValueError:
            return None

    def catalogue(self) -> Iterator[VendorProduct]:
        """Products in rupees that can be ordered. Raises VendorSilent."""
        after: str | None = None
        while True:
            query = {"limit": _PAGE_SIZE, "countries_redeemable_in": "IN", "is_orderable": "true"}
            reply = self._ask("GET", f"/product?{urlencode({**query, **({'after': after} if after else {})})}")
            rows = reply.get("catalog")
            if reply.status >= 300 or not isinstance(rows, list):
                raise VendorSilent("unreadable_answer")
            for row in rows:
                if isinstance(row, Mapping) and (product := _read_product(row)):
                    yield product
            after = _next_cursor(reply)
            if after is None or not rows:
                return

    def _ask(self, method: str, path: str, content: Any = None, more: Mapping[str, str] | None = None) -> VendorReply:
        headers = {"X-Api-Key": self.api_key, "X-Api-Version": RUNA_VERSION, **(more or {})}
        return ask_vendor(method, self.url + path, headers, content)


def _read_order(reply: VendorReply, order: VendorOrder) -> VendorAnswer:
    id, status = reply.get("id"), reply.get("status")
    vendor_id = id if isinstance(id, str) and 0 < len(id) <= 64 else order.vendor_id
    if status == "FAILED":
        return VendorAnswer("refused", vendor_id, reason="vendor_failed")
    if status == "PROCESSING":
        return VendorAnswer("processing", vendor_id)
    if status != "COMPLETED":
        return VendorAnswer("unknown", vendor_id, reason="unreadable_answer")
    items = reply.get("items")
    if not isinstance(items, list):
        # The short form: the cards come with the order itself.
        return VendorAnswer("processing", vendor_id)
    links = [each["payout"] for each in items if isinstance(each, Mapping) and isinstance(each.get("payout"), Mapping)]
    live = [link for link in links if isinstance(link.get("url"), str) and link.get("status") != "CANCELLED"]
    if any(not link["url"].startswith("https://") for link in live):
        # Customers open it from our page. Whatever it is instead of a web page, something was delivered.
        return VendorAnswer("unknown", vendor_id, reason="unreadable_answer")
    cards = tuple(Card(url=link["url"], valid_until=text_of(link.get("expiry_date"))) for link in live)
    if not cards:
        return VendorAnswer("unknown", vendor_id, reason="no_cards_yet")
    return VendorAnswer("delivered", vendor_id, cards, None if len(cards) >= order.quantity else "partly_delivered")


def _read_product(row: Mapping[str, Any]) -> VendorProduct | None:
    """None for one that can't be sold here: another currency, no gift card, out of order."""
    card, code = row.get("gift_card"), row.get("code")
    orderable = row.get("is_orderable") is not False and row.get("state", "LIVE") == "LIVE"
    if (
        not isinstance(card, Mapping)
        or not isinstance(code, str)
        or not code
        or row.get("currency") != _CURRENCY
        or not orderable
    ):
        return None
    denominations = _denominations(card.get("denominations"))
    if denominations is None:
        return None
    assets, expiry = card.get("assets"), card.get("expiry")
    image = assets.get("card_image_url") if isinstance(assets, Mapping) else None
    months = expiry.get("in_months") if isinstance(expiry, Mapping) else None
    return VendorProduct(
        sku=code,
        title=text_of(row.get("name")) or code,
        denominations=denominations,
        image=image if isinstance(image, str) and image.startswith("https://") else None,
        categories=tuple(name[:40] for each in rows_of(row.get("categories")) if (name := text_of(each))),
        valid_months=months if isinstance(months, int) and 0 < months < 1200 else None,
    )


def _denominations(described: Any) -> Denominations | None:
    if not isinstance(described, Mapping):
        return None
    try:
        if described.get("type") == "fixed":
            faces = tuple(sorted({face_paise(each) for each in rows_of(described.get("available_list"))}))
            return Denominations(faces) if faces else None
        least, most = face_paise(described["minimum_value"]), face_paise(described["maximum_value"])
    except (KeyError, ValueError):
        return None
    return Denominations(least=least, most=most, step=100) if 0 < least <= most else None


def _next_cursor(reply: VendorReply) -> str | None:
    pagination = reply.get("pagination")
    cursors = pagination.get("cursors") if isinstance(pagination, Mapping) else None
    after = cursors.get("after") if isinstance(cursors, Mapping) else None
    return after if isinstance(after, str) and after else None


def _vendor_instant(text: Any) -> int:
    try:
        return clock.parse_iso(str(text))
    except (ValueError, OverflowError) as fault:
        raise VendorSilent("unreadable_answer") from fault
