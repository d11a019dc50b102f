"""Seed data of a network's identity checks: two drafts, one of which the sample events withdraw.

Planted again, nothing changes.
"""

from __future__ import annotations

from typing import Any

from local.seeds.writing import fixed_id, write_missing


def plant(network: Any, now: int) -> dict[str, str]:
    """Plants what is missing. Returns what the sample events name."""
    from batua.store import keys, verification_keys
    from batua.store.writes import ABSENT, Put
    from batua.verification.record import DRAFT_LIFE, Verification, masked_from, seal_details, verification_item

    tenant = network.id
    scope = keys.scope("live", network.program.owner if network.program else tenant)
    details = {"pan": "ABCPV1234D", "name": "Asha Rao"}
    made = {name: fixed_id("vrf", name) for name in ("draft", "withdrawn")}
    for id in made.values():
        last_four, digest = masked_from("pan", tenant, details)
        draft = Verification(
            id=id,
            tenant=tenant,
            kind="pan",
            status="draft",
            consent={"text": "kyc-2026-11", "at": now, "ip": "127.0.0.1"},
            created_at=now,
            created_by=fixed_id("usr", "tenant_admin"),
            expires_at=now + DRAFT_LIFE,
            last_four=last_four,
            digest=digest,
            sealed=seal_details(tenant, id, details),
        )
        key = verification_keys.verification_key(scope, id)
        write_missing([Put(key, verification_item(scope, draft), when=ABSENT)])
    return {f"verification_{name}": id for name, id in made.items()}
