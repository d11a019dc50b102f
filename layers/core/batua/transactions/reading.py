"""Lists a tenant's transactions, shows one, and tells the totals by day."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from .. import clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply
from ..archive import months
from ..coins.listing import instant
from ..identity.caller import Caller
from ..identity.credentials import Claims
from ..ledger import totals
from ..ledger.entry import Entry
from ..ledger.treasury import Transaction
from ..money import to_wire
from ..store import keys
from ..store.keys import Key
from ..store.store import Store
from ..wallets import purse
from . import record
from .models import (
    Analytics,
    AnalyticsQuery,
    DayFigures,
    Figure,
    TransactionDetail,
    TransactionsQuery,
)
from .record import Listed, Shown

_LOOKED_AT: Final = 2_000
"""Transactions that one page may look at for what the filters want; the cursor goes on from there."""

_MOST_DAYS: Final = 400
_USUAL_DAYS: Final = 30


def list_transactions(call: Call[TransactionsQuery]) -> Reply:
    """The tenant's transactions, on its own wallets and its customers', newest first."""
    query, tenant = call.input, call.caller.tenant
    filters = query.model_dump(exclude={"cursor", "limit"})
    before = cursor.unseal(tenant.id, filters, query.cursor) if query.cursor else None
    wanted: list[Shown] = []
    looked_at, last = 0, None
    walk = _walk(call.store, call.caller, query, before, call.now)
    while len(wanted) <= query.limit and looked_at < _LOOKED_AT:
        chunk = [one for _, one in zip(range(query.limit + 1), walk, strict=False)]
        if not chunk:
            break
        looked_at, last = looked_at + len(chunk), chunk[-1].place
        fits = [one for one in chunk if _fits(one, query, call)]
        wanted += [shown for shown in record.with_states(call.store, fits) if query.status in (None, shown.status)]
    else:
        if len(wanted) > query.limit:
            wanted = wanted[: query.limit]
            last = wanted[-1].listed.place
        following = cursor.seal(tenant.id, filters, str(last))
        return _page(wanted, following, call)
    return _page(wanted, None, call)


def _page(wanted: list[Shown], following: str | None, call: Call[TransactionsQuery]) -> Reply:
    lines = [record.line(shown, call.caller.tenant.program) for shown in wanted]
    _, kept = months.lists_from(call.caller.mode, None, call.now)
    meta = {"next_cursor": following, "limit": call.input.limit}
    return Reply(lines, meta={**meta, "kept_from": kept} if kept else meta)


def _walk(store: Store, caller: Caller, query: TransactionsQuery, before: str | None, now: int) -> Iterator[Listed]:
    """Transactions from a place on, newest first, of both kinds."""
    since, _ = months.lists_from(caller.mode, instant(query.since, "from"), now)
    until = instant(query.until, "to")
    bounds = {
        "since": clock.iso(since) if since is not None else None,
        "until": before or (f"{clock.iso(until)}$" if until is not None else None),
    }
    sources = [
        (
            record.listed(row)
            for row in store.query_all(
                "ledger", partition, index="activity", descending=True, limit=query.limit + 1, **bounds
            )
            if before is None or row["g2s"] < before
        )
        for partition in partitions(caller)
    ]
    # Lines beside an issue of a prefunded program are seen with the issue.
    merged = heapq.merge(*sources, key=lambda one: one.place, reverse=True)
    return (one for one in merged if not (one.is_funds and one.entry.kind in ("issue", "reverse_issue")))


def partitions(caller: Caller) -> list[str]:
    """The tenant's places in index `activity`: its customers' coins, and its own wallets."""
    tenant = caller.tenant.id
    own = keys.scope(caller.mode, tenant)
    return [keys.activity_partition(caller.scope, tenant), keys.funds_activity(own, tenant)]


def _fits(one: Listed, query: TransactionsQuery, call: Call[TransactionsQuery]) -> bool:
    amount = Decimal(one.amount).scaleb(-purse.scale_of(one.asset, call.caller.tenant.program))
    return (
        query.type in (None, one.entry.kind)
        and query.asset in (None, one.asset)
        and query.reference in (None, one.entry.reference)
        and (query.wallet_id is None or one.touches(query.wallet_id))
        and (query.min_amount is None or amount >= query.min_amount)
        and (query.max_amount is None or amount <= query.max_amount)
    )


@dataclass(frozen=True, slots=True)
class Sought:
    """A transaction by its id: on the tenant's own wallets, or in the books of its program."""

    id: str
    own: str
    coins: str

    @property
    def keys(self) -> list[Key]:
        # Of a customer's coins the entry itself; lines on own wallets are found by the query that finds all of them.
        return [keys.transaction(self.coins, self.id), keys.reversed_sum(self.coins, self.id)]


