"""Seed data of exports: one of the network that has finished, and one of the bakery that is running.

Planted again, nothing changes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import Any

from local.seeds.writing import fixed_id, write_missing


def plant(tenants: Any) -> dict[str, str]:
    """Plants what is missing. Returns what the sample events name."""
    from batua import files
    from batua.exports.record import Export, ExportFile, export_item
    from batua.exports.steps import EXPORT_MEDIA
    from batua.identity.roles import permissions
    from batua.store import keys
    from batua.store.writes import ABSENT, Put

    network, bakery, now = tenants.network, tenants.bakery, tenants.now
    line = {"id": fixed_id("usr", "tenant_admin"), "roles": ["tenant_admin"], "status": "active"}
    packed = gzip.compress(json.dumps(line).encode() + b"\n", mtime=0)
    base: dict[str, Any] = {
        "mode": "live",
        "permissions": tuple(sorted(permissions(["tenant_admin"]))),
        "created_at": now,
        "address": "127.0.0.1",
        "advanced_at": now,
    }
    finished = Export(
        id=fixed_id("exp", "finished"),
        tenant=network.id,
        status="finished",
        collections=("users",),
        created_by=fixed_id("usr", "tenant_admin"),
        done=1,
        files=(ExportFile("users-0001.jsonl.gz", "users", 1, len(packed), hashlib.sha256(packed).hexdigest()),),
        finished_at=now,
        **base,
    )
    running = Export(
        id=fixed_id("exp", "running"),
        tenant=bakery.id,
        status="running",
        collections=("settings", "users"),
        created_by=fixed_id("usr", "bakery"),
        **base,
    )
    for each in (finished, running):
        write_missing([Put(each.key, export_item(each), when=ABSENT)])
    files.store_content(finished.file_key("users-0001.jsonl.gz"), packed, EXPORT_MEDIA)
    return {
        "export_id": finished.id,
        "running_export_id": running.id,
        "running_export_scope": str(keys.scope("live", bakery.id)),
    }
