"""The merchant's ledger: its transactions, newest first, as JSON or CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from .. import clock, errors, ids, phone
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number, Text, parse_instant
from ..api.request import Request
from ..api.styles import Raw, Reply
from ..archive import months
from ..customers import model as customers
from ..customers.named import NOT_SHOWN, named_customers
from ..identity.credentials import Claims
from ..ledger.model import Program
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import Entry
from ..store import keys
from ..store.keys import Key
from . import counter
from .models import CustomerNamed

EntryType = Literal[
    "issue",
    "redeem",
    "reverse_issue",
    "reverse_redeem",
    "hold",
    "capture",
    "void",
    "expire",
    "transfer_out",
    "transfer_in",
    "import",
    "reverse_import",
]
_MAX_SCANNED: Final = 2_000
"""Entries that one page may look at for what the filters want; the cursor goes on from there."""

_MAX_CSV_ROWS: Final = 3_000
"""Rows of a CSV page: with the longest notes in four-byte letters, below the 6 MB that a function can answer."""

LedgerInstant = Annotated[str, Field(description="ISO 8601", examples=["2026-11-01T00:00:00Z"])]


class LedgerQuery(Model):
    customer: str | None = Field(None, max_length=128, description="Customer id, wallet id or phone number.")
    since: LedgerInstant | None = Field(None, alias="from")
    until: LedgerInstant | None = Field(None, alias="to")
    type: EntryType | None = None
    reference: Text | None = None
    limit: int | None = Field(None, ge=1, le=_MAX_CSV_ROWS, description="At most 100 for JSON; 20 when left out.")
    cursor: str | None = Field(None, max_length=1024)
    format: Literal["json", "csv"] | None = None


class LedgerLine(Model):
    transaction_id: str
    type: str
    customer_id: str
    wallet_id: str
    coins: Number
    previous_balance: Number
    balance: Number
    bill_amount: Number | None
    expired: Number
    reference: str | None
    note: str | None
    reversed_transaction_id: str | None
    created_at: Instant
    by: str
    occurred_at: Instant | None = Field(None, description="When the sale happened, as the sender of the issue says.")


class ListedLine(LedgerLine, CustomerNamed):
    """A transaction as the JSON list shows it."""


@dataclass(frozen=True, slots=True)
class LedgerLookup:
    """Whose transactions are asked for: a wallet, a customer, or neither for the whole merchant's."""

    wallet: str | None = None
    customer: str | None = None
    keys: tuple[Key, ...] = ()


def prefetch_ledger(claims: Claims, query: LedgerQuery, _: Request) -> LedgerLookup:
    if query.customer is None:
        return LedgerLookup()
    if ids.is_id(query.customer, "wal"):
        return LedgerLookup(wallet=query.customer)
    customer = _customer_id(claims, query.customer)
    return LedgerLookup(customer=customer, keys=(keys.customer_key(claims.scope, customer),))


def list_ledger(call: Call[LedgerQuery]) -> Reply | Raw:
    """The transactions of this merchant, as far back as they are kept; with `customer`, those with one customer."""
    query, program = call.input, counter.program_of(call.caller)
    as_csv = call.request.wants_csv(query.format)
    limit = query.limit or (_MAX_CSV_ROWS if as_csv else 20)
    if not as_csv and limit > 100:
        raise errors.invalid("limit", "must be 100 or less, or ask for text/csv")
    entries, last = _page_of_entries(call, limit)
    following = cursor.seal_cursor(call.caller.tenant.id, _cursor_scope(call), last) if last else None
    _, kept = months.lists_from(call.caller.mode, None, call.now)
    if as_csv:
        headers = {"Content-Disposition": 'attachment; filename="ledger.csv"'}
        if following:
            headers["X-Next-Cursor"] = following
        if kept:
            headers["X-Kept-From"] = kept
        from ..api.spreadsheet import to_csv  # most lists are JSON

        lines = [LedgerLine(**_line_fields(entry, program)) for entry in entries]
        return Raw(to_csv(LedgerLine, lines), "text/csv; charset=utf-8", headers)
    meta = {"next_cursor": following, "limit": limit}
    named = named_customers(call, (entry.customer for entry in entries))
    listed = [
        ListedLine(**_line_fields(entry, program), **named.get(entry.customer, NOT_SHOWN).fields) for entry in entries
    ]
    return Reply(listed, meta={**meta, "kept_from": kept} if kept else meta)


