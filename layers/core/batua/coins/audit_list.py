"""The audit trail of a tenant: moves of coins and of money, refusals, refused callers and administrative acts, by time.

They are stored in several places, each where it costs nothing extra to write. All sort by `<time>#<id>`, so the list is
a merge.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import Field

from .. import errors, ids, phone
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number, Text, parse_instant
from ..api.spreadsheet import to_csv
from ..api.styles import Raw, Reply
from ..archive import months
from ..customers import model as customers
from ..ledger.model import Program
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import read_entry
from ..ledger.records.tenant_money import read_line
from ..money import INR_SCALE, to_wire
from ..store import keys
from ..store.keys import TableName
from ..store.store import Record
from .ledger_list import LedgerInstant

_MAX_SCANNED: Final = 2_000
"""Rows that one page may look at for what the filters want; the cursor goes on from there."""

_MAX_CSV_ROWS: Final = 3_000


class AuditQuery(Model):
    who: Text | None = Field(None, description="The id of a user, a key or a connection; or a user whom a key claims.")
    what: Text | None = Field(None, description="A kind of transaction, an act, or a route, as the trail shows it.")
    reference: Text | None = None
    customer: Text | None = Field(None, description="Customer id or phone number.")
    since: LedgerInstant | None = Field(None, alias="from")
    until: LedgerInstant | None = Field(None, alias="to")
    limit: int | None = Field(None, ge=1, le=_MAX_CSV_ROWS, description="At most 100 for JSON; 20 when left out.")
    cursor: str | None = Field(None, max_length=1024)
    format: Literal["json", "csv"] | None = None


class AuditLine(Model):
    id: str
    at: Instant
    who: str
    claimed_user: str | None
    address: str
    what: str
    outcome: str
    reference: str | None
    customer_id: str | None
    coins: Number | None
    amount: Number | None
    asset: str | None
    request_id: str | None


def list_audit(call: Call[AuditQuery]) -> Reply | Raw:
    """Who did what, when, from where, and what became of it; newest first."""
    query, tenant = call.input, call.caller.tenant.id
    as_csv = query.format == "csv" or (query.format is None and call.request.accepts("text/csv"))
    limit = query.limit or (_MAX_CSV_ROWS if as_csv else 20)
    if not as_csv and limit > 100:
        raise errors.invalid("limit", "must be 100 or less, or ask for text/csv")
    filters = {
        "list": "audit",
        "scope": call.caller.scope,
        **query.model_dump(exclude={"cursor", "limit", "format"}),
    }
    before = cursor.open_cursor(tenant, filters, query.cursor) if query.cursor else None
    lines, last = _page_of_lines(call, before, limit)
    following = cursor.seal_cursor(tenant, filters, last) if last else None
    _, kept = months.lists_from(call.caller.mode, None, call.now)
    if as_csv:
        headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
        more = {"X-Next-Cursor": following, "X-Kept-From": kept}
        headers.update({name: value for name, value in more.items() if value})
        return Raw(to_csv(AuditLine, lines), "text/csv; charset=utf-8", headers)
    meta = {"next_cursor": following, "limit": limit}
    return Reply(lines, meta={**meta, "kept_from": kept} if kept else meta)


def _page_of_lines(call: Call[AuditQuery], before: str | None, limit: int) -> tuple[list[AuditLine], str | None]:
    """A page of matching lines, and the position from which the list goes on; None where it ends with the page."""
    customer, program = _customer_id(call), call.caller.tenant.program
    rows = [_partition_rows(call, place, before, limit) for place in _partitions(call)]
    lines: list[AuditLine] = []
    last = None
    for looked_at, (position, place, record) in enumerate(
        heapq.merge(*rows, key=lambda row: row[0], reverse=True), start=1
    ):
        line = place.read(record, program)
        if _matches_query(line, call.input, customer):
            if len(lines) == limit:
                return lines, last
            lines.append(line)
            last = position
        if looked_at >= _MAX_SCANNED + limit:
            return lines, position
    return lines, None


def _matches_query(line: AuditLine, query: AuditQuery, customer: str | None) -> bool:
    return (
        query.who in (None, line.who, line.claimed_user)
        and query.what in (None, line.what)
        and query.reference in (None, line.reference)
        and customer in (None, line.customer_id, line.reference)
    )


def _customer_id(call: Call[AuditQuery]) -> str | None:
    """The id of the customer that the query names. A tenant's own wallets are kept under names: those stay."""
    named, caller = call.input.customer, call.caller
    if named is None or ids.is_id(named, "cust"):
        return named
    try:
        e164 = phone.to_e164(named, caller.claims.region)
    except phone.PhoneError:
        return named
    return customers.customer_id_by_phone(caller.scope, caller.claims.owner, e164)


