"""The PDF of an invoice or note: written once, at the first request, and never changed.

A finalized invoice is immutable and rendering is deterministic, so nothing is lost by writing the file late; only the
functions that download and send need the libraries for it.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from .. import clock, errors, files
from ..api.endpoint import Call
from ..api.styles import Raw, Reply
from ..store import billing_keys
from ..store.store import ConditionFailed, Record
from ..store.writes import Condition, Update
from . import irp_accounts, records, refusals
from .drafting import requested_invoice
from .models import DownloadOut
from .tenant_books import Issuer, issuer_of

LINK_SECONDS: Final = 15 * 60
DOWNLOAD_ERRORS = (
    errors.INVOICE_NOT_FOUND,
    refusals.INVOICE_STATE,
    refusals.EINVOICE_NOT_REGISTERED,
    errors.SERVICE_UNAVAILABLE,
)
_MEDIA: Final = "application/pdf"
_LOGO_BYTES: Final = 512 * 1024


def download_invoice(call: Call[None]) -> Reply | Raw:
    """A signed link to the file. With the file's tag in If-None-Match: a 304 without a body."""
    return file_reply(call, filed(issuer_of(call), requested_invoice(call)))


def file_reply(call: Call[Any], record: Record) -> Reply | Raw:
    tag = f'"{record["sum"]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    tags = {part.strip().removeprefix("W/") for part in call.request.headers.get("if-none-match", "").split(",")}
    if tag in tags or tags == {"*"}:
        return Raw("", "application/json", headers, 304)
    name = file_name(record)
    link = files.download_link(record["file"], _MEDIA, name, LINK_SECONDS)
    shown = DownloadOut(
        url=link.url,
        expires_at=clock.iso(clock.system() + link.seconds * 1000),
        file_name=name,
        size=record["size"],
        sha256=record["sum"],
    )
    return Reply(shown, headers=headers)


def file_name(record: Record) -> str:
    return f"{record['no'].replace('/', '-')}.pdf"


def filed(issuer: Issuer, record: Record) -> Record:
    """The record of one of the issuer's invoices with its file, which is written now where it is not there yet.

    Raises INVOICE_STATE for a draft, and EINVOICE_NOT_REGISTERED where the file waits for its IRN.
    """
    if "no" not in record:
        raise refusals.INVOICE_STATE(
            "A draft has no PDF. Finalize it first.", figures={"status": record["st"], "allowed": ["open", "paid"]}
        )
    if "file" in record:
        return record
    if records.needs_registration(record) and irp_accounts.irp_enabled(issuer.store, issuer.scope):
        raise refusals.EINVOICE_NOT_REGISTERED(
            f"{record['no']} is valid with its IRN alone (rule 48(5)). Register it first: "
            f"POST /api/v1/invoices/{record['sk']}/e-invoice."
        )
    content = _render(issuer, record)
    digest = hashlib.sha256(content).hexdigest()
    place = f"{files.CHECKED_PREFIX}/{issuer.tenant.id}/billing/{record['sk']}-{digest[:16]}.pdf"
    try:
        files.store_content(place, content, _MEDIA)
    except (ClientError, BotoCoreError) as fault:
        raise errors.SERVICE_UNAVAILABLE(headers={"Retry-After": "5"}) from fault
    file_fields = {"file": place, "sum": digest, "size": len(content)}
    key = billing_keys.billing_invoice_key(issuer.scope, record["sk"])
    try:
        # It counts as a change: a payment that is recorded at the same moment is decided anew, and keeps the file.
        when = Condition(present=("no",), missing=("file",))
        issuer.store.write(Update(key, set=file_fields, add={"version": 1}, when=when))
    except ConditionFailed as taken:
        found = taken.item or issuer.store.read([key])[key] or {}
        return {**record, **{name: found[name] for name in file_fields}}
    return {**record, **file_fields, "version": record["version"] + 1}


def _render(issuer: Issuer, record: Record) -> bytes:
    from . import pdf

    logo = files.read_content(record["logo"], _LOGO_BYTES) if "logo" in record else None
    return pdf.render_pdf(records.billed_document(record, issuer.zone), logo=logo)
