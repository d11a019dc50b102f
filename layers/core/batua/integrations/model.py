"""Connections and deliveries, as values and as items of the directory table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from ..store import keys
from ..store.keys import Key, Mode
from ..store.store import Record
from .amounts import POLICY_LISTS, EligibleAmountPolicy
from .mappings import FieldMapping

System = Literal["shopify", "woocommerce", "pos"]

Signing = Literal["standard_webhooks", "legacy"]
"""How a billing system signs. `legacy`: the body alone, or the secret itself, which can be sent again by anyone who has
seen it."""

CONNECTION_SECRET_OVERLAP_MS: Final = 24 * 3_600_000
"""How long the secret before the last rotation is still good."""

CONNECTION_DELIVERY_SECONDS: Final = 30 * 86_400
"""How long deliveries are kept."""

_LONGER_SECONDS: Final = 3 * 86_400
"""How much longer than the delivery its outcome is kept: the table takes up to two days to remove what is due."""

MAX_CONNECTIONS: Final = 50

DeliveryStatusName = Literal[
    "queued",  # stored, and waiting for the consumer
    "posted",  # coins moved
    "unchanged",  # the ledger held already what the order deserves
    "unmatched",  # no customer is known for it
    "ignored",  # nothing that earns: the reason says why
    "refused",  # the ledger refused: the reason is its code
    "held",  # the connection was paused
    "invalid",  # it can't be read
    "noted",  # no order, but taken notice of: privacy requests, uninstalling
    "failed",  # a fault on our side; tried again, then left in the dead letters
]


@dataclass(frozen=True, slots=True)
class Connection:
    """A shop or billing system of a tenant. `secret` and `former` are sealed."""

    id: str
    tenant: str
    mode: Mode
    system: System
    name: str
    secret: bytes
    created_at: int
    shop: str | None = None
    """What the shop is called where it runs (`kaveri.myshopify.com`): an order of a shop is the same through whichever
    connection it comes."""
    status: Literal["active", "paused"] = "active"
    why_paused: str | None = None
    former: bytes | None = None
    former_until: int = 0
    counting: EligibleAmountPolicy = field(default_factory=EligibleAmountPolicy)
    mapping: FieldMapping = field(default_factory=FieldMapping)
    signing: Signing = "standard_webhooks"
    """Of a billing system: shops sign in their own ways."""
    orders_from: int = 0
    """Orders made before this earn nothing: else the first bulk edit of old orders would reward them all."""
    version: int = 1

    @property
    def key(self) -> Key:
        return keys.connection_key(self.id)

    def secrets(self, now: int) -> list[bytes]:
        """The secrets that are good now, sealed: one, or two during a rotation."""
        return [self.secret, self.former] if self.former and now < self.former_until else [self.secret]


@dataclass(frozen=True, slots=True)
class ConnectionDelivery:
    """One request of a sender, and what became of it. `body` is None once its personal data was taken out."""

    id: str
    connection: str
    tenant: str
    given_id: str
    topic: str
    received_at: int
    body: bytes | None
    file: str | None = None
    """The key in S3 of a body that is too large for the record."""
    media: str = "application/json"
    address: str = ""
    triggered_at: int = 0
    """When the sender says that it happened (not signed)."""
    way: Literal["stream"] | None = None
    """How it comes to be settled: by the table's stream, else by the queue."""
    status: DeliveryStatusName = "queued"
    reason: str | None = None
    attempts: int = 0
    orders: tuple[str, ...] = ()
    posted: tuple[Mapping[str, Any], ...] = ()
    """Per transaction: `order`, `transaction`, `kind`, `coins` (minor)."""
    match: str | None = None
    """The customer's phone number (E.164) as someone matched it by hand, of a delivery of one order."""
    matches: Mapping[str, str] = field(default_factory=dict)
    """The same, by order, of a delivery of several."""
    results: tuple[Mapping[str, Any], ...] = ()
    """What became of each order: `order`, `status`, `reason`."""
    size: int = 0

    @property
    def key(self) -> Key:
        return keys.connection_delivery_key(self.connection, self.id)

    @property
    def outcome_key(self) -> Key:
        return keys.delivery_outcome_key(self.connection, self.id)

    @property
    def redacted(self) -> bool:
        return self.body is None and self.file is None

    def matched_phone(self, order: str) -> str | None:
        """Whose an order is by hand. One number for a delivery of several orders is not that of each."""
        return self.matches.get(order) or (self.match if len(self.orders) <= 1 else None)


