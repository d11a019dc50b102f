"""Lists a tenant's transactions, shows one, and tells the totals by day."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from .. import clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import parse_instant
from ..api.request import Request
from ..api.styles import Reply
from ..archive import months
from ..identity.caller import Caller
from ..identity.credentials import Claims
from ..ledger.posting.tenant_money import FundsTransaction
from ..ledger.records.customer_coins import Entry
from ..money import to_wire
from ..store import keys
from ..store.keys import Key
from ..store.store import Store
from ..wallets import service
from . import views
from .models import Analytics, AnalyticsFigure, AnalyticsQuery, DayFigures, TransactionDetail, TransactionsQuery
from .views import ListedTransaction, TransactionWithState

_MAX_SCANNED: Final = 2_000
"""Transactions that one page may look at for what the filters want; the cursor goes on from there."""

_MOST_DAYS: Final = 400
_USUAL_DAYS: Final = 30


def list_transactions(call: Call[TransactionsQuery]) -> Reply:
    """The tenant's transactions, on its own wallets and its customers', newest first."""
    query, tenant = call.input, call.caller.tenant
    filters = {
        "list": "transactions",
        "scope": call.caller.scope,
        **query.model_dump(exclude={"cursor", "limit"}),
    }
    before = cursor.open_cursor(tenant.id, filters, query.cursor) if query.cursor else None
    wanted: list[TransactionWithState] = []
    looked_at, last = 0, None
    walk = _transactions(call.store, call.caller, query, before, call.now)
    while len(wanted) <= query.limit and looked_at < _MAX_SCANNED:
        chunk = [one for _, one in zip(range(query.limit + 1), walk, strict=False)]
        if not chunk:
            break
        looked_at, last = looked_at + len(chunk), chunk[-1].place
        fits = [one for one in chunk if _matches_query(one, query, call)]
        wanted += [shown for shown in views.load_states(call.store, fits) if query.status in (None, shown.status)]
    else:
        if len(wanted) > query.limit:
            wanted = wanted[: query.limit]
            last = wanted[-1].listed.place
        following = cursor.seal_cursor(tenant.id, filters, str(last))
        return _transaction_page(wanted, following, call)
    return _transaction_page(wanted, None, call)


def _transaction_page(
    wanted: list[TransactionWithState], following: str | None, call: Call[TransactionsQuery]
) -> Reply:
    lines = [views.transaction_line(shown, call.caller.tenant.program) for shown in wanted]
    _, kept = months.lists_from(call.caller.mode, None, call.now)
    meta = {"next_cursor": following, "limit": call.input.limit}
    return Reply(lines, meta={**meta, "kept_from": kept} if kept else meta)


def _transactions(
    store: Store, caller: Caller, query: TransactionsQuery, before: str | None, now: int
) -> Iterator[ListedTransaction]:
    """Transactions from a place on, newest first, of both kinds."""
    since, _ = months.lists_from(caller.mode, parse_instant(query.since, "from"), now)
    until = parse_instant(query.until, "to")
    bounds = {
        "since": clock.iso(since) if since is not None else None,
        "until": before or (f"{clock.iso(until)}$" if until is not None else None),
    }
    sources = [
        (
            views.listed_transaction(row)
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
    return [keys.activity_partition(caller.scope, tenant), keys.funds_activity_partition(own, tenant)]


def _matches_query(one: ListedTransaction, query: TransactionsQuery, call: Call[TransactionsQuery]) -> bool:
    amount = Decimal(one.amount).scaleb(-service.scale_of(one.asset, call.caller.tenant.program))
    return (
        query.type in (None, one.entry.kind)
        and query.asset in (None, one.asset)
        and query.reference in (None, one.entry.reference)
        and (query.wallet_id is None or one.touches(query.wallet_id))
        and (query.min_amount is None or amount >= query.min_amount)
        and (query.max_amount is None or amount <= query.max_amount)
    )


@dataclass(frozen=True, slots=True)
class AnyTransactionLookup:
    """A transaction by its id: on the tenant's own wallets, or in the books of its program."""

    id: str
    own: str
    coins: str

    @property
    def keys(self) -> list[Key]:
        # Of a customer's coins the entry itself; lines on own wallets are found by the query that finds all of them.
        return [keys.transaction_key(self.coins, self.id), keys.reversed_sum_key(self.coins, self.id)]


