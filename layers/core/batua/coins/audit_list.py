"""The audit trail of a merchant: moves of value, refusals, refused callers, administrative acts, in one list by time.

They stand in three places, each where it costs nothing extra to write. All sort by `<time>#<id>`: the list is a merge.
"""

from __future__ import annotations

import heapq
from itertools import islice
from typing import Any, Final

from pydantic import Field

from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number
from ..api.styles import Reply
from ..archive import months
from ..ledger.model import Program
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import read_entry
from ..store import keys
from ..store.store import Record
from . import counter
from .ledger_list import LedgerInstant, parse_instant

_PLACES: Final = ("activity", "refused", "acts")


class AuditQuery(Model):
    since: LedgerInstant | None = Field(None, alias="from")
    until: LedgerInstant | None = Field(None, alias="to")
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class AuditLine(Model):
    id: str
    at: Instant
    who: str
    address: str
    what: str
    outcome: str
    reference: str | None
    customer_id: str | None
    coins: Number | None
    request_id: str | None


def list_audit(call: Call[AuditQuery]) -> Reply:
    """Who did what, when, from where, and what became of it; newest first."""
    query, tenant = call.input, call.caller.tenant.id
    filters = {"list": "audit", "scope": call.caller.scope, **query.model_dump(exclude={"cursor", "limit"})}
    before = cursor.open_cursor(tenant, filters, query.cursor) if query.cursor else None
    merged = heapq.merge(*(_place(call, place, before) for place in _PLACES), key=lambda row: row[0], reverse=True)
    rows = list(islice(merged, query.limit + 1))
    following = cursor.seal_cursor(tenant, filters, rows[query.limit - 1][0]) if len(rows) > query.limit else None
    program = counter.program_of(call.caller)
    lines = [_line(place, record, program) for _, place, record in rows[: query.limit]]
    _, kept = months.lists_from(call.caller.mode, None, call.now)
    meta = {"next_cursor": following, "limit": query.limit}
    return Reply(lines, meta={**meta, "kept_from": kept} if kept else meta)


def _place(call: Call[AuditQuery], place: str, before: str | None) -> list[tuple[str, str, Record]]:
    """The newest rows of one place, before a position: as many as the page could need of it."""
    caller, query = call.caller, call.input
    since, until = parse_instant(query.since, "from"), parse_instant(query.until, "to")
    if place == "activity":
        since, _ = months.lists_from(caller.mode, since, call.now)
    partition, table, index, sort = {
        "activity": (keys.activity_partition(caller.scope, caller.tenant.id), "ledger", "activity", "g2s"),
        "refused": (keys.refusals_partition(caller.scope, caller.tenant.id), "ledger", "activity", "g2s"),
        "acts": (keys.audit_partition(caller.mode, caller.tenant.id), "directory", None, "sk"),
    }[place]
    bounds: dict[str, Any] = {
        "since": coin_entries.lower_bound(since),
        "until": before or coin_entries.upper_bound(until),
    }
    page = call.store.query(
        "ledger" if table == "ledger" else "directory",
        partition,
        index=index,
        descending=True,
        # One more than a page for the cursor, one more for the row that the cursor stands on.
        limit=query.limit + 2,
        **bounds,
    )
    return [(record[sort], place, record) for record in page.items if record[sort] != before]


def _line(place: str, record: Record, program: Program) -> AuditLine:
    if place == "acts":
        at, _, id = record["sk"].partition("#")
        return AuditLine(
            id=id,
            at=at,
            who=record["who"],
            address=record["ip"],
            what=record["what"],
            outcome=record["out"],
            reference=record.get("ref"),
            customer_id=None,
            coins=None,
            request_id=record.get("req"),
        )
    at, _, id = record["g2s"].partition("#")
    if place == "refused":
        return AuditLine(
            id=id,
            at=at,
            who=record["by"],
            address=record["ip"],
            what=record["op"],
            outcome=record["code"],
            reference=record.get("ref"),
            customer_id=record.get("cust"),
            coins=None,
            request_id=None,
        )
    entry = read_entry(record)
    return AuditLine(
        id=entry.id,
        at=entry.created_at,
        who=entry.caller,
        address=entry.address,
        what=entry.kind,
        outcome="done",
        reference=entry.reference,
        customer_id=entry.customer,
        # Points of a wallet type, in the same books, are no coins of the program.
        coins=counter.coins_wire(entry.amount, program) if entry.asset == program.asset else None,
        request_id=None,
    )
