"""An order of the marketplace and how it is stored.

Its id, that of its hold and that of the transaction that opened it differ in the prefix only, as with redemptions.
The product is kept as it was ordered: a reward may be changed, and a catalogue forgets what is no longer sold.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from .. import clock
from ..store import market_keys
from ..store.keys import Key, Mode, Scope
from ..store.store import Record, Store
from ..store.writes import Condition, Put
from .vendor import VendorName, VendorOrder

MarketOrderState = Literal["processing", "completed", "partially_completed", "failed"]
OrderStep = Literal[
    "new",  # nothing was sent
    "sent",  # sent, and no answer yet
    "accepted",  # the vendor has it
    "delivered",  # the cards are here, their coins still held
    "denied",  # nothing will be delivered, the coins are still held
    "settled",
]

PROCESSING: Final = "processing"


@dataclass(frozen=True, slots=True)
class Order:
    id: str
    tenant: str
    by: str
    """The user who ordered, the only one who can see the cards."""
    customer: str
    wallet: str
    program: str
    vendor: VendorName
    owner: str
    """From whose vendor account or pool."""
    product: str
    sku: str
    title: str
    face: int
    """Paise, of each card."""
    quantity: int
    unit_points: int
    created_at: int
    updated_at: int
    state: MarketOrderState = PROCESSING
    step: OrderStep = "new"
    version: int = 1
    image: str | None = None
    reference: str | None = None
    generation: int | None = None
    """Of the credentials of the vendor's account that it is placed with."""
    vendor_id: str | None = None
    first_sent_at: int | None = None
    last_sent_at: int | None = None
    lease_until: int = 0
    """Until then one execution is at it, and others wait."""
    looks: int = 0
    """How often the vendor was queried; sets the delay before the next query."""
    delivered: int = 0
    cards: bytes | None = None
    """The cards, sealed for this order."""
    captured: int = 0
    """Coins that were taken."""
    reason: str | None = None
    delayed_at: int | None = None
    """Since when the order needs attention: the alarm has fired."""
    settlement: str | None = None
    settled_at: int | None = None
    shown_at: int | None = None

    @property
    def points(self) -> int:
        return self.unit_points * self.quantity

    @property
    def transaction(self) -> str:
        return f"txn_{self.id.removeprefix('mor_')}"

    @property
    def hold(self) -> str:
        return f"hold_{self.id.removeprefix('mor_')}"

    def for_vendor(self, scope: str) -> VendorOrder:
        sent = self.first_sent_at or self.created_at
        return VendorOrder(self.id, scope, self.sku, self.face, self.quantity, sent, self.vendor_id)


def order_id_of(transaction_or_hold: str) -> str:
    return f"mor_{transaction_or_hold.rpartition('_')[2]}"


def order_as_made(order: Order) -> Order:
    """The order as it was made, whatever has become of it since: a replay answers what was answered first."""
    kept = ("id", "tenant", "by", "customer", "wallet", "program", "vendor", "owner", "product", "sku", "title")
    made = {
        name: getattr(order, name)
        for name in (*kept, "face", "quantity", "unit_points", "image", "reference", "generation")
    }
    return Order(**made, created_at=order.created_at, updated_at=order.created_at)


def market_order_item(scope: str, order: Order) -> dict[str, Any]:
    at = f"{clock.iso(order.created_at)}#{order.id}"
    stored = {name: value for name, value in asdict(order).items() if name != "id"}
    return {
        **stored,
        "g1p": market_keys.market_orders_partition(scope, order.tenant),
        "g1s": at,
        "g2p": market_keys.buyer_partition(scope, order.by),
        "g2s": at,
    }


def read_market_order(record: Record) -> Order:
    known = {name: record[name] for name in Order.__dataclass_fields__ if name in record}
    return Order(id=record["pk"].rpartition("#")[2], **known)


def order_scope(record: Record) -> Scope:
    return Scope.of(str(record["pk"]).partition("#")[2].rpartition("#")[0])


def order_change(scope: str, before: Order, after: Order, now: int) -> tuple[Order, Put]:
    """The order one version on, and its write: if it is still as it was read."""
    after = replace(after, version=before.version + 1, updated_at=now)
    key = market_keys.market_order_key(scope, before.id)
    return after, Put(key, market_order_item(scope, after), when=Condition(equal={"version": before.version}))


def load_market_order(store: Store, scope: str, id: str) -> Order | None:
    key = market_keys.market_order_key(scope, id)
    record = store.read([key])[key]
    return read_market_order(record) if record else None


def order_mode(scope: str) -> Mode:
    return Scope.of(scope).mode


def order_key_of(scope: str, order: Order) -> Key:
    return market_keys.market_order_key(scope, order.id)
