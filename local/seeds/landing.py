"""Seed data of the landing pages: questions and answers, a testimonial, an incident that is over; published at once."""

from __future__ import annotations

from typing import Any

from local.seeds.writing import DAY_MS, write_missing

_FAQS = (
    ("When do coins expire?", "At the end of the twelfth month after they were issued.", "Coins"),
    ("Can I pay a whole bill with coins?", "Yes, as far as the merchant's issuance ratio allows it.", "Coins"),
    ("How do I connect my shop?", "Open Connections in the portal and choose Shopify or WooCommerce.", "Merchants"),
)


def plant(tenants: Any) -> dict[str, str]:
    """Plants what is missing, and publishes as the schedule would. Returns the samples."""
    from batua import clock, ids
    from batua.landing.refresh import refresh_landing
    from batua.store import landing_keys
    from batua.store.store import store
    from batua.store.writes import ABSENT, Put

    updated = clock.iso(tenants.now - DAY_MS)
    faqs = [dict(zip(("question", "answer", "category"), each, strict=True)) for each in _FAQS]
    quote = {
        "quote": "Our regulars ask for their coins by name. Setting it up took an afternoon.",
        "name": "Kaveri Iyer",
        "organization": "Kaveri Stores",
    }
    began = tenants.now - 3 * DAY_MS
    incident = {
        "title": "Webhooks were delayed",
        "impact": "minor",
        "components": ["integrations"],
        "started": began,
        "updates": [
            {"at": began, "state": "investigating", "message": "Webhooks arrive late. We are looking into it."},
            {"at": tenants.now, "state": "monitoring", "message": "Webhooks are on time again. We keep watching."},
        ],
        "version": 2,
    }
    id = ids.dated_id("inc", began, "seed", "webhooks")
    write_missing(
        [
            Put(landing_keys.published_list_key(name), {"items": items, "version": 1, "updated": updated}, when=ABSENT)
            for name, items in (("faqs", faqs), ("testimonials", [quote]))
        ]
    )
    write_missing([Put(landing_keys.incident_key(id), incident, when=ABSENT)])
    refresh_landing(store(), clock.system())
    return {"incident_id": id}
