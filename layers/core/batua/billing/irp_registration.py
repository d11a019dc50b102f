"""Registers e-invoices at the tenant's portal and cancels them there (CGST Rules 48(4) to (6)).

A registration is kept on the invoice: IRN, acknowledgement and the signed QR code, which its PDF prints. A call whose
answer is lost is repeated by the caller; the portal then says that the number is registered, and it is read from there.
Cancelling marks the invoice first, so that neither a note nor a second try comes between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar

from pydantic import Field

from .. import clock, errors, observe
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import Reply
from ..store.store import Record
from . import refusals
from .drafting import change_invoice, requested_invoice, shown
from .einvoice_download import reported_content
from .irp import PORTALS, CancelReason, InvoicePortal, IrpAccount, IrpFault, IrpRefusal, IrpSession, IrpSessionEnded
from .irp_accounts import enabled_account, open_session
from .issuing import Change
from .settling import credit_writes
from .tenant_books import books

Answer = TypeVar("Answer")

REGISTER_ERRORS = (
    errors.INVOICE_NOT_FOUND,
    refusals.INVOICE_STATE,
    refusals.NOT_AN_EINVOICE,
    refusals.IRP_NOT_SET_UP,
    refusals.IRP_REFUSED,
    refusals.IRP_UNAVAILABLE,
)
CANCEL_EINVOICE_ERRORS = (*REGISTER_ERRORS, refusals.IRN_CANCEL_TOO_LATE)
CANCEL_HOURS: Final = 24


class CancelEInvoice(Model):
    reason: CancelReason
    remark: str = Field(
        min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f\"]+$", examples=["Ordered twice by mistake"]
    )


def register_einvoice(call: Call[None]) -> Reply:
    """Registers an invoice or note, once. One that is registered is answered as it is."""
    record = requested_invoice(call)
    if "irn" in record:
        return Reply(shown(call, record), "E-invoice already registered")
    content = reported_content(call, record)
    found = _portal_answer(call, record, lambda portal, *access: portal.register(*access, content))
    if not found.active:
        raise refusals.IRP_REFUSED("This number was registered and cancelled at the portal: it cannot be used again.")

    def decide(current: Record) -> Change | None:
        if "irn" in current:
            return None
        kept = {
            "irn": found.irn,
            "ack": found.acknowledgement,
            "at": found.acknowledged_at,
            "qr": found.signed_qr,
            "st": "active",
        }
        # A file from before has no IRN on it: it is written anew.
        rest = {name: value for name, value in current.items() if name not in ("file", "sum", "size")}
        return Change({**rest, "irn": kept}, (), "e-invoice registered", {"irn": found.irn})

    return Reply(shown(call, change_invoice(call, record["sk"], decide)), "E-invoice registered")


def cancel_einvoice(call: Call[CancelEInvoice]) -> Reply:
    """Cancels an invoice at the portal, and with it here: it is void, without a note, and no return reports it."""
    record, given = requested_invoice(call), call.input
    if record.get("irn", {}).get("st") == "cancelled":
        return Reply(shown(call, record), "E-invoice already cancelled")
    record = change_invoice(call, record["sk"], lambda current: _mark_cancelling(call, current))
    content = reported_content(call, record)
    try:
        _portal_answer(
            call, record, lambda portal, *access: portal.cancel(*access, content, given.reason, given.remark)
        )
    except errors.Problem as problem:
        if problem.kind is not refusals.IRP_UNAVAILABLE:
            # Refused: it is as it was. What has become of a lost call is found out by the next try.
            change_invoice(call, record["sk"], lambda current: _with_status(current, "active", "e-invoice kept"))
        raise

    def decide(current: Record) -> Change | None:
        if current["irn"]["st"] == "cancelled":
            return None
        change = _with_status(current, "cancelled", "e-invoice cancelled")
        rest = {name: value for name, value in change.record.items() if name not in ("file", "sum", "size")}
        after = {**rest, "st": "void", "credited": current["total"], "why": given.remark}
        # What was paid meanwhile is the customer's.
        return Change(after, credit_writes(books(call), current, after), change.what, {"reason": given.reason})

    return Reply(shown(call, change_invoice(call, record["sk"], decide)), "E-invoice cancelled")


def _mark_cancelling(call: Call[Any], record: Record) -> Change | None:
    """Marks an invoice as being cancelled, where it may be."""
    registration = record.get("irn")
    if registration is None:
        raise refusals.INVOICE_STATE(
            "This document is not registered. Void it, or correct it by a note.", figures={"status": record["st"]}
        )
    if registration["st"] != "active":
        return None
    if record["st"] != "open" or record.get("paid") or record.get("notes_ids"):
        raise refusals.INVOICE_STATE(
            "Only an open invoice that nothing was paid on, and that has no notes, is cancelled. Issue a credit note.",
            figures={"status": record["st"], "allowed": ["open"]},
        )
    if call.now >= registration["at"] + CANCEL_HOURS * 3_600_000:
        until = clock.iso(registration["at"] + CANCEL_HOURS * 3_600_000)
        raise refusals.IRN_CANCEL_TOO_LATE(figures={"until": until})
    return _with_status(record, "cancelling", "e-invoice being cancelled")


def _with_status(record: Record, status: Literal["active", "cancelling", "cancelled"], what: str) -> Change:
    return Change({**record, "irn": {**record["irn"], "st": status}}, (), what, {"irn": record["irn"]["irn"]})


def _portal_answer(
    call: Call[Any], record: Record, ask: Callable[[InvoicePortal, IrpAccount, IrpSession], Answer]
) -> Answer:
    """What the portal answers; once more in a new session where the old one has ended."""
    name, account = enabled_account(call)
    supplier = record["from"].get("gstin")
    if account.gstin != supplier:
        message = (
            f"The portal's account is of {account.gstin}, and this document of {supplier}. Save that one's account."
        )
        raise refusals.IRP_NOT_SET_UP(message)
    portal = PORTALS[name]
    try:
        try:
            return ask(portal, account, open_session(call, name, account))
        except IrpSessionEnded:
            return ask(portal, account, open_session(call, name, account, anew=True))
    except IrpRefusal as refusal:
        message = f"The portal has refused: {refusal.message} ({refusal.code})."
        raise refusals.IRP_REFUSED(message, figures={"code": refusal.code}) from refusal
    except (IrpFault, IrpSessionEnded) as fault:
        observe.log().warning("the invoice portal has not answered", extra={"portal": name, "fault": str(fault)})
        raise refusals.IRP_UNAVAILABLE(headers={"Retry-After": "30"}) from fault
