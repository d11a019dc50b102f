"""Reports on what a customer was charged, from the totals that are written with the charges.

A report reads a number of items per day of its period that does not grow with the charges, strongly: what was posted
before it began is in it. A period with nothing in it makes an empty report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from .. import clock, errors
from ..api.endpoint import Call
from ..api.spreadsheet import to_csv
from ..api.styles import Raw, Reply
from ..store.store import Store
from . import charge_totals, wallet
from .charge_totals import ChargeTotal
from .report_models import (
    Breakdown,
    ChargeSums,
    CodeTaxes,
    CurrencyPeriod,
    DateRangeReport,
    DaySums,
    HeadsQuery,
    HeadsReport,
    HeadSums,
    LedgerSummary,
    Period,
    ProfitLossQuery,
    ProfitLossReport,
    ProfitLossRow,
    ReportCoverage,
    TaxReport,
    TaxSums,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

_BEGINNING: Final = 1970_01_01
_MESSAGE: Final = "Report generated successfully"


@dataclass(frozen=True, slots=True)
class ReportScope:
    """Whose charges, and the first and the last day: what every report begins with."""

    store: Store
    books: str
    zone: str
    now: int
    customer: str
    currency: str
    first: int
    last: int

    @property
    def digest(self) -> str:
        return charge_totals.customer_digest(self.customer, self.currency)

    @property
    def covered(self) -> dict[str, Any]:
        return {
            "customer_id": self.customer,
            "currency": self.currency,
            "from_date": day_text(self.first),
            "to_date": day_text(self.last),
            "time_zone": self.zone,
            "complete_to": clock.iso(self.now),
        }

    def cells(self, read: Callable[..., list[ChargeTotal]]) -> list[ChargeTotal]:
        return read(self.store, self.books, self.digest, self.first, self.last)

    def opening(self) -> int:
        return charge_totals.balance_before(self.store, self.books, self.digest, self.first)


def report_heads(call: Call[HeadsQuery]) -> Reply | Raw:
    """Totals by charge head."""
    query = call.input
    zone = call.caller.tenant.time_zone
    today = clock.local_day(call.now, zone)
    first = _BEGINNING if query.from_date is None else report_day(query.from_date, zone, "fromDate")
    last = max(today, first) if query.to_date is None else report_day(query.to_date, zone, "toDate")
    scope = _scope(call, query.customer_id, query.currency, first, last)
    wanted = {head.strip() for head in query.heads.split(",") if head.strip()} if query.heads else None
    cells = [
        cell for cell in scope.cells(charge_totals.totals_by_head) if wanted is None or cell.labels["head"] in wanted
    ]
    heads = _grouped(cells, lambda cell: cell.labels["head"])
    rows = [HeadSums(head=head, **_sums(group)) for head, group in sorted(heads.items())]
    report = HeadsReport(**scope.covered, heads=rows, total=ChargeSums(**_sums(cells)))
    return _report_reply(call, "heads", report, HeadSums, rows)


def report_profit_loss(call: Call[ProfitLossQuery]) -> Reply | Raw:
    """Credits less debits, on demand by head, code, who absorbs, and whether billable."""
    query = call.input
    scope = _of_period(call, query.customer_id, query)
    cells = scope.cells(charge_totals.totals_by_head)
    breakdown = None
    if query.include_breakdown:
        names = ("head", "code", "by", "bill")
        groups = _grouped(cells, lambda cell: tuple(cell.labels[name] for name in names))
        breakdown = [_broken_down(place, group) for place, group in sorted(groups.items())]
    income, expense = sum(cell.credit for cell in cells), sum(cell.debit for cell in cells)
    report = ProfitLossReport(
        **scope.covered,
        income=wallet.rupees(income),
        expense=wallet.rupees(expense),
        profit=wallet.rupees(income - expense),
        breakdown=breakdown,
    )
    if breakdown is not None:
        return _report_reply(call, "profit-loss", report, Breakdown, breakdown)
    row = ProfitLossRow(**{name: getattr(report, name) for name in ProfitLossRow.model_fields})
    return _report_reply(call, "profit-loss", report, ProfitLossRow, [row])


def report_date_range(call: Call[CurrencyPeriod]) -> Reply | Raw:
    """Day by day, between the balances before and after."""
    scope = _of_period(call, _customer_id(call), call.input)
    cells = scope.cells(charge_totals.totals_by_day)
    opening = scope.opening()
    report = DateRangeReport(
        **scope.covered,
        opening_balance=wallet.rupees(opening),
        days=[DaySums(date=day_text(cell.day), **_sums([cell])) for cell in cells],
        total=ChargeSums(**_sums(cells)),
        closing_balance=wallet.rupees(opening + sum(cell.net for cell in cells)),
    )
    return _report_reply(call, "date-range", report, DaySums, report.days)


def report_tax(call: Call[CurrencyPeriod]) -> Reply | Raw:
    """Taxes by kind, and by code of goods or services with what was taxed."""
    scope = _of_period(call, _customer_id(call), call.input)
    cells = scope.cells(charge_totals.totals_by_tax)
    taxed = [cell for cell in cells if cell.labels["tax"]]
    kinds = _grouped(taxed, lambda cell: cell.labels["tax"])
    codes = _grouped(cells, lambda cell: cell.labels["code"])
    report = TaxReport(
        **scope.covered,
        taxes=[_tax(tax, group) for tax, group in sorted(kinds.items())],
        codes=[_code_taxes(code, group) for code, group in sorted(codes.items())],
        taxable_value=wallet.rupees(_charged(cell for cell in cells if not cell.labels["tax"])),
        total_tax=wallet.rupees(_charged(taxed)),
    )
    return _report_reply(call, "tax", report, CodeTaxes, report.codes)


def summarize_ledger(call: Call[CurrencyPeriod]) -> Reply | Raw:
    """Opening, debits, credits and closing."""
    scope = _of_period(call, _customer_id(call), call.input)
    cells = scope.cells(charge_totals.totals_by_day)
    opening = scope.opening()
    report = LedgerSummary(
        **scope.covered,
        opening_balance=wallet.rupees(opening),
        total_debit=wallet.rupees(sum(cell.debit for cell in cells)),
        total_credit=wallet.rupees(sum(cell.credit for cell in cells)),
        debit_count=sum(cell.debits for cell in cells),
        credit_count=sum(cell.credits for cell in cells),
        closing_balance=wallet.rupees(opening + sum(cell.net for cell in cells)),
    )
    return _report_reply(call, "summary", report, LedgerSummary, [report])


def _report_reply(
    call: Call[Any], name: str, report: ReportCoverage, model: type[BaseModel], rows: Iterable[BaseModel]
) -> Reply | Raw:
    """The report, or its rows as CSV: without totals, so that a spreadsheet that adds them up is right."""
    if not call.request.wants_csv(call.input.format):
        return Reply(report, _MESSAGE)
    file = f"{name}-{report.from_date}-{report.to_date}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Raw(to_csv(model, rows), "text/csv; charset=utf-8", headers)


def report_day(text: str, zone: str, field: str) -> int:
    """The day of a bound in the tenant's zone: a date is that day, an instant (`2026-10-31T18:30:00Z`) is converted."""
    try:
        instant = clock.parse_iso(text)
        if len(text) > 10:
            return clock.local_day(instant, zone)
        day: date = datetime.fromisoformat(text).date()
    except (ValueError, OverflowError) as error:
        raise errors.invalid(field, "must be an ISO 8601 date such as 2026-11-21") from error
    return day.year * 10000 + day.month * 100 + day.day


