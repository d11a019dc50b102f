"""A customer's orders of the marketplace, and the cards of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from .. import errors
from ..api.endpoint import Call
from ..api.styles import Reply
from ..coins import counter
from ..ledger.model import Program
from ..marketplace.models import OrderQuery
from ..marketplace.order import Order, order_id_of, read_market_order
from ..store import market_keys
from ..store.keys import Key
from .market_models import MyOrderDetail, MyOrdersQuery
from .market_views import my_order
from .opened_records import opened_records, take_opened


def orders_of_mine(
    call: Call[Any], after: str | None = None, program: Program | None = None
) -> Iterator[tuple[str, Order | None]]:
    """Every entry of the wallet in a program that may have opened an order, with it."""
    scope = call.caller.scope

    def key_of(entry: str) -> Key:
        return market_keys.market_order_key(scope, order_id_of(entry))

    for place, record in opened_records(call, ("hold",), key_of, after, program):
        order = read_market_order(record) if record else None
        yield place, order if order and order.customer == call.caller.id else None


def list_my_orders(call: Call[MyOrdersQuery]) -> Reply:
    """The newest first, with the filter on their state."""
    program = counter.program_of(call.caller)
    page, meta = take_opened(call, "my-orders", partial(orders_of_mine, call))
    return Reply([my_order(order, program) for order in page], meta=meta)


def read_my_order(call: Call[OrderQuery]) -> MyOrderDetail:
    """One of the customer's own; with `reveal`, its cards, which leaves a line in the audit trail."""
    record = call.loaded[call.lookup.key]
    order = read_market_order(record) if record else None
    if order is None or order.customer != call.caller.id:
        raise errors.MARKET_ORDER_NOT_FOUND()
    cards = None
    if call.input.reveal:
        from ..marketplace.orders import reveal_cards  # the list opens no cards

        order, cards = reveal_cards(call, order)
    return MyOrderDetail(**my_order(order, counter.program_of(call.caller)).model_dump(), cards=cards)
