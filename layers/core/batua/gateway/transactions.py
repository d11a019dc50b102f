"""Lists transactions by filters over themselves and their charges, sorted, by page.

It reads the lines of the tenant's wallet between the dates of the filter, all of them: the total is to be right
whatever the filters are. A range of dates is what makes it cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any, Final

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.spreadsheet import to_csv
from ..api.styles import Raw, Reply
from ..archive import months
from ..ledger.records.tenant_money import FundsEntry, read_line
from ..money import INR_SCALE
from ..store import keys
from . import paging, wallet
from .models import (
    ChargeFilters,
    ChargeOut,
    ChargePartOut,
    GatewayTransactionOut,
    Including,
    MetadataPair,
    Sorting,
    TransactionFilters,
    TransactionQuery,
    TransactionRow,
)

Entries = tuple[FundsEntry, ...]
_CSV_TRANSACTIONS: Final = 500


def filter_transactions(call: Call[TransactionQuery]) -> Reply | Raw:
    """The transactions that fit all filters, a page of them; as CSV a row for each of their charges."""
    query, zone = call.input, call.caller.tenant.time_zone
    as_csv = call.request.wants_csv(query.format)
    limit = query.limit or (_CSV_TRANSACTIONS if as_csv else 10)
    if not as_csv and limit > 100:
        raise errors.invalid("limit", "must be 100 or less, or ask for text/csv")
    fits_charge = _charge_filter(query.charge_filters, zone)
    found = [
        lines
        for lines in _load_transactions(call, query.transaction_filters)
        if _matches_filters(lines[0], query.transaction_filters) and any(map(fits_charge, lines))
    ]
    found.sort(key=lambda lines: _rank(lines, query.sorting), reverse=query.sorting.sort_order == "DESC")
    options = query.include_options
    message = "Transactions retrieved successfully"
    _, kept = months.lists_from(call.caller.mode, None, call.now)
    headers = {"X-Kept-From": kept} if kept else {}
    if as_csv:
        return _csv_page(found, query.page, limit, headers)
    reply = paging.numbered_page(found, query.page, limit, lambda lines: _transaction_response(lines, options), message)
    return replace(reply, headers=headers)


def _csv_page(found: list[Entries], page: int, limit: int, headers: dict[str, str]) -> Raw:
    """A page of transactions as CSV; where more follow, the header `X-Next-Page` says so."""
    start = (page - 1) * limit
    rows = (_csv_row(lines[0], line) for lines in found[start : start + limit] for line in lines)
    headers = {**headers, "Content-Disposition": 'attachment; filename="transactions.csv"'}
    if start + limit < len(found):
        headers["X-Next-Page"] = str(page + 1)
    return Raw(to_csv(TransactionRow, rows), "text/csv; charset=utf-8", headers)


def _csv_row(first: FundsEntry, entry: FundsEntry) -> TransactionRow:
    whole, details = first.line.details, entry.line.details
    return TransactionRow(
        transaction_id=first.id,
        customer_id=whole["customer"],
        entity_type=whole["entity"],
        reference_id=first.reference or "",
        currency=first.line.wallet.asset,
        created_at=first.created_at,
        head=details["head"],
        transaction_type=_direction(entry),
        amount=wallet.rupees(entry.line.amount),
        hsn_or_sac=details["code"],
        is_billable=details["billable"],
        absorbed_by=details["absorbed"],
        charged_at=details["at"],
    )


def _load_transactions(call: Call[TransactionQuery], filters: TransactionFilters) -> list[Entries]:
    """All transactions made of charges in the range, each with its lines in their order."""
    own, zone = wallet.gateway_wallet(call), call.caller.tenant.time_zone
    dates = filters.transaction_date_range
    first = paging.first_instant(dates.start, zone, "transactionFilters.transactionDateRange.start") if dates else None
    last = paging.last_instant(dates.end, zone, "transactionFilters.transactionDateRange.end") if dates else None
    first, _ = months.lists_from(call.caller.mode, first, call.now)
    records = call.store.query_all(
        "ledger",
        keys.funds_statement_partition(own.scope, own.id),
        index="statement",
        since=clock.iso(first) if first is not None else None,
        until=f"{clock.iso(last)}$" if last is not None else None,
    )
    return _grouped(read_line(record) for record in records if record["kind"] == "charge")


def _grouped(entries: Iterable[FundsEntry]) -> list[Entries]:
    lines: dict[str, list[FundsEntry]] = {}
    for entry in entries:
        lines.setdefault(entry.id, []).append(entry)
    ordered = (tuple(sorted(group, key=lambda entry: entry.number)) for group in lines.values())
    return [group for group in ordered if group[0].number == 0]


def _matches_filters(first: FundsEntry, filters: TransactionFilters) -> bool:
    details = first.line.details
    currencies = [currency.upper() for currency in filters.currencies] if filters.currencies else None
    return (
        _among(first.id, filters.transaction_ids)
        and _among(details["customer"], filters.customer_ids)
        and _among(details["entity"], filters.entity_types)
        and _among(first.reference, filters.reference_ids)
        and _among(first.line.wallet.asset, currencies)
    )


def _charge_filter(filters: ChargeFilters, zone: str) -> Callable[[FundsEntry], bool]:
    dates = filters.charge_date_range
    first = paging.first_instant(dates.start, zone, "chargeFilters.chargeDateRange.start") if dates else None
    last = paging.last_instant(dates.end, zone, "chargeFilters.chargeDateRange.end") if dates else None
    least = minor_units(filters.min_amount, INR_SCALE, "chargeFilters.minAmount") if filters.min_amount else None
    most = minor_units(filters.max_amount, INR_SCALE, "chargeFilters.maxAmount") if filters.max_amount else None
    since, until = (clock.iso(bound) if bound is not None else None for bound in (first, last))

    def fits(entry: FundsEntry) -> bool:
        details, amount = entry.line.details, entry.line.amount
        return (
            _among(details["head"], filters.heads)
            and _among(details["code"], filters.hsn_or_sac)
            and _among(details["absorbed"], filters.absorbed_by)
            and _among(_direction(entry), filters.transaction_types)
            and (filters.is_billable is None or details["billable"] == filters.is_billable)
            and (least is None or amount >= least)
            and (most is None or amount <= most)
            and (since is None or details["at"] >= since)
            and (until is None or details["at"] <= until)
        )

    return fits


def _among(value: Any, wanted: Collection[Any] | None) -> bool:
    return wanted is None or value in wanted


def _direction(entry: FundsEntry) -> Any:
    return "credit" if entry.line.change > 0 else "debit"


def _rank(lines: Entries, sorting: Sorting) -> tuple[Any, ...]:
    first = lines[0]
    by = {
        "createdAt": first.at,
        "amount": sum(line.line.amount for line in lines),
        "referenceId": first.reference or "",
        "customerId": first.line.details["customer"],
    }
    return by[sorting.sort_by], first.at, first.id


def _transaction_response(lines: Entries, options: Including) -> GatewayTransactionOut:
    first = lines[0]
    details = first.line.details
    moved = [line.line.change for line in lines]
    return GatewayTransactionOut(
        transaction_id=first.id,
        customer_id=details["customer"],
        entity_type=details["entity"],
        reference_id=first.reference or "",
        currency=first.line.wallet.asset,
        status="SUCCESS",
        total_debit=wallet.rupees(-sum(change for change in moved if change < 0)),
        total_credit=wallet.rupees(sum(change for change in moved if change > 0)),
        created_at=first.created_at,
        charges=[_charge(line, options) for line in lines] if options.include_charges else None,
        metadata=_metadata_pairs(details.get("whole")) if options.include_metadata else None,
    )


def _charge(entry: FundsEntry, options: Including) -> ChargeOut:
    details = entry.line.details
    return ChargeOut(
        head=details["head"],
        amount=wallet.rupees(entry.line.amount),
        hsn_or_sac=details["code"],
        is_billable=details["billable"],
        absorbed_by=details["absorbed"],
        transaction_type=_direction(entry),
        charged_at=details["at"],
        metadata=_metadata_pairs(details.get("said")) if options.include_metadata else None,
        breakup=[ChargePartOut(head=head, amount=wallet.rupees(amount)) for head, amount in details.get("parts", [])],
    )


def _metadata_pairs(pairs: list[list[str]] | None) -> list[MetadataPair]:
    return [MetadataPair(key=key, value=value) for key, value in pairs or []]
