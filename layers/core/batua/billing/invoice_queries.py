"""Finds invoices and notes: one by id or number, many by filters, as JSON or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

from .. import clock, errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.spreadsheet import escape_formula
from ..api.styles import Raw, Reply
from ..money import INR_SCALE, to_text
from ..store import billing_keys
from ..store.store import Record
from . import records
from .drafting import requested_invoice, shown
from .models import InvoiceOut, ListInvoicesQuery, day_number
from .presenting import invoice_summary
from .return_models import dashed_day
from .tenant_books import books

LIST_ERRORS = (errors.INVALID_CURSOR,)
_MAX_CSV_ROWS: Final = 1000
_PAGE_SIZE: Final = 100
_MAX_SCANNED: Final = 5000
"""Invoices that one answer looks at: with a filter that few fit, the answer may be short and still lead on."""


def show_invoice(call: Call[None]) -> InvoiceOut:
    out: InvoiceOut = shown(call, requested_invoice(call))
    return out


def list_tenant_invoices(call: Call[ListInvoicesQuery]) -> Reply | Raw:
    """The newest first."""
    query, tenant = call.input, call.caller.tenant
    as_csv = call.request.wants_csv(query.format)
    limit = query.limit or (_MAX_CSV_ROWS if as_csv else 20)
    if not as_csv and limit > 100:
        raise errors.invalid("limit", "must be 100 or less, or ask for text/csv")
    if query.since and query.until and query.until < query.since:
        raise errors.invalid("to", "must not be before from")
    filters = {"list": "invoices", **query.model_dump(exclude={"cursor", "limit", "format"}), "mode": call.caller.mode}
    after = cursor.open_cursor(tenant.id, filters, query.cursor) if query.cursor else None
    found: list[Record] = []
    following = None
    for looked, record in enumerate(_newest(call, after), 1):
        if _matches_query(call, query, record):
            found.append(record)
        if len(found) == limit or looked == _MAX_SCANNED:
            following = cursor.seal_cursor(tenant.id, filters, record["g1s"])
            break
    if as_csv:
        headers = {"Content-Disposition": 'attachment; filename="invoices.csv"'}
        if following:
            headers["X-Next-Cursor"] = following
        return Raw(invoices_csv(found, tenant.time_zone, call.now), "text/csv; charset=utf-8", headers)
    data = [invoice_summary(record, tenant.time_zone, call.now) for record in found]
    return Reply(data, meta={"next_cursor": following, "limit": limit})


def invoices_csv(found: Iterable[Record], zone: str, now: int) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    amounts = ("taxable_value", *records.TAX_FIELDS, "total", "credited", "paid", "outstanding")
    names = ("id", "number", "status", "title", "issued_on", "due_date", "customer_id", "customer", "gstin")
    writer.writerow((*names, "product", "reference", "place_of_supply", *amounts))
    for record in found:
        document = records.billed_document(record, zone)
        totals = document.totals
        rows = (
            record["sk"],
            record.get("no", ""),
            record["st"],
            document.title,
            dashed_day(record["day"]) if "day" in record else "",
            dashed_day(record["due"]) if "due" in record else "",
            record.get("cust", ""),
            record["to"]["name"],
            record["to"].get("gstin", ""),
            record.get("prod", ""),
            record.get("ref", ""),
            document.supply.place,
        )
        figures = (
            totals.taxable,
            *(getattr(totals, name) for name in records.TAX_FIELDS),
            record["total"],
            record.get("credited", 0),
            record.get("paid", 0),
            records.outstanding(record),
        )
        writer.writerow((*map(csv_cell, rows), *(to_text(figure, INR_SCALE) for figure in figures)))
    return file.getvalue()


def csv_cell(text: str) -> str:
    """Keeps a spreadsheet from taking a text for a formula."""
    return str(escape_formula(text))


def _newest(call: Call[Any], after: str | None) -> Iterator[Record]:
    partition = billing_keys.invoices_made_partition(books(call))
    start = None
    if after is not None:
        start = {"pk": partition, "sk": after.rpartition("#")[2], "g1p": partition, "g1s": after}
    while True:
        page = call.store.query(
            "directory", partition, index="by_parent", descending=True, limit=_PAGE_SIZE, after=start
        )
        yield from page.items
        start = page.last
        if start is None:
            return


def _matches_query(call: Call[Any], query: ListInvoicesQuery, record: Record) -> bool:
    zone = call.caller.tenant.time_zone
    day = record.get("day") or clock.local_day(record["at"], zone)
    return (
        (query.status is None or record["st"] == query.status)
        and (query.kind is None or record["kind"] == query.kind)
        and (query.customer_id is None or record.get("cust") == query.customer_id)
        and (query.product is None or record.get("prod") == query.product)
        and (query.number is None or record.get("no") == query.number)
        and (query.overdue is None or records.is_overdue(record, clock.local_day(call.now, zone)) is query.overdue)
        and (query.since is None or day >= day_number(query.since))
        and (query.until is None or day <= day_number(query.until))
    )