def day_text(day: int) -> str:
    return f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


def _of_period(call: Call[Any], customer: str, period: Period) -> ReportScope:
    zone = call.caller.tenant.time_zone
    first, last = report_day(period.from_date, zone, "fromDate"), report_day(period.to_date, zone, "toDate")
    return _scope(call, customer, period.currency, first, last)


def _scope(call: Call[Any], customer: str, currency: str, first: int, last: int) -> ReportScope:
    if last < first:
        raise errors.invalid("toDate", "must not be before fromDate")
    zone = call.caller.tenant.time_zone
    return ReportScope(call.store, wallet.gateway_scope(call), zone, call.now, customer, currency.upper(), first, last)


def _customer_id(call: Call[Any]) -> str:
    customer = call.path["customerId"]
    if not 0 < len(customer) <= 128:
        raise errors.invalid("customerId", "must have 1 to 128 characters")
    return customer


def _grouped(cells: Iterable[ChargeTotal], by: Callable[[ChargeTotal], Any]) -> dict[Any, list[ChargeTotal]]:
    groups: dict[Any, list[ChargeTotal]] = {}
    for cell in cells:
        groups.setdefault(by(cell), []).append(cell)
    return groups


def _sums(cells: Iterable[ChargeTotal]) -> dict[str, Any]:
    all_of = list(cells)
    debit, credit = sum(cell.debit for cell in all_of), sum(cell.credit for cell in all_of)
    return {
        "debit": wallet.rupees(debit),
        "credit": wallet.rupees(credit),
        "net": wallet.rupees(credit - debit),
        "debit_count": sum(cell.debits for cell in all_of),
        "credit_count": sum(cell.credits for cell in all_of),
    }


def _broken_down(place: tuple[str, str, str, bool], cells: list[ChargeTotal]) -> Breakdown:
    head, code, absorbed_by, billable = place
    income, expense = sum(cell.credit for cell in cells), sum(cell.debit for cell in cells)
    return Breakdown(
        head=head,
        hsn_or_sac=code,
        absorbed_by=absorbed_by,
        is_billable=billable,
        income=wallet.rupees(income),
        expense=wallet.rupees(expense),
        profit=wallet.rupees(income - expense),
    )


def _charged(cells: Iterable[ChargeTotal]) -> int:
    return -sum(cell.net for cell in cells)


def _tax(tax: str, cells: list[ChargeTotal]) -> TaxSums:
    return TaxSums(
        tax=tax,
        debit=wallet.rupees(sum(cell.debit for cell in cells)),
        credit=wallet.rupees(sum(cell.credit for cell in cells)),
        net=wallet.rupees(_charged(cells)),
    )


def _code_taxes(code: str, cells: list[ChargeTotal]) -> CodeTaxes:
    kinds = {tax: _charged(group) for tax, group in _grouped(cells, lambda cell: cell.labels["tax"]).items()}
    taxes = {tax.lower(): wallet.rupees(kinds.get(tax, 0)) for tax in sorted(charge_totals.TAXES)}
    total = sum(amount for tax, amount in kinds.items() if tax)
    return CodeTaxes(
        hsn_or_sac=code, taxable_value=wallet.rupees(kinds.get("", 0)), total_tax=wallet.rupees(total), **taxes
    )
