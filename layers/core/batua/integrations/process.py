"""The consumer of the deliveries' queue: each delivery read, its orders settled, and what became of it kept.

A message whose delivery meets a fault is left in the queue, alone of its batch; after some tries it is in the dead
letters, and the delivery says `failed`. Whatever is done twice is done once: an order's difference is gone by then.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from .. import audit_trail, clock, ids
from ..identity.tenant import read_tenant
from ..queues import consume_messages
from ..store import keys
from ..store.store import ConditionFailed, Store, store
from ..store.writes import EXISTS, Update
from . import pos, privacy, shopify, woocommerce
from .amounts import PayloadError
from .delivery_content import read_body
from .documents import parse_document, read_json
from .model import Connection, ConnectionDelivery, DeliveryStatusName, read_connection, read_connection_delivery
from .orders import OrderUpdate
from .sale_numbers import match_numbered
from .settle import SettlementContext, SettlementOutcome, settle_order

_WEIGHT: Final[tuple[DeliveryStatusName, ...]] = (
    *("unchanged", "ignored", "posted", "unmatched"),
    *("refused", "invalid"),
)
"""Of a document with several sales the delivery tells what most wants looking at: the last of these."""


class NoSuchDelivery(LookupError):
    """A message that names nothing here: not ours, or older than deliveries are kept."""


def consume_deliveries(event: dict[str, Any]) -> dict[str, Any]:
    """Settles a batch of the queue. Answers which messages are to come again."""

    def settle(body: str) -> None:
        message = json.loads(body)
        process_delivery(store(), str(message["connection"]), str(message["delivery"]))

    return consume_messages(event, settle, "a delivery was not settled")


def process_delivery(store: Store, connection_id: str, delivery_id: str) -> ConnectionDelivery:
    """Settles one delivery, whatever its status: to do it again changes nothing but what has changed since."""
    if not (ids.is_id(connection_id, "con") and ids.is_id(delivery_id, "dlv")):
        raise NoSuchDelivery(delivery_id)
    place, where = keys.connection_delivery_key(connection_id, delivery_id), keys.connection_key(connection_id)
    found = store.read([place, where])
    stored, record = found[place], found[where]
    if stored is None:
        raise NoSuchDelivery(delivery_id)
    delivery = read_connection_delivery(stored)
    delivery = replace(delivery, attempts=delivery.attempts + 1)
    if record is None:
        return _keep(store, replace(delivery, status="ignored", reason="connection_deleted"))
    try:
        settled = _settled(store, read_connection(record), delivery)
    except Exception as fault:
        _keep(store, replace(delivery, status="failed", reason=type(fault).__name__))
        raise
    return _keep(store, settled)


def read_updates(connection: Connection, delivery: ConnectionDelivery, body: bytes) -> list[OrderUpdate]:
    """The orders that a delivery speaks of. Raises Unreadable."""
    counting = connection.counting
    if connection.system == "pos":
        return pos.read_sales(parse_document(body, delivery.media), connection.mapping, counting, delivery.received_at)
    content = read_json(body)
    if not isinstance(content, dict):
        raise PayloadError("the body is no JSON object")
    if connection.system == "woocommerce":
        return [woocommerce.read_woocommerce_order(content, delivery.topic, delivery.id, counting)]
    if delivery.topic in shopify.REFUND_TOPICS:
        return [shopify.read_shopify_refund(content, counting)]
    if "order_edit" in content:
        return [shopify.read_shopify_order_edit(content)]
    return [shopify.read_shopify_order(content, counting, delivery.triggered_at)]


def _settled(store: Store, connection: Connection, delivery: ConnectionDelivery) -> ConnectionDelivery:
    body = read_body(delivery)
    if body is None:
        return replace(delivery, status="ignored", reason="redacted")
    if connection.system == "shopify" and delivery.topic in shopify.PRIVACY_TOPICS | {shopify.UNINSTALLED}:
        return _noticed(store, connection, delivery, body)
    if connection.status == "paused":
        return replace(delivery, status="held", reason="connection_paused")
    key = keys.tenant_key(connection.tenant)
    record = store.read([key])[key]
    tenant = read_tenant(record) if record else None
    if tenant is None or not tenant.active:
        return replace(delivery, status="held", reason="tenant_inactive")
    if tenant.program is None:
        return replace(delivery, status="refused", reason="no_program")
    books = SettlementContext(store, connection, tenant, tenant.program, clock.system())
    try:
        updates = read_updates(connection, delivery, body)
    except PayloadError as fault:
        return replace(delivery, status="invalid", reason=str(fault)[:256])
    outcomes = [settle_order(books, each, delivery) for update in updates for each in match_numbered(books, update)]
    return _told(delivery, outcomes)


def _noticed(store: Store, connection: Connection, delivery: ConnectionDelivery, body: bytes) -> ConnectionDelivery:
    """What Shopify tells of the app and of people. The topic is not signed, so the content must be of it."""
    try:
        content = read_json(body)
    except PayloadError as fault:
        return replace(delivery, status="invalid", reason=str(fault))
    if not isinstance(content, dict) or not privacy.is_privacy_request(connection, delivery.topic, content):
        return replace(delivery, status="invalid", reason="the body is not one of this topic and shop")
    done = privacy.handle_privacy_request(store, connection, delivery.topic, content)
    audit_trail.record_act(
        store,
        audit_trail.audit_entry(
            connection.mode,
            connection.tenant,
            clock.system(),
            what=delivery.topic,
            who=connection.id,
            address=delivery.address,
            reference=delivery.id,
        ),
    )
    return replace(delivery, status="noted", reason=done)


def _told(delivery: ConnectionDelivery, outcomes: Sequence[SettlementOutcome]) -> ConnectionDelivery:
    worst = max(outcomes, key=lambda outcome: _WEIGHT.index(outcome.status))
    return replace(
        delivery,
        status=worst.status,
        reason=worst.reason,
        orders=tuple(dict.fromkeys(outcome.order for outcome in outcomes)),
        # A sale and its refund in one document are two outcomes of one order: each tells all that was posted for it.
        posted=tuple({each["transaction"]: each for outcome in outcomes for each in outcome.posted}.values()),
        results=tuple(
            {"order": outcome.order, "status": outcome.status, **({"reason": outcome.reason} if outcome.reason else {})}
            for outcome in outcomes
        ),
    )


def _keep(store: Store, delivery: ConnectionDelivery) -> ConnectionDelivery:
    payload = {
        "status": delivery.status,
        "why": delivery.reason,
        "tries": delivery.attempts,
        "orders": list(delivery.orders),
        "posted": [dict(each) for each in delivery.posted],
        "results": [dict(each) for each in delivery.results],
    }
    change = Update(
        delivery.key,
        set={name: value for name, value in payload.items() if value is not None},
        remove=tuple(name for name, value in payload.items() if value is None),
        when=EXISTS,
    )
    with suppress(ConditionFailed):  # its time was over just now
        store.write(change)
    return delivery
