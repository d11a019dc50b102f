"""The consumer of deliveries, out of the table's stream or of their queue: orders settled, and what became of it kept.

What the stream brings is settled at once. What meets a fault there, has too many orders or is late goes to the queue,
where each delivery has a run to itself. A message whose delivery meets a fault is left in the queue; after some tries
it is in the dead letters, and the delivery says `failed`. Whatever is done twice is done once: an order's difference is
gone by then.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from .. import audit_trail, clock, ids, observe
from ..identity.tenant import Tenant, read_tenant
from ..queues import Lateness, consume_messages, failed_items
from ..store import keys
from ..store.codec import decode
from ..store.store import Contended, Found, Store, store
from . import pos, privacy, queue, shopify, woocommerce
from .amounts import PayloadError
from .delivery_content import read_body
from .delivery_outcomes import keep_outcome
from .documents import parse_document, read_json
from .model import Connection, ConnectionDelivery, DeliveryStatusName, read_connection, read_connection_delivery
from .order_loading import SettlementContext
from .orders import OrderUpdate
from .sale_numbers import match_numbered
from .settle import SettlementOutcome, settle_order

_BEHIND_SECONDS: Final = 5
"""How old the oldest delivery of a batch may be before all go to the queue, whose runs are many."""
_WORKING_SECONDS: Final = 20
"""How long a batch of the stream may be worked on; the function may run for 60 s."""
_MOST_ORDERS: Final = 5
"""Orders of one delivery that are settled while others wait behind it."""

_WEIGHT: Final[tuple[DeliveryStatusName, ...]] = (
    *("unchanged", "ignored", "posted", "unmatched"),
    *("refused", "invalid"),
)
"""Of a document with several sales the delivery tells what most wants looking at: the last of these."""


class NoSuchDelivery(LookupError):
    """A message that names nothing here: not ours, or older than deliveries are kept."""


class TooManyOrders(Exception):
    """A delivery that would hold up those behind it."""


def consume_deliveries(event: dict[str, Any]) -> dict[str, Any]:
    """Settles a batch of the stream or the queue. Answers which records or messages are to come again."""
    if any("dynamodb" in record for record in event["Records"]):
        return failed_items(consume_changes(store(), event["Records"]))

    def settle(body: str) -> None:
        message = json.loads(body)
        process_delivery(store(), str(message["connection"]), str(message["delivery"]))

    return consume_messages(event, settle, "a delivery was not settled")


def consume_changes(store: Store, changes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Settles new deliveries as the stream brings them, and queues the others. Returns the numbers of the changes that
    neither was done with: they come again, and by then are late."""
    left = {change["dynamodb"]["SequenceNumber"]: _brought(change) for change in changes}
    late = Lateness.of(changes, most_behind=_BEHIND_SECONDS, working=_WORKING_SECONDS)
    if not late.is_behind:
        with suppress(Contended):
            _settle_brought(store, left, late)
    untaken = queue.enqueue_where_possible(list(left.values()))
    return [number for number, delivery in left.items() if delivery.id in untaken]


def _settle_brought(store: Store, left: dict[str, ConnectionDelivery], late: Lateness) -> None:
    """Takes those that are settled out of `left`."""
    senders = _Senders.read(store, left.values())
    for number, delivery in list(left.items()):
        if late.is_over:
            return
        try:
            _process(store, senders, delivery, most=_MOST_ORDERS)
        except TooManyOrders:
            continue
        except Exception as fault:
            facts = {"delivery": delivery.id, "why": type(fault).__name__}
            observe.log().warning("a delivery is left to the queue", extra=facts)
            continue
        del left[number]


def _brought(change: Mapping[str, Any]) -> ConnectionDelivery:
    image = decode(change["dynamodb"]["NewImage"])
    # What is binary comes as base64: Lambda's events are JSON.
    return read_connection_delivery({**image, "body": base64.b64decode(image["body"])} if "body" in image else image)


@dataclass(frozen=True, slots=True)
class _Senders:
    """Connections and tenants of a batch's deliveries, read together."""

    found: Found

    @staticmethod
    def read(store: Store, deliveries: Iterable[ConnectionDelivery]) -> _Senders:
        every = list(deliveries)
        places = [keys.connection_key(each.connection) for each in every]
        return _Senders(store.read([*places, *(keys.tenant_key(each.tenant) for each in every)]))

    def connection(self, delivery: ConnectionDelivery) -> Connection | None:
        record = self.found[keys.connection_key(delivery.connection)]
        return read_connection(record) if record else None

    def tenant(self, delivery: ConnectionDelivery) -> Tenant | None:
        record = self.found[keys.tenant_key(delivery.tenant)]
        return read_tenant(record) if record else None


def process_delivery(store: Store, connection_id: str, delivery_id: str) -> ConnectionDelivery:
    """Settles one delivery, whatever its status: to do it again changes nothing but what has changed since."""
    if not (ids.is_id(connection_id, "con") and ids.is_id(delivery_id, "dlv")):
        raise NoSuchDelivery(delivery_id)
    place = keys.connection_delivery_key(connection_id, delivery_id)
    outcome = keys.delivery_outcome_key(connection_id, delivery_id)
    found = store.read([place, outcome])
    stored = found[place]
    if stored is None:
        raise NoSuchDelivery(delivery_id)
    delivery = read_connection_delivery(stored, found[outcome])
    return _process(store, _Senders.read(store, [delivery]), delivery)


def _process(
    store: Store, senders: _Senders, delivery: ConnectionDelivery, *, most: int | None = None
) -> ConnectionDelivery:
    """Settles a delivery. Raises TooManyOrders, having done nothing, where it has more than `most`."""
    delivery = replace(delivery, attempts=delivery.attempts + 1)
    connection = senders.connection(delivery)
    if connection is None:
        return _store_outcome(store, replace(delivery, status="ignored", reason="connection_deleted"))
    try:
        settled = _settle_orders(store, connection, senders.tenant(delivery), delivery, most)
    except TooManyOrders:
        raise
    except Exception as fault:
        _store_outcome(store, replace(delivery, status="failed", reason=type(fault).__name__))
        raise
    return _store_outcome(store, settled)


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


def _settle_orders(
    store: Store, connection: Connection, tenant: Tenant | None, delivery: ConnectionDelivery, most: int | None
) -> ConnectionDelivery:
    body = read_body(delivery)
    if body is None:
        return replace(delivery, status="ignored", reason="redacted")
    if connection.system == "shopify" and delivery.topic in shopify.PRIVACY_TOPICS | {shopify.UNINSTALLED}:
        return _noticed(store, connection, delivery, body)
    if connection.status == "paused":
        return replace(delivery, status="held", reason="connection_paused")
    if tenant is None or not tenant.active:
        return replace(delivery, status="held", reason="tenant_inactive")
    if tenant.program is None:
        return replace(delivery, status="refused", reason="no_program")
    books = SettlementContext(store, connection, tenant, tenant.program, clock.system())
    try:
        updates = read_updates(connection, delivery, body)
    except PayloadError as fault:
        return replace(delivery, status="invalid", reason=str(fault)[:256])
    if most is not None and len(updates) > most:
        raise TooManyOrders(delivery.id)
    outcomes = [settle_order(books, each, delivery) for update in updates for each in match_numbered(books, update)]
    return _with_outcomes(delivery, outcomes)


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


def _with_outcomes(delivery: ConnectionDelivery, outcomes: Sequence[SettlementOutcome]) -> ConnectionDelivery:
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


def _store_outcome(store: Store, delivery: ConnectionDelivery) -> ConnectionDelivery:
    store.write(keep_outcome(delivery))
    return delivery
