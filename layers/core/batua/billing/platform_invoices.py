"""What the operator has invoiced a tenant for its use, as the tenant reads it.

The id of a usage invoice is made from tenant and month: a tenant reaches its own alone, and no index is needed. Drafts
are the operator's.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import Raw, Reply
from ..identity.tenant import read_tenant
from ..store import billing_keys, keys
from ..store.store import Record
from . import records
from .filing import DOWNLOAD_ERRORS, file_reply, filed
from .models import InvoiceSummary
from .presenting import invoice_summary
from .return_models import ReportMonth, checked_month, month_number
from .tenant_books import Issuer
from .usage_ids import usage_invoice_id

PLATFORM_INVOICE_ERRORS: Final = DOWNLOAD_ERRORS
_MONTHS: Final = 36
_DEFAULT_MONTHS: Final = 12


class PlatformInvoicesQuery(Model):
    since: ReportMonth | None = Field(None, alias="from", description="First month of use; a year ago where left out.")
    until: ReportMonth | None = Field(None, alias="to", description="Last month of use, at most 36 from the first.")


class PlatformInvoice(InvoiceSummary):
    month: str = Field(description="The month of use that it is over.", examples=["2026-10"])
    payment_url: str | None = Field(
        description="Where it can be paid, while the operator has made a link that is valid.",
        examples=["https://rzp.io/i/nxrHnLJ"],
    )


def list_platform_invoices(call: Call[PlatformInvoicesQuery]) -> Reply:
    """The newest month first."""
    query, issuer = call.input, _operator_as_issuer(call)
    this_month = clock.local_month(call.now, call.caller.tenant.time_zone)
    until = month_number(query.until) if query.until else this_month
    since = month_number(query.since) if query.since else clock.add_months(until, 1 - _DEFAULT_MONTHS)
    if until < since:
        raise errors.invalid("to", "must not be before from")
    if until > clock.add_months(since, _MONTHS - 1):
        raise errors.invalid("to", f"must be within {_MONTHS} months of from")
    if issuer is None:
        return Reply([])
    months = [since]
    while months[-1] < until:
        months.append(clock.add_months(months[-1], 1))
    places = {month: _platform_invoice_key(issuer, call, month) for month in months}
    found = call.store.read(places.values())
    rows = [
        _platform_invoice(record, month, issuer, call.now)
        for month, place in reversed(places.items())
        if (record := found[place]) is not None and "no" in record
    ]
    return Reply(rows)


def download_platform_invoice(call: Call[None]) -> Reply | Raw:
    """The PDF of a month's invoice, as the operator's own download answers it."""
    try:
        month = month_number(checked_month(call.path["month"]))
    except ValueError:
        raise errors.invalid("month", "must be a month such as 2026-11") from None
    issuer = _operator_as_issuer(call)
    key = _platform_invoice_key(issuer, call, month) if issuer else None
    record = call.store.read([key])[key] if key else None
    if issuer is None or record is None or "no" not in record:
        raise errors.INVOICE_NOT_FOUND()
    return file_reply(call, filed(issuer, record))


def _operator_as_issuer(call: Call[Any]) -> Issuer | None:
    """The operator as the one that issues; None for the operator itself, which invoices nobody for its own use."""
    place = keys.platform_key()
    operator = (call.store.read([place])[place] or {}).get("operator")
    if operator is None or operator == call.caller.tenant.id:
        return None
    key = keys.tenant_key(operator)
    record = call.store.read([key])[key]
    return Issuer(call.store, read_tenant(record), "live", call.now) if record else None


def _platform_invoice_key(issuer: Issuer, call: Call[Any], month: int) -> Any:
    return billing_keys.billing_invoice_key(issuer.scope, usage_invoice_id(issuer.scope, call.caller.tenant.id, month))


def _platform_invoice(record: Record, month: int, issuer: Issuer, now: int) -> PlatformInvoice:
    link: Record = record.get("link") or {}
    usable = bool(link) and link["until"] > now and link["amt"] == records.outstanding(record)
    summary = invoice_summary(record, issuer.zone, now)
    return PlatformInvoice(
        **summary.model_dump(), month=clock.month_text(month), payment_url=link["url"] if usable else None
    )