@dataclass(frozen=True, slots=True)
class _Place:
    """A partition with rows of the trail, and how one is read."""

    table: TableName
    partition: str
    read: Callable[[Record, Program | None], AuditLine]

    @property
    def sort(self) -> str:
        return "g2s" if self.table == "ledger" else "sk"

    @property
    def index(self) -> str | None:
        return "activity" if self.table == "ledger" else None


def _partitions(call: Call[AuditQuery]) -> list[_Place]:
    caller, tenant = call.caller, call.caller.tenant.id
    own = keys.scope(caller.mode, tenant)
    return [
        _Place("ledger", keys.activity_partition(caller.scope, tenant), _coin_line),
        _Place("ledger", keys.refusals_partition(caller.scope, tenant), _refused_line),
        _Place("ledger", keys.funds_activity_partition(own, tenant), _money_line),
        _Place("ledger", keys.funds_refusals_partition(own, tenant), _refused_line),
        _Place("directory", keys.audit_partition(caller.mode, tenant), _act_line),
    ]


def _partition_rows(
    call: Call[AuditQuery], place: _Place, before: str | None, limit: int
) -> Iterator[tuple[str, _Place, Record]]:
    """The rows of one place, newest first, from a position on."""
    query = call.input
    since, until = parse_instant(query.since, "from"), parse_instant(query.until, "to")
    if place.table == "ledger":
        since, _ = months.lists_from(call.caller.mode, since, call.now)
    bounds: dict[str, Any] = {
        "since": coin_entries.lower_bound(since),
        "until": before or coin_entries.upper_bound(until),
    }
    after = None
    while True:
        page = call.store.query(
            place.table,
            place.partition,
            index=place.index,
            descending=True,
            # One more than a page for the cursor, one more for the row that the cursor points to.
            limit=min(limit, 500) + 2,
            after=after,
            **bounds,
        )
        for record in page.items:
            if record[place.sort] != before:
                yield record[place.sort], place, record
        after = page.last
        if after is None:
            return


def _act_line(record: Record, program: Program | None) -> AuditLine:
    at, _, id = record["sk"].partition("#")
    what, outcome = record["what"], record["out"]
    if what == "reauthentication" and record.get("more", {}).get("with") == "code":
        what = "reauthentication.code"
    # Customers have no password: what they have to prove themselves with is a code.
    if outcome == errors.REAUTHENTICATION_REQUIRED.code and " /api/v1/me/" in what:
        outcome = "code_required"
    return _audit_line(record, at, id, what=what, outcome=outcome)


def _refused_line(record: Record, program: Program | None) -> AuditLine:
    at, id = record["g2s"].split("#")[:2]
    return _audit_line(record, at, id, what=record["op"], outcome=record["code"])


def _coin_line(record: Record, program: Program | None) -> AuditLine:
    entry = read_entry(record)
    # Points of a wallet type, in the same books, are no coins of the program.
    coins = to_wire(entry.amount, program.scale) if program and entry.asset == program.asset else None
    return _audit_line(record, entry.created_at, entry.id, what=entry.kind, outcome="done", coins=coins)


def _money_line(record: Record, program: Program | None) -> AuditLine:
    entry = read_line(record)
    asset = entry.line.wallet.asset
    scale = program.scale if program and asset == program.asset else INR_SCALE
    amount = to_wire(entry.total, scale)
    return _audit_line(record, entry.created_at, entry.id, what=entry.kind, outcome="done", amount=amount, asset=asset)


def _audit_line(record: Record, at: str, id: str, *, what: str, outcome: str, **more: Any) -> AuditLine:
    return AuditLine(
        id=id,
        at=at,
        who=record["by"] if "by" in record else record["who"],
        claimed_user=record.get("for"),
        address=record.get("ip", ""),
        what=what,
        outcome=outcome,
        reference=record.get("ref"),
        customer_id=record.get("cust"),
        coins=more.get("coins"),
        amount=more.get("amount"),
        asset=more.get("asset"),
        request_id=record.get("req"),
    )