def connection_item(connection: Connection) -> dict[str, Any]:
    return {
        "tenant": connection.tenant,
        "mode": connection.mode,
        "system": connection.system,
        "name": connection.name,
        "shop": connection.shop,
        "secret": connection.secret,
        "former": connection.former,
        "former_until": connection.former_until or None,
        "status": connection.status,
        "why": connection.why_paused,
        "counting": _counting_item(connection.counting),
        "mapping": {"base": connection.mapping.base, "own": dict(connection.mapping.own or {}) or None},
        "signing": connection.signing,
        "made": connection.created_at,
        "from": connection.orders_from,
        "version": connection.version,
        "g1p": keys.connections_partition(connection.tenant),
        "g1s": connection.id,
    }


def read_connection(record: Record) -> Connection:
    mapping = record["mapping"]
    return Connection(
        id=record["pk"].rpartition("#")[2],
        tenant=record["tenant"],
        mode=record["mode"],
        system=record["system"],
        name=record["name"],
        shop=record.get("shop"),
        secret=record["secret"],
        former=record.get("former"),
        former_until=record.get("former_until", 0),
        status=record["status"],
        why_paused=record.get("why"),
        counting=read_policy(record["counting"]),
        mapping=FieldMapping(mapping["base"], mapping.get("own")),
        signing=record.get("signing", "legacy"),
        created_at=record["made"],
        orders_from=record["from"],
        version=record["version"],
    )


def _counting_item(counting: EligibleAmountPolicy) -> dict[str, Any]:
    """What differs from the defaults."""
    usual, chosen = asdict(EligibleAmountPolicy()), asdict(counting)
    return {name: value for name, value in chosen.items() if value != usual[name]}


def read_policy(record: Mapping[str, Any]) -> EligibleAmountPolicy:
    settings = dict(record)
    for name in POLICY_LISTS & settings.keys():
        settings[name] = tuple(settings[name])
    return EligibleAmountPolicy(**settings)


def connection_delivery_item(delivery: ConnectionDelivery) -> dict[str, Any]:
    """The delivery as it came. What became of it is an item of its own (`delivery_outcome_item`)."""
    return {
        "tenant": delivery.tenant,
        "given": delivery.given_id,
        "topic": delivery.topic,
        "at": delivery.received_at,
        "body": delivery.body,
        "file": delivery.file,
        "media": delivery.media,
        "ip": delivery.address,
        "trig": delivery.triggered_at or None,
        "status": delivery.status,
        "why": delivery.reason,
        "way": delivery.way,
        "match": delivery.match,
        "matches": dict(delivery.matches) or None,
        "size": delivery.size,
        "ttl": _kept_until(delivery),
        "g1p": keys.connection_deliveries_partition(delivery.connection),
        "g1s": delivery_sort_key(delivery.received_at, delivery.id),
    }


def delivery_outcome_item(delivery: ConnectionDelivery) -> dict[str, Any]:
    """What became of a delivery so far."""
    return {
        "status": delivery.status,
        "why": delivery.reason,
        "tries": delivery.attempts or None,
        "orders": list(delivery.orders) or None,
        "posted": [dict(each) for each in delivery.posted] or None,
        "results": [dict(each) for each in delivery.results] or None,
        "ttl": _kept_until(delivery) + _LONGER_SECONDS,
    }


def _kept_until(delivery: ConnectionDelivery) -> int:
    return delivery.received_at // 1000 + CONNECTION_DELIVERY_SECONDS


def read_connection_delivery(record: Record, outcome: Record | None = None) -> ConnectionDelivery:
    """A delivery, with what became of it. Deliveries of before decision 213 tell it themselves."""
    told = outcome or record
    return ConnectionDelivery(
        id=record["sk"].rpartition("#")[2],
        connection=record["pk"].rpartition("#")[2],
        tenant=record["tenant"],
        given_id=record["given"],
        topic=record["topic"],
        received_at=record["at"],
        body=record.get("body"),
        file=record.get("file"),
        media=record["media"],
        address=record.get("ip", ""),
        triggered_at=record.get("trig", 0),
        way=record.get("way"),
        status=told["status"],
        reason=told.get("why"),
        attempts=told.get("tries", 0),
        orders=tuple(told.get("orders", ())),
        posted=tuple(told.get("posted", ())),
        match=record.get("match"),
        matches=record.get("matches", {}),
        results=tuple(told.get("results", ())),
        size=record["size"],
    )


def delivery_sort_key(received_at: int, id: str) -> str:
    """A delivery's position among those of its connection: by time."""
    return f"{received_at:015d}#{id}"
