"""What a connection received, what became of each, and processing one again by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from .. import clock, errors, ids, phone
from ..api import cursor
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply
from ..identity.credentials import Claims
from ..money import to_wire
from ..store import keys
from ..store.keys import Key
from ..store.store import Cancelled
from ..store.writes import EXISTS, Update
from . import queue
from .delivery_outcomes import queued_again, read_deliveries
from .model import Connection, ConnectionDelivery, delivery_sort_key, read_connection, read_connection_delivery
from .models import ConnectionDeliveriesQuery, ConnectionDeliveryOut, DeliveredDocument, PostedMovement, ReplayDelivery
from .order_record import order_key, read_order_record

SHOWN: Final = 10
"""Deliveries that a connection shows of itself."""

_MAX_SCANNED: Final = 1_000
"""Deliveries that one page may look at for a status."""

DELIVERY_REDACTED = errors.define(
    "delivery_redacted", 409, "The content of this delivery was deleted at the customer's request."
)

ORDER_REWARDED = errors.define(
    "order_rewarded",
    409,
    "The coins of this order went to a customer already. To give them to another one, reassign the transaction.",
)


@dataclass(frozen=True, slots=True)
class DeliveryLookup:
    """A connection, and one of its deliveries where the path names one."""

    id: str
    delivery: str | None = None

    @property
    def keys(self) -> list[Key]:
        found = [keys.connection_key(self.id)]
        if self.delivery is None:
            return found
        return [*found, keys.connection_delivery_key(self.id, self.delivery), self.outcome]

    @property
    def outcome(self) -> Key:
        return keys.delivery_outcome_key(self.id, str(self.delivery))


def prefetch_delivery(claims: Claims, content: object, request: Request) -> DeliveryLookup:
    id, delivery = request.path["id"], request.path.get("delivery_id")
    if not ids.is_id(id, "con") or (delivery is not None and not ids.is_id(delivery, "dlv")):
        raise errors.NOT_FOUND()
    return DeliveryLookup(id, delivery)


def latest_deliveries(call: Call[Any], connection: Connection) -> list[ConnectionDeliveryOut]:
    partition = keys.connection_deliveries_partition(connection.id)
    page = call.store.query("directory", partition, index="by_parent", descending=True, limit=SHOWN)
    return [delivery_out(call, delivery) for delivery in read_deliveries(call.store, page.items)]


def list_deliveries(call: Call[ConnectionDeliveriesQuery]) -> Reply:
    """A connection's deliveries, newest first."""
    connection, query = own_connection(call), call.input
    filters = {"list": "deliveries", "connection": connection.id, "status": query.status}
    tenant = call.caller.tenant.id
    after = deliveries_start(connection, cursor.open_cursor(tenant, filters, query.cursor)) if query.cursor else None
    matching: list[ConnectionDelivery] = []
    looked_at = 0
    while True:
        page = call.store.query(
            "directory",
            keys.connection_deliveries_partition(connection.id),
            index="by_parent",
            descending=True,
            limit=query.limit + 1,
            after=after,
        )
        for delivery in read_deliveries(call.store, page.items):
            looked_at += 1
            if query.status in (None, delivery.status):
                matching.append(delivery)
            if len(matching) > query.limit or looked_at >= _MAX_SCANNED:
                break
        more = len(matching) > query.limit
        if more or looked_at >= _MAX_SCANNED or page.last is None:
            break
        after = page.last
    kept = matching[: query.limit]
    last = kept[-1] if more else delivery if looked_at >= _MAX_SCANNED else None
    position = delivery_sort_key(last.received_at, last.id) if last else None
    following = cursor.seal_cursor(tenant, filters, position) if position else None
    rows = [delivery_out(call, each) for each in kept]
    return Reply(rows, meta={"next_cursor": following, "limit": query.limit})


