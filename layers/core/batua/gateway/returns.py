"""GSTR-1 of a month over both families of documents: those of charges, and those made by hand."""

from __future__ import annotations

from typing import Any

import simplejson

from .. import clock
from ..api.endpoint import Call
from ..api.styles import Raw
from ..billing import profiles, refusals
from ..billing.document import Document
from ..billing.return_models import ReturnQuery, month_number
from ..billing.tenant_books import all_invoices, books
from ..store import billing_keys, gateway_keys

RETURN_ERRORS = (refusals.NO_GSTIN,)


def export_gstr1(call: Call[ReturnQuery]) -> Raw:
    from ..billing import gstr1

    query = call.input
    key = billing_keys.tax_profile_key(books(call))
    profile = call.store.read([key])[key]
    gstin = query.gstin or (profiles.read_party(profile["party"]).gstin if profile else None)
    if gstin is None:
        raise refusals.NO_GSTIN()
    month = month_number(query.month)
    # Each registration files a return of its own: a month in which the GSTIN changed has two.
    found = [document for document in month_documents(call, month) if document.supplier.gstin == gstin]
    name = f"GSTR1-{gstin}-{query.month}"
    if query.format == "csv" or (query.format is None and call.request.accepts("text/csv")):
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return Raw(gstr1.gstr1_csv(found), "text/csv; charset=utf-8", headers)
    content = gstr1.gstr1(gstr1.ReturnPeriod(gstin, month), found)
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return Raw(simplejson.dumps(content, use_decimal=True, ensure_ascii=False), "application/json", headers)


def month_documents(call: Call[Any], month: int) -> list[Document]:
    """Every numbered document that was issued in the month, in the order of its number."""
    # Both families' documents, and with them many models that the start need not look through.
    from ..billing import records
    from . import invoice_document

    zone = call.caller.tenant.time_zone
    made = [
        records.billed_document(record, zone) for record in all_invoices(call) if record.get("day", 0) // 100 == month
    ]
    partition = gateway_keys.invoices_partition(books(call))
    rows = call.store.query_all("directory", partition, consistent=True)
    charged = [
        invoice_document.gateway_document(record, zone)
        for record in rows
        if clock.local_month(record["at"], zone) == month
    ]
    return sorted([*made, *charged], key=lambda document: document.number)
