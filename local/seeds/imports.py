"""Seed data of imports: one that waits for its check, one that was checked, and one that was applied.

Planted again, nothing changes.
"""

from __future__ import annotations

import hashlib
from typing import Any

from local.seeds.writing import fixed_id, write_missing

CONTENT = b"Mobile No,Points,Valid till\r\n98450 11223,120,31/03/2090\r\n98450 11224,80,never\r\n"


def plant(tenants: Any) -> dict[str, str]:
    """Plants what is missing. Returns what the sample events name."""
    from batua import files
    from batua.customers import model as customers
    from batua.imports.parts import CheckedRow, write_rows
    from batua.imports.record import Import, file_claim, import_item
    from batua.imports.report import ReportWriter
    from batua.store import keys
    from batua.store.writes import ABSENT, Put

    network, now = tenants.network, tenants.now
    scope = keys.scope("live", network.id)
    rows = []
    for number, (e164, coins, month) in enumerate((("+919845011223", 120, 209003), ("+919845011224", 80, 999912)), 2):
        customer = customers.customer_id_by_phone(scope, network.id, e164)
        wallet = customers.customer_wallet_id(scope, network.program.id, customer)
        rows.append(CheckedRow(number, "ready", e164, customer, wallet, coins, month))
    base: dict[str, Any] = {
        "scope": scope,
        "tenant": network.id,
        "program": network.program.id,
        "kind": "balances",
        "file_name": "customers-march.csv",
        "size": len(CONTENT),
        "created_at": now,
        "created_by": fixed_id("usr", "tenant_admin"),
        "address": "127.0.0.1",
        "scale": network.program.scale,
    }
    checked: dict[str, Any] = {
        "mapping": {"phone": "Mobile No", "coins": "Points", "expires_on": "Valid till"},
        "headers": ("Mobile No", "Points", "Valid till"),
        "parts": 1,
        "counts": {"rows": 2, "ready": 2, "new_customers": 2, "coins": 200},
        "expiry": {"209003": 120, "999912": 80},
        "checked_at": now,
    }
    waiting = Import(fixed_id("imp", "waiting"), status="awaiting_upload", **base)
    ready = Import(
        fixed_id("imp", "checked"), status="checked", digest=hashlib.sha256(b"one").hexdigest(), **base, **checked
    )
    applied = Import(
        fixed_id("imp", "applied"),
        status="applied",
        digest=hashlib.sha256(b"two").hexdigest(),
        applied_at=now,
        **base,
        **checked,
    )
    for each in (waiting, ready, applied):
        item = {name: value for name, value in import_item(each).items() if value is not None}
        write_missing([Put(each.key, item, when=ABSENT)])
    write_missing([file_claim(applied)])
    files.store_content(waiting.upload_key, CONTENT, "text/csv")
    for each in (ready, applied):
        write_rows(each, "checked", 1, rows)
    write_rows(applied, "applied", 1, [CheckedRow(2, "refused", message="Seed: nothing was posted.")])
    report = ReportWriter(ready, "check")
    report.add(rows)
    report.store()
    return {
        "import_scope": str(scope),
        "import_tenant_id": network.id,
        "waiting_import_id": waiting.id,
        "import_id": ready.id,
        "applied_import_id": applied.id,
    }
