"""The consumer of the deliveries' queue: each delivery read, its orders settled, and what became of it kept.

A message whose delivery meets a fault is left in the queue, alone of its batch; after some tries it is in the dead
letters, and the delivery says `failed`. Whatever is done twice is done once: an order's difference is gone by then.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from .. import audit, clock, ids
from ..api import observe
from ..store import keys
from ..store.store import ConditionFailed, Store, store
from ..store.writes import EXISTS, Update
from ..tenants.model import read_tenant
from . import pos, privacy, shopify, woocommerce
from .amounts import Unreadable
from .documents import read_document, read_json
from .model import Connection, Delivery, Status, read_connection, read_delivery
from .orders import Said
from .settle import Books, Outcome, settle

_WEIGHT: Final[tuple[Status, ...]] = ("unchanged", "ignored", "posted", "unmatched", "refused")
"""Of a document with several sales the delivery tells what most wants looking at: the last of these."""


class NoSuchDelivery(LookupError):
    """A message that names nothing here: not ours, or older than deliveries are kept."""


def consume(event: dict[str, Any]) -> dict[str, Any]:
    """Settles a batch of the queue. Answers which messages are to come again."""
    failed = []
    for record in event["Records"]:
        try:
            message = json.loads(record["body"])
            process(store(), str(message["connection"]), str(message["delivery"]))
        except Exception:
            observe.log().exception("delivery failed", extra={"message_id": record["messageId"]})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def process(store: Store, connection_id: str, delivery_id: str) -> Delivery:
    """Settles one delivery, whatever its status: to do it again changes nothing but what has changed since."""
    if not (ids.is_id(connection_id, "con") and ids.is_id(delivery_id, "dlv")):
        raise NoSuchDelivery(delivery_id)
    place, where = keys.delivery(connection_id, delivery_id), keys.connection(connection_id)
    found = store.read([place, where])
    stored, record = found[place], found[where]
    if stored is None:
        raise NoSuchDelivery(delivery_id)
    delivery = read_delivery(stored)
    delivery = replace(delivery, attempts=delivery.attempts + 1)
    if record is None:
        return _keep(store, replace(delivery, status="ignored", reason="connection_deleted"))
    try:
        settled = _settled(store, read_connection(record), delivery)
    except Exception as fault:
        _keep(store, replace(delivery, status="failed", reason=type(fault).__name__))
        raise
    return _keep(store, settled)


def read_said(connection: Connection, delivery: Delivery, body: bytes) -> list[Said]:
    """The orders that a delivery speaks of. Raises Unreadable."""
    counting = connection.counting
    if connection.system == "pos":
        return pos.read_sales(read_document(body, delivery.media), connection.mapping, counting, delivery.received_at)
    content = read_json(body)
    if not isinstance(content, dict):
        raise Unreadable("the body is no JSON object")
    if connection.system == "woocommerce":
        return [woocommerce.read_order(content, delivery.topic, delivery.id, counting)]
    if delivery.topic in shopify.REFUND_TOPICS:
        return [shopify.read_refund(content, counting)]
    return [shopify.read_order(content, counting, delivery.heard)]


def _settled(store: Store, connection: Connection, delivery: Delivery) -> Delivery:
    if delivery.body is None:
        return replace(delivery, status="ignored", reason="redacted")
    body = zlib.decompress(delivery.body)
    if connection.system == "shopify" and delivery.topic in shopify.PRIVACY_TOPICS | {shopify.UNINSTALLED}:
        return _noticed(store, connection, delivery, body)
    if connection.status == "paused":
        return replace(delivery, status="held", reason="connection_paused")
    key = keys.tenant(connection.tenant)
    record = store.read([key])[key]
    tenant = read_tenant(record) if record else None
    if tenant is None or not tenant.active:
        return replace(delivery, status="held", reason="tenant_inactive")
    if tenant.program is None:
        return replace(delivery, status="refused", reason="no_program")
    books = Books(store, connection, tenant, tenant.program, clock.system())
    try:
        said = read_said(connection, delivery, body)
    except Unreadable as fault:
        return replace(delivery, status="invalid", reason=str(fault)[:256])
    return _told(delivery, [settle(books, each, delivery) for each in said])


def _noticed(store: Store, connection: Connection, delivery: Delivery, body: bytes) -> Delivery:
    """What Shopify tells of the app and of people. The topic is not signed, so the content must be of it."""
    try:
        content = read_json(body)
    except Unreadable as fault:
        return replace(delivery, status="invalid", reason=str(fault))
    if not isinstance(content, dict) or not privacy.fits(connection, delivery.topic, content):
        return replace(delivery, status="invalid", reason="the body is not one of this topic and shop")
    done = privacy.act_on(store, connection, delivery.topic, content)
    audit.record(
        store,
        audit.act(
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


def _told(delivery: Delivery, outcomes: Sequence[Outcome]) -> Delivery:
    worst = max(outcomes, key=lambda outcome: _WEIGHT.index(outcome.status))
    return replace(
        delivery,
        status=worst.status,
        reason=worst.reason,
        orders=tuple(dict.fromkeys(outcome.order for outcome in outcomes)),
        posted=tuple(each for outcome in outcomes for each in outcome.posted),
    )


def _keep(store: Store, delivery: Delivery) -> Delivery:
    told = {
        "status": delivery.status,
        "why": delivery.reason,
        "tries": delivery.attempts,
        "orders": list(delivery.orders),
        "posted": [dict(each) for each in delivery.posted],
    }
    change = Update(
        delivery.key,
        set={name: value for name, value in told.items() if value is not None},
        remove=tuple(name for name, value in told.items() if value is None),
        when=EXISTS,
    )
    with suppress(ConditionFailed):  # its time was over just now
        store.write(change)
    return delivery
