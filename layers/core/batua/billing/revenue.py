"""Revenue from the documents: by month, and by customer, product or rate of tax. Credit notes reduce it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import Any, Final

from .. import clock, errors
from ..api.endpoint import Call
from ..api.styles import Raw, Reply
from ..money import INR_SCALE, to_text
from ..store.store import Record
from . import records
from .invoice_queries import csv_cell
from .lines import rate_text
from .models import RevenueQuery, RevenueRow
from .presenting import wire_rupees
from .return_models import month_number
from .tenant_books import all_invoices

REVENUE_MONTHS: Final = 36
AMOUNTS: Final = ("taxable_value", *records.TAX_FIELDS, "round_off", "total", "collected")


def report_revenue(call: Call[RevenueQuery]) -> Reply | Raw:
    query, zone = call.input, call.caller.tenant.time_zone
    first, last = month_number(query.since), month_number(query.until)
    if last < first:
        raise errors.invalid("to", "must not be before from")
    if last > clock.add_months(first, REVENUE_MONTHS - 1):
        raise errors.invalid("to", f"must be within {REVENUE_MONTHS} months of from")
    sums = revenue_sums(all_invoices(call), zone, first, last, query.group_by)
    if query.format == "csv" or (query.format is None and call.request.accepts("text/csv")):
        headers = {"Content-Disposition": 'attachment; filename="revenue.csv"'}
        return Raw(_csv(sums), "text/csv; charset=utf-8", headers)
    rows = [
        RevenueRow(
            month=clock.month_text(month),
            group=group or None,
            documents=each["documents"],
            **{name: wire_rupees(each[name]) for name in AMOUNTS},
        )
        for (month, group), each in sorted(sums.items())
    ]
    total = {name: wire_rupees(sum(each[name] for each in sums.values())) for name in AMOUNTS}
    return Reply(rows, meta={"total": total, "currency": "INR"})


def revenue_sums(
    found: Iterable[Record], zone: str, first: int, last: int, group_by: str
) -> dict[tuple[int, str], dict[str, int]]:
    """Month and group -> the sums in paise. By rate, what belongs to no single line is in a group without a name."""
    sums: dict[tuple[int, str], dict[str, int]] = {}

    def add(month: int, group: str, amounts: dict[str, int]) -> None:
        if first <= month <= last:
            row = sums.setdefault((month, group), dict.fromkeys(("documents", *AMOUNTS), 0))
            for name, amount in amounts.items():
                row[name] += amount

    group_of: Callable[[Record], str] = {
        "month": lambda record: "",
        "customer": lambda record: record.get("cust") or record["to"]["name"],
        "product": lambda record: record.get("prod", ""),
        "gst_rate": lambda record: "",
    }[group_by]
    for record in found:
        for payment in record.get("pays", []):
            # Drawn from a customer's credit: it was collected when it was paid too much.
            if payment["how"] != "customer_credit":
                add(payment["on"] // 100, group_of(record), {"collected": payment["amt"]})
        if not records.is_reportable(record):
            continue
        document = records.billed_document(record, zone)
        sign = -1 if record["kind"] == "credit_note" else 1
        month = record["day"] // 100
        rest = {"documents": 1, "round_off": sign * document.totals.round_off}
        if group_by == "gst_rate":
            for line in document.lines:
                add(month, rate_text(line.item.rate), {**_signed_amounts(line, sign), "total": sign * line.total})
            add(month, "", {**rest, "total": sign * document.totals.round_off})
        else:
            total = sign * (document.totals.taxable + document.totals.tax + document.totals.round_off)
            add(month, group_of(record), {**_signed_amounts(document.totals, sign), **rest, "total": total})
    return sums


def _signed_amounts(of: Any, sign: int) -> dict[str, int]:
    return {"taxable_value": sign * of.taxable, **{name: sign * getattr(of, name) for name in records.TAX_FIELDS}}


def _csv(sums: dict[tuple[int, str], dict[str, int]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(("month", "group", "documents", *AMOUNTS))
    for (month, group), each in sorted(sums.items()):
        amounts = (to_text(each[name], INR_SCALE) for name in AMOUNTS)
        writer.writerow((clock.month_text(month), csv_cell(group), each["documents"], *amounts))
    return file.getvalue()
