"""Mails an invoice or note with its PDF attached. Each mail is logged; an address gets it again on request alone."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from .. import errors
from ..api.endpoint import Call
from ..api.styles import Reply
from ..errors import VERIFICATION_REQUIRED
from ..messages import outbound
from ..messages.model import ADDRESSEE, AttachedFile, Message
from ..money import grouped
from ..store.store import Record
from . import records, refusals
from .drafting import change_invoice, finalized, requested_invoice, shown
from .filing import file_name, filed
from .issuing import Change
from .models import SendInvoice
from .paying import payment_url
from .profile_models import EMAIL
from .return_models import dashed_day
from .tenant_books import issuer_of

SEND_ERRORS = (
    errors.INVOICE_NOT_FOUND,
    refusals.INVOICE_STATE,
    refusals.INVOICE_ALREADY_SENT,
    refusals.EINVOICE_NOT_REGISTERED,
    VERIFICATION_REQUIRED,
    errors.SERVICE_UNAVAILABLE,
)
MAX_SENT = 50


def send_invoice(call: Call[SendInvoice]) -> Reply:
    """Sends it. A draft is finalized first."""
    record = requested_invoice(call)
    to = (call.input.to or record["to"].get("mail") or "").strip()
    if not EMAIL.fullmatch(to):
        raise errors.invalid("to", "must be an email address: the recipient's profile has none")
    if record["st"] == "void":
        raise refusals.INVOICE_STATE("A void invoice is not sent.", figures={"status": "void"})
    if record["st"] == "draft":
        record = finalized(call, record["sk"])
    record = filed(issuer_of(call), record)
    url = payment_url(call, record)
    entry = {"to": to, "at": call.now, "by": call.caller.id, "req": call.request.id}

    def claim(current: Record) -> Change | None:
        sent = current.get("sent", [])
        if any(each["to"].casefold() == to.casefold() for each in sent) and not call.input.again:
            raise refusals.INVOICE_ALREADY_SENT()
        if len(sent) >= MAX_SENT:
            raise errors.invalid("again", f"an invoice can be sent at most {MAX_SENT} times")
        return Change({**current, "sent": [*sent, entry]}, (), "invoice sent", {"to": to})

    def give_back(current: Record) -> Change | None:
        kept = [each for each in current.get("sent", []) if each != entry]
        return Change({**current, "sent": kept}, (), "invoice not sent", {"to": to})

    # The log first: two requests at once send one mail.
    record = change_invoice(call, record["sk"], claim)
    try:
        outbound.enqueue(_mail(call, record, to, url))
    except (ClientError, BotoCoreError) as fault:
        change_invoice(call, record["sk"], give_back)
        raise errors.SERVICE_UNAVAILABLE(headers={"Retry-After": "5"}) from fault
    return Reply(shown(call, record), "Invoice sent")


def _mail(call: Call[SendInvoice], record: Record, to: str, url: str | None) -> Message:
    owed = records.outstanding(record)
    values = {
        "name": record["to"]["name"],
        "title": records.billed_title(record),
        "number": record["no"],
        "amount": grouped(record["total"]),
        "due": dashed_day(record["due"]) if "due" in record else "",
    }
    kind = "invoice_to_pay" if owed else "invoice_copy"
    if url:
        kind, values = "invoice_to_pay_online", {**values, "link": url}
    attachment = AttachedFile(record["file"], file_name(record), "application/pdf")
    return Message(kind, to, "email", call.caller.tenant.id, values, attachment, readers=(ADDRESSEE,))
