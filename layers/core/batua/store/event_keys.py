"""The keys of events out, all in the directory: webhook endpoints, how they do, and what is sent to them.

The rule of `keys` holds here too: parts are ids or fixed words, without a `#`.
"""

from __future__ import annotations

from typing import Final

from .keys import Key
from .scope import require_id

DUE_DELIVERY_PARTITIONS: Final = 8
"""Deliveries that wait are spread over so many partitions of index `by_name`: one takes a thousand writes a second."""

DELIVERY: Final = "DELIVERY#"
"""How the sort key of a delivery begins."""


def webhook_endpoints_partition(tenant: str) -> str:
    """A tenant's webhook endpoints: the partition."""
    require_id(tenant, "ten")
    return f"ENDPOINTS#{tenant}"


def webhook_endpoint_key(tenant: str, endpoint_id: str) -> Key:
    """Under its tenant: what another tenant asks for is not there."""
    require_id(endpoint_id, "wep")
    return Key("directory", webhook_endpoints_partition(tenant), endpoint_id)


def webhook_deliveries_partition(endpoint_id: str) -> str:
    """All that was to be sent to an endpoint, with its health: the partition."""
    require_id(endpoint_id, "wep")
    return f"WEBHOOK#{endpoint_id}"


def webhook_delivery_key(endpoint_id: str, event_id: str) -> Key:
    """One event on its way to one endpoint. Ids of events sort by time, and so do deliveries."""
    require_id(event_id, "evt")
    return Key("directory", webhook_deliveries_partition(endpoint_id), f"{DELIVERY}{event_id}")


def webhook_health_key(endpoint_id: str) -> Key:
    """Since when an endpoint fails."""
    return Key("directory", webhook_deliveries_partition(endpoint_id), "HEALTH")


def due_deliveries_partition_of(event_id: str) -> str:
    """Where a delivery waits for its next attempt in index `by_name`."""
    require_id(event_id, "evt")
    return due_deliveries_partition(sum(event_id.encode()) % DUE_DELIVERY_PARTITIONS)


def due_deliveries_partition(number: int) -> str:
    return f"WEBHOOKS_DUE#{number}"
