"""What became of a customer's points in one wallet of an application."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .. import errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number
from ..identity.tenant import read_program
from ..ledger.model import Program
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import Entry
from ..money import to_wire
from .points import PointsWalletLookup, points_customer, resource_not_found

HISTORY_ERRORS = (errors.INVALID_CURSOR,)
_TAKING = frozenset({"redeem", "hold", "expire", "reverse_issue"})


class PointsHistoryQuery(Model):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class PointsTransaction(Model):
    txn_id: str
    type: Literal["credit", "debit"] = Field(description="Whether points came in or went out.")
    kind: str = Field(
        description="The ledger's word for it: `issue`, `redeem`, `expire` and so on.", examples=["issue"]
    )
    points: Number
    loyalty_points: Number = Field(description="What could be spent after it.")
    description: str | None
    created_at: Instant


class PointsHistory(Model):
    wallet_id: str
    transactions: list[PointsTransaction] = Field(description="The newest first.")
    next_cursor: str | None = Field(description="For the next page; null at the end.", examples=[None])


def list_points_history(call: Call[PointsHistoryQuery]) -> PointsHistory:
    """The customer's transactions in one wallet, the newest first. One that nothing has moved in has none."""
    place: PointsWalletLookup = call.lookup
    points_customer(call)
    record = call.loaded[place.program] if place.program else None
    if record is None or place.wallet is None:
        raise resource_not_found("wallet")
    program, query, tenant = read_program(record), call.input, call.caller.tenant.id
    wallet = place.wallet.pk.rpartition("#")[2]
    bound = {"list": "points", "wallet": wallet}
    after: Any = None
    if query.cursor:
        after = coin_entries.start_after(place.scope, tenant, cursor.open_cursor(tenant, bound, query.cursor))
    page = coin_entries.wallet_statement(call.store, place.scope, wallet, limit=query.limit, after=after)
    entries = coin_entries.read_entries(page)
    following = None
    if page.last and entries:
        last = entries[-1]
        following = cursor.seal_cursor(tenant, bound, f"{last.seq}#{last.id}#{last.wallet}#{last.at}")
    lines = [_points_transaction(entry, program) for entry in entries]
    return PointsHistory(wallet_id=program.id, transactions=lines, next_cursor=following)


def _points_transaction(entry: Entry, program: Program) -> PointsTransaction:
    return PointsTransaction(
        txn_id=entry.id,
        type="debit" if entry.kind in _TAKING else "credit",
        kind=entry.kind,
        points=to_wire(abs(entry.amount), program.scale),
        loyalty_points=to_wire(entry.after - entry.held, program.scale),
        description=entry.note,
        created_at=entry.created_at,
    )