def replay_delivery(call: Call[ReplayDelivery]) -> Reply:
    """Queues a stored delivery again; with the phone number given, where no customer was found. Safe at any time."""
    connection = own_connection(call)
    record = call.loaded[keys.connection_delivery_key(connection.id, str(call.lookup.delivery))]
    if record is None:
        raise errors.NOT_FOUND()
    delivery = read_connection_delivery(record, call.loaded[call.lookup.outcome])
    if delivery.redacted:
        raise DELIVERY_REDACTED()
    queued = _matched(connection, replace(delivery, status="queued", reason=None), call)
    stored = {"match": queued.match, "matches": dict(queued.matches)}
    matched = {name: value for name, value in stored.items() if value}
    kept = [Update(delivery.key, set=matched, when=EXISTS)] if matched else []
    act = call.act("delivery replayed", delivery.id)
    try:
        call.store.commit([*kept, queued_again(delivery), act])
    except Cancelled:
        raise errors.NOT_FOUND() from None
    queue.enqueue_delivery(queued)
    return Reply(delivery_out(call, queued), "Queued")


def delivery_out(call: Call[Any], delivery: ConnectionDelivery) -> ConnectionDeliveryOut:
    program = call.caller.tenant.program
    scale = program.scale if program else 0
    return ConnectionDeliveryOut(
        id=delivery.id,
        delivery_id=delivery.given_id,
        topic=delivery.topic,
        status=delivery.status,
        reason=delivery.reason,
        orders=list(delivery.orders),
        documents=[
            DeliveredDocument(order=each["order"], status=each["status"], reason=each.get("reason"))
            for each in delivery.results
        ],
        posted=[
            PostedMovement(
                order=each["order"],
                transaction_id=each["transaction"],
                type=each["kind"],
                coins=to_wire(each["coins"], scale),
                shortfall=to_wire(each.get("shortfall", 0), scale),
            )
            for each in delivery.posted
        ],
        matched_phone=phone.masked(delivery.match) if delivery.match else None,
        attempts=delivery.attempts,
        size=delivery.size,
        received_at=clock.iso(delivery.received_at),
    )


def own_connection(call: Call[Any]) -> Connection:
    record = call.loaded[keys.connection_key(call.lookup.id)]
    if record is None or record["tenant"] != call.caller.tenant.id:
        raise errors.NOT_FOUND()
    return read_connection(record)


def deliveries_start(connection: Connection, position: str) -> dict[str, str]:
    """The start key of a page of a connection's deliveries after `<time>#<delivery>`."""
    key = keys.connection_delivery_key(connection.id, position.partition("#")[2])
    return {"pk": key.pk, "sk": key.sk, "g1p": keys.connection_deliveries_partition(connection.id), "g1s": position}


def _matched(connection: Connection, delivery: ConnectionDelivery, call: Call[ReplayDelivery]) -> ConnectionDelivery:
    """The delivery with the number that was given for one of its orders."""
    phone, order, orders = _phone(call), call.input.order, delivery.orders
    if order is not None and order not in orders:
        raise errors.invalid("order", f"must be one of the delivery's orders: {', '.join(orders[:20]) or 'none yet'}")
    if phone is None:
        return delivery
    if order is None and len(orders) > 1:
        raise errors.invalid("order", f"is required with a phone number: this delivery has {len(orders)} orders")
    if orders and _has_customer(connection, order or orders[0], call):
        raise ORDER_REWARDED()
    if order is None or len(orders) == 1:
        return replace(delivery, match=phone)
    return replace(delivery, match=None, matches={**delivery.matches, order: phone})


def _has_customer(connection: Connection, order: str, call: Call[Any]) -> bool:
    """Whether coins were given for the order, be it by another of its deliveries: they stay with their customer."""
    program = call.caller.tenant.program
    if program is None:
        return False
    key = order_key(keys.scope(connection.mode, program.owner), connection, order)
    record = call.store.read([key])[key]
    return record is not None and read_order_record(record).customer is not None


def _phone(call: Call[ReplayDelivery]) -> str | None:
    if call.input.phone is None:
        return None
    try:
        return phone.to_e164(call.input.phone, call.caller.tenant.region)
    except phone.PhoneError as refusal:
        raise errors.invalid("phone", str(refusal)) from refusal
