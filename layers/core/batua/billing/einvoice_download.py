"""The INV-01 JSON of an invoice or note, as an IRP takes it."""

from __future__ import annotations

from typing import Any

import simplejson

from .. import errors
from ..api.endpoint import Call
from ..api.styles import Raw
from ..store.store import Record
from . import records, refusals
from .drafting import requested_invoice
from .einvoice import EInvoiceError, einvoice_content

EINVOICE_ERRORS = (errors.INVOICE_NOT_FOUND, refusals.INVOICE_STATE, refusals.NOT_AN_EINVOICE)


def read_einvoice(call: Call[None]) -> Raw:
    record = requested_invoice(call)
    content = reported_content(call, record)
    name = f"{record['no'].replace('/', '-')}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Raw(simplejson.dumps([content], use_decimal=True, ensure_ascii=False), "application/json", headers)


def reported_content(call: Call[Any], record: Record) -> dict[str, Any]:
    """The INV-01 content of a finalized document. Raises INVOICE_STATE or NOT_AN_EINVOICE."""
    if "no" not in record:
        raise refusals.INVOICE_STATE("A draft is not reported. Finalize it first.", figures={"status": record["st"]})
    try:
        return einvoice_content(records.billed_document(record, call.caller.tenant.time_zone))
    except EInvoiceError as fault:
        raise refusals.NOT_AN_EINVOICE(f"This is no e-invoice: {fault}.") from fault
