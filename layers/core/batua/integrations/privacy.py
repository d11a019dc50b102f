"""What Shopify demands of every app: to tell, and to forget, what is kept of a customer or of a shop.

What identifies a person is kept in few places: the bodies of deliveries (for 30 days), an order that waits for its
customer, and the link from an e-mail address to a phone number. Entries of the ledger name a customer by a digest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from .. import clock
from ..customers.model import contact_unlinking
from ..identity.tenant import read_tenant
from ..store import keys
from ..store.store import ConditionFailed, Contended, Store
from ..store.writes import EXISTS, Condition, Update
from . import shopify
from .amounts import PayloadError
from .delivery_content import delete_file, read_body
from .delivery_outcomes import read_deliveries
from .documents import read_json
from .model import Connection, ConnectionDelivery
from .order_record import contact_location, order_key

_MAX_ATTEMPTS: Final = 20
"""How often an order's record is read again because a settlement has written it meanwhile."""


def is_privacy_request(connection: Connection, topic: str, content: Mapping[str, Any]) -> bool:
    """Whether a body is one of this topic and of the connection's shop."""
    if topic == shopify.UNINSTALLED:
        shop = content.get("myshopify_domain")
    else:
        shop = content.get("shop_domain")
        if topic != "shop/redact" and not isinstance(content.get("customer"), Mapping):
            return False
    return isinstance(shop, str) and (connection.shop is None or shop.lower() == connection.shop)


def handle_privacy_request(store: Store, connection: Connection, topic: str, content: Mapping[str, Any]) -> str:
    """Does what the topic asks for; tells in a word what that was."""
    if topic == shopify.UNINSTALLED:
        _pause(store, connection)
        return "connection_paused"
    if topic == "customers/data_request":
        # The answer goes from the merchant to the customer; the audit trail reminds of it.
        return "data_request"
    if topic == "shop/redact":
        _pause(store, connection)
        return f"redacted_{_redact_bodies(store, connection, None)}"
    customer: Mapping[str, Any] = content["customer"]
    orders = {str(order) for order in content.get("orders_to_redact") or ()}
    for order in orders:
        _redact_order(store, connection, order)
    if isinstance(customer.get("email"), str):
        _forget_contact(store, connection, customer["email"])
    return f"redacted_{_redact_bodies(store, connection, orders)}"


def _pause(store: Store, connection: Connection) -> None:
    change = Update(connection.key, set={"status": "paused", "why": "uninstalled"}, add={"version": 1}, when=EXISTS)
    with suppress(ConditionFailed):
        store.write(change)


def _redact_bodies(store: Store, connection: Connection, orders: set[str] | None) -> int:
    """Takes the bodies out of deliveries that speak of these orders, or out of all."""
    count = 0
    for delivery in _deliveries(store, connection):
        if delivery.redacted or (orders is not None and orders.isdisjoint(_orders_of(delivery))):
            continue
        delete_file(delivery)
        with suppress(ConditionFailed):
            store.write(Update(delivery.key, remove=("body", "file", "match", "matches"), when=EXISTS))
            count += 1
    return count


def _orders_of(delivery: ConnectionDelivery) -> Collection[str]:
    """The orders that a delivery speaks of. One that was held or refused as a whole has been settled for none, and
    would be once somebody replays it: its content names them. An order names itself, a refund or an edit its order."""
    if delivery.orders:
        return delivery.orders
    try:
        content = read_json(read_body(delivery) or b"")
    except PayloadError:
        return ()
    if not isinstance(content, Mapping):
        return ()
    edit = content.get("order_edit")
    named = (content.get("id"), content.get("order_id"), edit.get("order_id") if isinstance(edit, Mapping) else None)
    return [str(each) for each in named if isinstance(each, int | str)]


def _deliveries(store: Store, connection: Connection) -> Iterator[ConnectionDelivery]:
    """All of a connection's, with their outcomes as of now: what was settled a moment ago tells its orders."""
    partition, after = keys.connection_deliveries_partition(connection.id), None
    while True:
        page = store.query("directory", partition, index="by_parent", after=after)
        yield from read_deliveries(store, page.items, consistent=True)
        after = page.last
        if after is None:
            return


def _redact_order(store: Store, connection: Connection, order: str) -> None:
    """Removes phone and e-mail from an order's record. A settlement that writes the record meanwhile comes first."""
    scope = _scope(store, connection)
    if scope is None:
        return
    key = order_key(scope, connection, order)
    for _ in range(_MAX_ATTEMPTS):
        record = store.read([key])[key]
        if record is None:
            return
        known = {name: value for name, value in record["known"].items() if name not in ("phone", "email")}
        if known == record["known"]:
            return
        # The content is written back as a whole, so only over the very version that it was read from.
        change = Update(key, set={"known": known}, add={"n": 1}, when=Condition(equal={"n": record["n"]}))
        with suppress(ConditionFailed):
            store.write(change)
            return
    raise Contended(f"order {order} keeps changing, so its customer's contact could not be removed yet")


def _forget_contact(store: Store, connection: Connection, email: str) -> None:
    scope = _scope(store, connection)
    if scope is None:
        return
    key = contact_location(scope, connection.tenant, email)
    with suppress(ConditionFailed):
        store.write(contact_unlinking(key, clock.system()))


def _scope(store: Store, connection: Connection) -> str | None:
    key = keys.tenant_key(connection.tenant)
    record = store.read([key])[key]
    program = read_tenant(record).program if record else None
    return keys.scope(connection.mode, program.owner) if program else None