def _line_fields(entry: Entry, program: Program) -> dict[str, Any]:
    return {
        "transaction_id": entry.id,
        "type": entry.kind,
        "customer_id": entry.customer,
        "wallet_id": entry.wallet,
        "coins": counter.coins_wire(entry.amount, program),
        "previous_balance": counter.coins_wire(entry.before, program),
        "balance": counter.coins_wire(entry.after, program),
        "bill_amount": counter.rupees_wire(entry.bill),
        "expired": counter.coins_wire(sum(entry.expired.values()), program),
        "reference": entry.reference,
        "note": entry.note,
        "reversed_transaction_id": entry.original,
        "created_at": entry.created_at,
        "by": entry.caller,
        "occurred_at": clock.iso(entry.occurred_at) if entry.occurred_at is not None else None,
    }


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """A query, read: which entries it wants, and where it looks for them."""

    merchant: str
    asset: str
    wallet: str | None
    since: int | None
    until: int | None
    type: str | None
    reference: str | None

    def matches(self, entry: Entry) -> bool:
        return (
            entry.merchant == self.merchant
            and entry.asset == self.asset
            and self.type in (None, entry.kind)
            and self.reference in (None, entry.reference)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at <= self.until)
        )


def _cursor_scope(call: Call[LedgerQuery]) -> dict[str, Any]:
    """What a cursor is bound to: this list, in these books, with these filters."""
    return {
        "list": "ledger",
        "scope": call.caller.scope,
        **call.input.model_dump(exclude={"cursor", "limit", "format"}),
    }


def _ledger_filter(call: Call[LedgerQuery]) -> LedgerFilter:
    query = call.input
    since, _ = months.lists_from(call.caller.mode, parse_instant(query.since, "from"), call.now)
    return LedgerFilter(
        merchant=call.caller.tenant.id,
        asset=counter.program_of(call.caller).asset,
        wallet=_named_wallet(call),
        since=since,
        until=parse_instant(query.until, "to"),
        type=query.type,
        reference=query.reference,
    )


def _page_of_entries(call: Call[LedgerQuery], limit: int) -> tuple[list[Entry], str | None]:
    """A page of matching entries, and the position from which the list goes on; None where it ends with the page."""
    query, wanted = call.input, _ledger_filter(call)
    after = cursor.open_cursor(call.caller.tenant.id, _cursor_scope(call), query.cursor) if query.cursor else None
    matching: list[Entry] = []
    for looked_at, entry in enumerate(_entries(call, wanted, after, limit), start=1):
        if wanted.matches(entry):
            matching.append(entry)
        if len(matching) > limit:
            return matching[:limit], _position(matching[limit - 1], wanted)
        if looked_at >= _MAX_SCANNED + limit:
            return matching, _position(entry, wanted)
    return matching, None


def _entries(call: Call[LedgerQuery], wanted: LedgerFilter, after: str | None, limit: int) -> Iterator[Entry]:
    """Entries from a position on, newest first: of the customer named, else of the merchant."""
    scope, merchant = call.caller.scope, wanted.merchant
    start: Any = coin_entries.start_after(scope, merchant, after) if after else None
    while True:
        page = (
            coin_entries.wallet_statement(call.store, scope, wanted.wallet, limit=limit + 1, after=start)
            if wanted.wallet
            else coin_entries.merchant_activity(
                call.store, scope, merchant, since=wanted.since, until=wanted.until, limit=limit + 1, after=start
            )
        )
        for entry in coin_entries.read_entries(page):
            if wanted.since is not None and entry.at < wanted.since:
                return  # nor does any that follows: time never runs backwards for a wallet
            yield entry
        start = page.last
        if start is None:
            return


def _position(entry: Entry, wanted: LedgerFilter) -> str:
    """An entry's position in its list, as the cursor keeps it."""
    return f"{entry.seq}#{entry.id}#{entry.wallet}" if wanted.wallet else f"{entry.created_at}#{entry.id}"


def _named_wallet(call: Call[LedgerQuery]) -> str | None:
    lookup: LedgerLookup = call.lookup
    if lookup.customer is None:
        return lookup.wallet
    return customers.customer_wallet_id(call.caller.scope, counter.program_of(call.caller).id, lookup.customer)


def _customer_id(claims: Claims, customer: str) -> str:
    """Raises a 400 that names the field."""
    if ids.is_id(customer, "cust"):
        return customer
    try:
        e164 = phone.to_e164(customer, claims.region)
    except phone.PhoneError as refusal:
        raise errors.invalid("customer", "must be a customer id, a wallet id or a phone number") from refusal
    return customers.customer_id_by_phone(claims.scope, claims.owner, e164)
