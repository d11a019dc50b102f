"""Seed data of the integrations: a merchant's connections, and a delivery that waits for its customer."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any, Literal

from local.seeds.writing import fixed_id, write_missing

SHOPS: dict[Literal["shopify", "woocommerce", "pos"], tuple[str, str | None]] = {
    "shopify": ("Kaveri online", "kaveri-stores.myshopify.com"),
    "woocommerce": ("Kaveri handlooms", "https://handlooms.kaveri.example"),
    "pos": ("Kaveri tills", None),
}
SALE = {"order_id": "SEED-1", "amount": "450.00", "status": "paid", "updated_at": "2026-11-01T09:30:00Z"}
HISTORY_MS = 30 * 86_400_000


def plant(merchant: Any, now: int) -> dict[str, Any]:
    """Plants what is missing. For each system: id, webhook path, secret; for the tills also the delivery."""
    from batua.identity import sealing
    from batua.integrations.mappings import FieldMapping
    from batua.integrations.model import Connection, connection_item
    from batua.store.writes import ABSENT, Put

    fields: dict[str, Any] = {}
    for system, (name, shop) in SHOPS.items():
        id, secret = fixed_id("con", system), _secret(system)
        connection = Connection(
            id=id,
            tenant=merchant.id,
            mode="live",
            system=system,
            name=name,
            shop=shop,
            secret=sealing.seal_tenant_secret(merchant.id, id, secret),
            mapping=FieldMapping("generic"),
            # The samples of `sam local invoke` and `curl` send the secret as a key: a signature is good for minutes.
            signing="legacy",
            orders_from=0,
            created_at=now - HISTORY_MS,
        )
        write_missing([Put(connection.key, connection_item(connection), when=ABSENT)])
        fields[system] = {"id": id, "path": f"/webhooks/{system}/{id}", "secret": secret, "shop": shop}
    fields["pos"]["delivery_id"] = _waiting(merchant, fields["pos"]["id"], now)
    return fields


def _waiting(merchant: Any, connection: str, now: int) -> str:
    from batua.integrations.model import ConnectionDelivery, connection_delivery_item, delivery_outcome_item
    from batua.store.writes import ABSENT, Put

    body = json.dumps(SALE).encode()
    delivery = ConnectionDelivery(
        id=fixed_id("dlv", "waiting"),
        connection=connection,
        tenant=merchant.id,
        given_id="seed-1",
        topic="sale",
        received_at=now,
        body=zlib.compress(body),
        address="192.0.2.40",
        status="unmatched",
        reason="no_customer",
        attempts=1,
        orders=(SALE["order_id"],),
        size=len(body),
    )
    write_missing([Put(delivery.key, connection_delivery_item(delivery), when=ABSENT)])
    write_missing([Put(delivery.outcome_key, delivery_outcome_item(delivery), when=ABSENT)])
    return delivery.id


def _secret(system: str) -> str:
    return f"whsec_{hashlib.sha256(f'local secret of {system}'.encode()).hexdigest()}"
