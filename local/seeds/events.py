"""Seed data of events out: a webhook endpoint, and an event that could not be delivered to it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

from local.seeds.writing import fixed_id, write_missing

# Nobody is there, and the loopback is never left.
URL = "http://127.0.0.1:9/batua"


def plant(merchant: Any, now: int) -> dict[str, Any]:
    """Plants what is missing: the endpoint's tenant, id and secret, and the event."""
    from batua import ids
    from batua.events.event import Event, sequence_number
    from batua.events.model import WebhookEndpoint, endpoint_item, new_webhook_delivery, webhook_delivery_item
    from batua.identity.sealing import seal_tenant_secret
    from batua.store.writes import ABSENT, Put

    id = fixed_id("wep", "books")
    secret = f"whsec_{base64.b64encode(hashlib.sha256(b'local secret of the books').digest()).decode()}"
    endpoint = WebhookEndpoint(
        id=id,
        tenant=merchant.id,
        mode="live",
        url=URL,
        events=("dispute.*",),
        secret=seal_tenant_secret(merchant.id, id, secret),
        created_at=now,
        description="Bookkeeping",
    )
    event = Event(
        id=ids.dated_id("evt", merchant.joined_at, "seed"),
        type="webhook.test",
        version=1,
        created_at=merchant.joined_at,
        tenant=merchant.id,
        mode="live",
        subject=id,
        sequence=sequence_number(0),
        data={"message": "A first event, which nobody took."},
    )
    delivery = replace(new_webhook_delivery(event, endpoint, now, None), status="failed", reason="attempts_used_up")
    write_missing(
        [
            Put(endpoint.key, endpoint_item(endpoint), when=ABSENT),
            Put(delivery.key, webhook_delivery_item(delivery), when=ABSENT),
        ]
    )
    return {"webhook": {"tenant": merchant.id, "id": id, "secret": secret, "event_id": event.id}}