def seek_transaction(claims: Claims, body: Any, request: Request) -> Sought:
    id = request.path["id"]
    if not ids.is_id(id, "txn"):
        raise errors.TRANSACTION_NOT_FOUND()
    return Sought(id, purse.own_scope(claims), claims.scope)


def read(call: Call[Any]) -> TransactionDetail:
    """One transaction of this tenant's, with its entries and its state."""
    program, mode = call.caller.tenant.program, call.caller.mode
    coins = own_coins(call)
    if coins is not None:
        (shown,) = record.with_states(call.store, [coins])
        return record.detail(shown, (), program, mode)
    transaction = own_funds(call)
    first = transaction.entries[0]
    (shown,) = record.with_states(call.store, [Listed("", call.sought.own, first)])
    return record.detail(shown, transaction.entries, program, mode)


def own_coins(call: Call[Any]) -> Listed | None:
    """The transaction on a customer's coins, where it is this tenant's."""
    sought: Sought = call.sought
    row = call.found[keys.transaction(sought.coins, sought.id)]
    if row is None or row["kind"] == "refused":
        return None
    one = record.listed(row)
    entry = one.entry
    return one if isinstance(entry, Entry) and entry.merchant == call.caller.tenant.id else None


def own_funds(call: Call[Any]) -> Transaction:
    """The transaction on this tenant's own wallets. Raises `transaction_not_found`."""
    transaction = purse.treasury(call).transaction(call.sought.own, call.sought.id)
    if transaction is None or transaction.entries[0].kind in ("issue", "reverse_issue"):
        raise errors.TRANSACTION_NOT_FOUND()
    return transaction


def analyze(call: Call[AnalyticsQuery]) -> Analytics:
    """Totals and a series by day, type and status, from the daily totals."""
    query, caller = call.input, call.caller
    zone, program = caller.tenant.time_zone, caller.tenant.program
    until = _day(query.until, "to") or clock.day_of(call.now, zone)
    since = _day(query.since, "from") or clock.day_of(clock.day_start(until, zone) - _USUAL_DAYS * clock.DAY_MS, zone)
    if not 0 <= (_date(until) - _date(since)).days <= _MOST_DAYS:
        raise errors.invalid("from", f"must not lie after `to`, nor more than {_MOST_DAYS} days before it")
    rows = totals.totals(call.store, keys.scope(caller.mode, caller.tenant.id), since, until)
    rows = [row for row in rows if query.asset in (None, row.asset)]

    def figure(asset: str, kind: str, status: str, count: int, amount: int) -> Figure:
        scale = purse.scale_of(asset, program)
        return Figure(asset=asset, type=kind, status=status, count=count, amount=to_wire(amount, scale))

    sums: dict[tuple[str, str, str], tuple[int, int]] = {}
    days: dict[int, list[Figure]] = {}
    for row in rows:
        place = (row.asset, row.kind, row.status)
        count, amount = sums.get(place, (0, 0))
        sums[place] = (count + row.count, amount + row.amount)
        days.setdefault(row.day, []).append(figure(*place, row.count, row.amount))
    return Analytics(
        since=_date(since).isoformat(),
        until=_date(until).isoformat(),
        complete_to=clock.iso(totals.complete_to(call.store, partitions(caller), call.now)),
        totals=[figure(*place, *sum) for place, sum in sorted(sums.items())],
        days=[DayFigures(date=_date(day).isoformat(), figures=figures) for day, figures in sorted(days.items())],
    )


def _day(text: str | None, field: str) -> int | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise errors.invalid(field, "must be a date such as 2026-11-01") from error
    return day.year * 10_000 + day.month * 100 + day.day


def _date(day: int) -> date:
    return date(day // 10_000, day // 100 % 100, day % 100)
