"""The INV-01 JSON of an invoice or credit note over charges, as an IRP takes it."""

from __future__ import annotations

from .. import errors
from ..api.endpoint import Call
from ..api.styles import Raw
from ..billing import refusals
from . import invoice_document
from .invoices import requested_document

CHARGE_EINVOICE_ERRORS = (errors.INVOICE_NOT_FOUND, refusals.NOT_AN_EINVOICE)


def read_charge_einvoice(call: Call[None]) -> Raw:
    """The document of the path. Raises NOT_AN_EINVOICE, with the lines and fields that an IRP would refuse."""
    import simplejson  # these and the models of the schema would make the function slow to start

    from ..billing.einvoice import EInvoiceError, einvoice_content

    record = requested_document(call)
    document = invoice_document.gateway_document(record, call.caller.tenant.time_zone)
    try:
        content = einvoice_content(document)
    except EInvoiceError as fault:
        raise refusals.NOT_AN_EINVOICE(f"This is no e-invoice: {fault}.") from fault
    if faults := invoice_document.charged_faults(record, document):
        raise refusals.NOT_AN_EINVOICE(f"This is no e-invoice: {'; '.join(faults)}.")
    name = f"{record['no'].replace('/', '-')}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Raw(simplejson.dumps([content], use_decimal=True, ensure_ascii=False), "application/json", headers)