def prefetch_transaction(claims: Claims, body: Any, request: Request) -> AnyTransactionLookup:
    id = request.path["id"]
    if not ids.is_id(id, "txn"):
        raise errors.TRANSACTION_NOT_FOUND()
    return AnyTransactionLookup(id, service.own_scope(claims), claims.scope)


def read_transaction(call: Call[Any]) -> TransactionDetail:
    """One transaction of this tenant's, with its entries and its state."""
    program, mode = call.caller.tenant.program, call.caller.mode
    coins = requested_coin_transaction(call)
    if coins is not None:
        (shown,) = views.load_states(call.store, [coins])
        return views.transaction_detail(shown, (), program, mode)
    transaction = requested_funds_transaction(call)
    first = transaction.entries[0]
    (shown,) = views.load_states(call.store, [ListedTransaction("", call.lookup.own, first)])
    return views.transaction_detail(shown, transaction.entries, program, mode)


def requested_coin_transaction(call: Call[Any]) -> ListedTransaction | None:
    """The transaction on a customer's coins, where it is this tenant's."""
    lookup: AnyTransactionLookup = call.lookup
    row = call.loaded[keys.transaction_key(lookup.coins, lookup.id)]
    if row is None or row["kind"] == "refused":
        return None
    one = views.listed_transaction(row)
    entry = one.entry
    return one if isinstance(entry, Entry) and entry.merchant == call.caller.tenant.id else None


def requested_funds_transaction(call: Call[Any]) -> FundsTransaction:
    """The transaction on this tenant's own wallets. Raises `transaction_not_found`."""
    transaction = service.wallet_ledger(call).transaction(call.lookup.own, call.lookup.id)
    if transaction is None or transaction.entries[0].kind in ("issue", "reverse_issue"):
        raise errors.TRANSACTION_NOT_FOUND()
    return transaction


def analyze(call: Call[AnalyticsQuery]) -> Analytics:
    """Totals and a series by day, type and status, from the daily totals."""
    from ..ledger import totals  # whoever reads transactions does without

    query, caller = call.input, call.caller
    zone, program = caller.tenant.time_zone, caller.tenant.program
    until = _parse_day(query.until, "to") or clock.local_day(call.now, zone)
    since = _parse_day(query.since, "from") or clock.local_day(
        clock.day_start(until, zone) - _USUAL_DAYS * clock.DAY_MS, zone
    )
    if not 0 <= (_date(until) - _date(since)).days <= _MOST_DAYS:
        raise errors.invalid("from", f"must be before `to`, by at most {_MOST_DAYS} days")
    rows = totals.daily_totals(call.store, keys.scope(caller.mode, caller.tenant.id), since, until)
    # A status that its last transaction has left says nothing.
    rows = [row for row in rows if query.asset in (None, row.asset) and (row.count or row.amount)]

    def figure(asset: str, kind: str, status: str, count: int, amount: int) -> AnalyticsFigure:
        scale = service.scale_of(asset, program)
        return AnalyticsFigure(asset=asset, type=kind, status=status, count=count, amount=to_wire(amount, scale))

    sums: dict[tuple[str, str, str], tuple[int, int]] = {}
    by_day: dict[int, dict[tuple[str, str, str], tuple[int, int]]] = {}
    for row in rows:
        place = (row.asset, row.kind, row.status)
        for figures in (sums, by_day.setdefault(row.day, {})):
            count, amount = figures.get(place, (0, 0))
            figures[place] = (count + row.count, amount + row.amount)

    def shown(figures: Mapping[tuple[str, str, str], tuple[int, int]]) -> list[AnalyticsFigure]:
        return [figure(*place, *sum) for place, sum in sorted(figures.items())]

    return Analytics(
        since=_date(since).isoformat(),
        until=_date(until).isoformat(),
        complete_to=clock.iso(totals.totals_complete_to(call.store, partitions(caller), call.now)),
        totals=shown(sums),
        days=[DayFigures(date=_date(day).isoformat(), figures=shown(one)) for day, one in sorted(by_day.items())],
    )


def _parse_day(text: str | None, field: str) -> int | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise errors.invalid(field, "must be a date such as 2026-11-01") from error
    if day.year < 1970:
        raise errors.invalid(field, "must be a date after 1969")  # the days before it would have no number
    return day.year * 10_000 + day.month * 100 + day.day


def _date(day: int) -> date:
    return date(day // 10_000, day // 100 % 100, day % 100)
