"""From changes of marketplace orders to events. Pure."""

from __future__ import annotations

from .. import ids
from ..marketplace.order import Order, order_scope, read_market_order
from ..money import to_text
from ..store.keys import Scope
from ..store.store import Record
from .event import Event, sequence_number
from .event_making import ScaleOf, new_event
from .schemas import MarketOrderChanged


def market_events(before: Record | None, after: Record, scale_of: ScaleOf) -> list[Event]:
    """The events of a change under a key that begins with `MARKETORDER#`."""
    if after["sk"] != "MARKETORDER":
        return []
    order, scope = read_market_order(after), order_scope(after)
    if before is None:
        return [_order_event(scope, order, "created", scale_of)]
    if before["state"] != order.state:
        return [_order_event(scope, order, str(order.state), scale_of)]
    delayed = order.delayed_at is not None and before.get("delayed_at") is None
    return [_order_event(scope, order, "delayed", scale_of)] if delayed else []


def _order_event(scope: Scope, order: Order, what: str, scale_of: ScaleOf) -> Event:
    scale = scale_of(scope.tenant, order.tenant, order.program)
    data = MarketOrderChanged(
        order_id=order.id,
        product_id=order.product,
        title=order.title,
        vendor=order.vendor,
        status=order.state,
        delayed=order.delayed_at is not None and order.state == "processing",
        quantity=order.quantity,
        delivered=order.delivered if order.settled_at else 0,
        points=to_text(order.points, scale),
        points_captured=to_text(order.captured, scale),
        reason=order.reason,
        customer_id=order.customer,
        wallet_id=order.wallet,
        transaction_id=order.transaction,
        settlement_transaction_id=order.settlement,
        ordered_by=order.by,
    )
    type, at = f"market_order.{what}", order.updated_at
    id = ids.dated_id("evt", at, order.id, str(order.version), type)
    return new_event(id, type, at, order.tenant, scope.mode, order.id, sequence_number(order.version), data)
