"""GET /gateway/wallet/api/invoices/{invoiceId}/e-invoice"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import PRAYOG, Raw
from batua.gateway.charge_einvoices import CHARGE_EINVOICE_ERRORS, read_charge_einvoice
from batua.identity.caller import tenant_caller


@endpoint(
    "GET",
    "/gateway/wallet/api/invoices/{invoiceId}/e-invoice",
    caller=tenant_caller("gateway:read"),
    response=Success(file="einvoice"),
    errors=CHARGE_EINVOICE_ERRORS,
    style=PRAYOG,
    parameters={"invoiceId": "An invoice's id, `ginv_…`, or its number with `-` for `/`: `INV-2627-000001`."},
)
def handler(call: Call[None]) -> Raw:
    """Download the e-invoice (INV-01, version 1.1) of an invoice or credit note to a registered buyer.

    A list of one, checked against the published schema, as the portals take it for upload. No IRP is called.
    """
    return read_charge_einvoice(call)
