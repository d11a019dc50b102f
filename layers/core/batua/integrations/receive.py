"""Receiving: what was signed is stored and answered at once. Nothing is read in it before it is stored.

A small delivery is settled as the table's stream tells of it; a large one is queued, so that nothing waits for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from .. import clock, ids
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import Reply
from ..store.store import ConditionFailed
from ..store.writes import ABSENT, Put
from . import queue, shopify, woocommerce
from .delivery_content import store_body
from .model import Connection, ConnectionDelivery, connection_delivery_item, read_connection_delivery

TOPIC_HEADERS: Final[Mapping[str, frozenset[str]]] = {
    "shopify": shopify.ORDER_TOPICS | shopify.REFUND_TOPICS | shopify.PRIVACY_TOPICS | {shopify.UNINSTALLED},
    "woocommerce": woocommerce.WOOCOMMERCE_TOPICS,
    "pos": frozenset({"sale"}),
}
"""What is looked at; anything else is stored as ignored."""


_SMALL: Final = 32 * 1024
"""Bytes of a body that is settled as the stream brings it, one after the other with those of other senders."""


_SHOP_NOTICES: Final = shopify.PRIVACY_TOPICS | {shopify.UNINSTALLED}
"""These look through all deliveries of a connection, so nothing may wait behind them either."""


class Received(Model):
    status: str
    """`accepted`, `duplicate`, or `pong` for a ping."""
    delivery: str | None = None


def receive(call: Call[None]) -> Reply:
    """Stores a delivery to be settled. One that came before is not stored again."""
    connection: Connection | None = call.sender
    if connection is None:
        return Reply(Received(status="pong"))
    delivery = _delivery(connection, call)
    try:
        call.store.write(Put(delivery.key, connection_delivery_item(delivery), when=ABSENT))
    except ConditionFailed as taken:
        found = call.store.read([delivery.key, delivery.outcome_key])
        record = taken.item or found[delivery.key]
        there = read_connection_delivery(record, found[delivery.outcome_key]) if record else delivery
        if there.status == "queued" and not there.attempts:
            # Perhaps it was stored, but could not be queued. To settle it twice does no harm.
            queue.enqueue_delivery(there)
        return Reply(Received(status="duplicate", delivery=there.id))
    if delivery.status == "queued" and delivery.way is None:
        queue.enqueue_delivery(delivery)
    return Reply(Received(status="accepted", delivery=delivery.id))


def _delivery(connection: Connection, call: Call[None]) -> ConnectionDelivery:
    request = call.request
    headers, body = request.headers, request.raw_body
    triggered_at = 0
    if connection.system == "shopify":
        topic, given = headers.get("x-shopify-topic", ""), headers.get("x-shopify-webhook-id", "")
        triggered_at = _instant_or_zero(headers.get("x-shopify-triggered-at"))
    elif connection.system == "woocommerce":
        topic, given = headers.get("x-wc-webhook-topic", ""), headers.get("x-wc-webhook-delivery-id", "")
    else:
        names = ("webhook-id", "x-batua-delivery", "idempotency-key")
        topic, given = "sale", next((headers[name] for name in names if headers.get(name)), "")
    topic, given = topic[:64], given[:128]
    # Names are signed in Standard Webhooks alone, bodies always: a delivery is what came under one name with one body.
    digest = hashlib.sha256(body).hexdigest()
    wanted = topic in TOPIC_HEADERS[connection.system]
    status = "ignored" if not wanted else "held" if connection.status == "paused" else "queued"
    id = ids.derived_id("dlv", connection.id, topic, given, digest)
    stored, file = store_body(id, connection.id, body)
    return ConnectionDelivery(
        id=id,
        connection=connection.id,
        tenant=connection.tenant,
        given_id=given or digest[:32],
        topic=topic,
        received_at=call.now,
        body=stored,
        file=file,
        media=headers.get("content-type", "")[:128],
        address=request.address,
        triggered_at=triggered_at,
        way="stream" if status == "queued" and len(body) <= _SMALL and topic not in _SHOP_NOTICES else None,
        status=status,  # type: ignore[arg-type]
        reason={"ignored": "topic", "held": "connection_paused"}.get(status),
        size=len(body),
    )


def _instant_or_zero(value: Any) -> int:
    try:
        return clock.parse_iso(value) if value else 0
    except (ValueError, OverflowError):
        return 0
