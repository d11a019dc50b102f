"""GET /api/v1/invoices/{id}/e-invoice"""

from batua.api.endpoint import Call, Success, endpoint
from batua.api.styles import Raw
from batua.billing.einvoice_download import EINVOICE_ERRORS, read_einvoice
from batua.identity.caller import user_caller


@endpoint(
    "GET",
    "/api/v1/invoices/{id}/e-invoice",
    caller=user_caller("ledger:read"),
    response=Success(file="einvoice"),
    errors=EINVOICE_ERRORS,
    parameters={"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
)
def handler(call: Call[None]) -> Raw:
    """Download the e-invoice (INV-01, version 1.1) of a B2B invoice or note, checked against the published schema.

    A list of one, as the portals take it for upload. No IRP is called.
    """
    return read_einvoice(call)
