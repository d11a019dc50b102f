"""The tasks of the workflow that carries an order. Each may be run any number of times, and by two at once.

    advance -> (wait -> advance)* -> settle

`advance` talks to the vendor and writes down what it says; `settle` moves the coins by what is written. Between the
two, the record is the truth. An unknown outcome is never voided: only the vendor's own word, that it refused or that it
has no such order, gives the coins back, and only once nothing that was sent can still arrive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Literal, TypedDict

from .. import ids, observe
from ..store import market_keys
from ..store.store import Cancelled, ConditionFailed, Store
from ..store.writes import EXISTS, Update
from .house import seal_cards
from .order import Order, load_market_order, order_change
from .vendor import Vendor, VendorAnswer, VendorOrder
from .vendors import vendor_of_order

MINUTE_MS: Final = 60_000
ORDER_LEASE_MS: Final = MINUTE_MS
"""How long one execution may be at the vendor: more than a function runs."""
CERTAIN_AFTER_MS: Final = 10 * MINUTE_MS
"""The vendor's "no such order" counts from so long after the last sending on: before, it may still be on its way."""
RESEND_FOR_MS: Final = 6 * 60 * MINUTE_MS
"""How long an order that the vendor does not know is sent again; then it has failed."""
DELAYED_AFTER_MS: Final = 30 * MINUTE_MS
"""After this long, the order needs attention."""
_RETRY_SECONDS: Final = (5, 10, 20, 60, 120, 300, 600, 1800, 3600)
"""Seconds between two looks."""

Next = Literal["settle", "wait", "done"]


class OrderOutlook(TypedDict):
    """What the state machine does next, and after how many seconds."""

    next: Next
    seconds: int


VendorOf = Callable[[Store, str, Order, int], Vendor]


class OrderBusy(Exception):
    """Another execution changed the order. Retried."""


def advance_order(store: Store, event: dict[str, Any], now: int, vendor_of: VendorOf = vendor_of_order) -> OrderOutlook:
    """Places the order, or asks what became of it, and writes down the answer."""
    scope: str = event["scope"]
    order = load_market_order(store, scope, event["order"])
    if order is None:
        return _outlook("done")
    if order.step == "settled":
        return _check_late_delivery(store, scope, order, now, vendor_of) if event.get("recheck") else _outlook("done")
    if order.step in ("delivered", "denied"):
        return _outlook("settle")
    if now < order.lease_until:
        return _outlook("wait", (order.lease_until - now) // 1000 + 1)
    vendor = vendor_of(store, scope, order, now)
    places = _may_place(order, vendor, scope, now)
    taken = replace(
        order,
        step="sent" if order.step == "new" else order.step,
        lease_until=now + ORDER_LEASE_MS,
        looks=order.looks + 1,
        first_sent_at=order.first_sent_at or now,
        last_sent_at=now if places else order.last_sent_at,
    )
    order = _write_order(store, scope, order, taken, now)
    answer = _vendor_answer(vendor, order, scope, now, places=places)
    return _order_outlook(store, scope, order, answer, now)


def _may_place(order: Order, vendor: Vendor, scope: str, now: int) -> bool:
    """Whether this look may send the order: the first one, or again for a vendor that has not confirmed it."""
    if order.step == "new":
        return True
    resend = order.step == "sent" and now - (order.first_sent_at or now) < RESEND_FOR_MS
    return resend and vendor.may_place(order.for_vendor(scope), now)


def _vendor_answer(vendor: Vendor, order: Order, scope: str, now: int, *, places: bool) -> VendorAnswer:
    wanted: VendorOrder = order.for_vendor(scope)
    if not places:
        return vendor.status(wanted, now)
    if order.looks == 1:
        return vendor.place(wanted)
    # It was sent before, without an answer that counts: what became of it is asked first.
    answer = vendor.status(wanted, now)
    return vendor.place(wanted) if answer.kind == "denied" else answer


def _order_outlook(store: Store, scope: str, order: Order, answer: VendorAnswer, now: int) -> OrderOutlook:
    after = replace(order, lease_until=0, vendor_id=answer.vendor_id or order.vendor_id)
    if answer.kind == "delivered":
        cards = answer.cards[: order.quantity]
        if not cards:
            after = replace(after, step="denied", reason=answer.reason or "nothing_delivered")
        else:
            sealed = seal_cards(order.tenant, order.id, cards)
            after = replace(after, step="delivered", delivered=len(cards), cards=sealed, reason=answer.reason)
    elif answer.kind == "refused":
        after = replace(after, step="denied", reason=answer.reason or "refused")
    elif answer.kind == "denied" and _is_certain(order, now):
        after = replace(after, step="denied", reason="not_placed")
    elif answer.kind == "processing":
        after = replace(after, step="accepted")
    if after.step in ("delivered", "denied"):
        _write_order(store, scope, order, after, now)
        return _outlook("settle")
    seconds = _RETRY_SECONDS[min(order.looks, len(_RETRY_SECONDS)) - 1]
    if now - order.created_at >= DELAYED_AFTER_MS and order.delayed_at is None:
        after = replace(after, delayed_at=now, reason=answer.reason)
    if after.delayed_at is not None:
        observe.tally(MarketOrdersDelayed=1)
    _write_order(store, scope, order, after, now)
    _expect(store, order, now + seconds * 1000)
    return _outlook("wait", seconds)


def _is_certain(order: Order, now: int) -> bool:
    """Whether "no such order" is final: nothing is sent any more, and what was sent has arrived or never will."""
    first, last = order.first_sent_at or now, order.last_sent_at or now
    return now - first >= RESEND_FOR_MS and now - last >= CERTAIN_AFTER_MS


def _check_late_delivery(store: Store, scope: str, order: Order, now: int, vendor_of: VendorOf) -> OrderOutlook:
    """A vendor speaks up after its denial: the coins are back, and stay so. People settle it with the vendor."""
    if order.state != "failed" or order.reason == "delivered_late":
        return _outlook("done")
    answer = vendor_of(store, scope, order, now).status(order.for_vendor(scope), now)
    if answer.kind == "delivered" and answer.cards:
        observe.tally(MarketOrdersDelayed=1)
        observe.log().error("a vendor delivered an order that it had denied", extra={"order": order.id})
        _write_order(store, scope, order, replace(order, reason="delivered_late", delayed_at=now), now)
    return _outlook("done")


def _write_order(store: Store, scope: str, before: Order, after: Order, now: int) -> Order:
    after, write = order_change(scope, before, after, now)
    try:
        store.commit([write], caller=ids.new_id("req"))
    except Cancelled as overtaken:
        raise OrderBusy(before.id) from overtaken
    return after


def _expect(store: Store, order: Order, wakes: int) -> None:
    """Keeps the schedule from resuming the order before then."""
    try:
        store.write(Update(market_keys.open_order_key(order.id), set={"wakes": wakes}, when=EXISTS))
    except ConditionFailed:
        return  # settled meanwhile


def _outlook(next: Next, seconds: int = 0) -> OrderOutlook:
    return {"next": next, "seconds": seconds}
