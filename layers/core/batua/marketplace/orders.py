"""Reading orders: the caller's own, or the tenant's; one with its cards where they are to be shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from .. import errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply
from ..coins import counter
from ..customers.named import NOT_SHOWN, named_customers
from ..identity.credentials import Claims
from ..store import market_keys
from ..store.keys import Key
from ..store.store import Cancelled
from .models import CardOut, ListedOrder, OrderDetail, OrderQuery, OrdersQuery
from .order import Order, load_market_order, order_change, read_market_order
from .views import order_out

ORDER_READ_ERRORS: Final = (errors.MARKET_ORDER_NOT_FOUND, errors.MARKET_ORDER_NOT_PAID, errors.BUSY)
ORDER_LIST_ERRORS: Final = (errors.INVALID_CURSOR,)
_MAX_SCANNED: Final = 2_000
_MAX_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class OrderLookup:
    scope: str
    id: str

    @property
    def key(self) -> Key:
        return market_keys.market_order_key(self.scope, self.id)

    @property
    def keys(self) -> list[Key]:
        return [self.key]


def prefetch_order(claims: Claims, content: object, request: Request) -> OrderLookup:
    id = request.path["id"]
    if not ids.is_id(id, "mor"):
        raise errors.MARKET_ORDER_NOT_FOUND()
    return OrderLookup(claims.scope, id)


def list_orders(call: Call[OrdersQuery]) -> Reply:
    """What the caller has ordered, for whichever customer; or, for administrators, all orders. The newest first."""
    query, caller, program = call.input, call.caller, counter.program_of(call.caller)
    if query.all and "tenant:admin" not in caller.permissions:
        raise errors.FORBIDDEN("Only administrators can list the orders of all users.")
    if query.all:
        partition, index, place_at = (
            market_keys.market_orders_partition(caller.scope, caller.tenant.id),
            "by_parent",
            "g1s",
        )
    else:
        partition, index, place_at = market_keys.buyer_partition(caller.scope, caller.id), "by_name", "g2s"
    bound = {"list": "market-orders", "partition": partition, "state": query.state}
    before = cursor.open_cursor(caller.tenant.id, bound, query.cursor) if query.cursor else None
    walk = call.store.query_all("directory", partition, index=index, descending=True, until=before, limit=100)
    orders = ((row[place_at], read_market_order(row)) for row in walk if row[place_at] != before)
    fitting = (
        (place, order if order.tenant == caller.tenant.id and query.state in (None, order.state) else None)
        for place, order in orders
    )
    found, place = cursor.take_page(fitting, query.limit, _MAX_SCANNED)
    named = named_customers(call, (order.customer for order in found))
    rows = [
        ListedOrder(**dict(order_out(order, program)), **named.get(order.customer, NOT_SHOWN).fields) for order in found
    ]
    following = cursor.seal_cursor(caller.tenant.id, bound, place) if place else None
    return Reply(rows, meta={"next_cursor": following, "limit": query.limit})


def read_order(call: Call[OrderQuery]) -> OrderDetail:
    """One order, for its user and for users with access to the tenant's ledger; the cards only on request."""
    order, program = _own_order(call), counter.program_of(call.caller)
    named = named_customers(call, [order.customer]).get(order.customer, NOT_SHOWN)
    if not call.input.reveal:
        return OrderDetail(**dict(order_out(order, program)), **named.fields, cards=None)
    if order.by != call.caller.id:
        raise errors.FORBIDDEN("Only the user who ordered can see the cards.")
    order, shown = reveal_cards(call, order)
    return OrderDetail(**dict(order_out(order, program)), **named.fields, cards=shown)


def _own_order(call: Call[Any]) -> Order:
    record = call.loaded[call.lookup.key]
    order = read_market_order(record) if record else None
    if order is None or order.tenant != call.caller.tenant.id:
        raise errors.MARKET_ORDER_NOT_FOUND()
    if order.by != call.caller.id and "ledger:read" not in call.caller.permissions:
        raise errors.MARKET_ORDER_NOT_FOUND()
    return order


def reveal_cards(call: Call[OrderQuery], order: Order) -> tuple[Order, list[CardOut]]:
    """The cards, for their user. The audit trail and the order record the view before the cards are shown."""
    scope = call.caller.scope
    for _ in range(_MAX_ATTEMPTS):
        sealed = order.cards
        if order.step != "settled" or sealed is None:
            figures = {"state": order.state}
            raise errors.MARKET_ORDER_NOT_PAID(errors.MARKET_ORDER_NOT_PAID.describe(figures), figures=figures)
        after, write = order_change(scope, order, replace(order, shown_at=order.shown_at or call.now), call.now)
        try:
            shown = call.act("marketplace cards shown", order=order.id)
            call.store.commit([write, shown], caller=call.request.id)
        except Cancelled:
            current = load_market_order(call.store, scope, order.id)
            order = current or order
            continue
        from .house import open_cards  # most requests open no cards

        cards = open_cards(order.tenant, order.id, sealed)
        return after, [
            CardOut(code=each.code, pin=each.pin, url=each.url, valid_until=each.valid_until) for each in cards
        ]
    raise errors.BUSY(headers={"Retry-After": "1"})
