"""Mails a usage invoice to the tenant, with its PDF, once: to the address of the tenant's tax profile."""

from __future__ import annotations

from .. import observe
from ..errors import Problem
from ..messages import outbound
from ..messages.model import ADDRESSEE, AttachedFile, Message
from ..money import grouped
from ..store import billing_keys
from ..store.store import ConditionFailed, Record
from ..store.writes import Condition, Put
from . import records
from .filing import file_name, filed
from .reminders import indexed
from .return_models import dashed_day
from .tenant_books import Issuer


def mail_usage_invoice(issuer: Issuer, invoice: str) -> bool:
    """Whether it was handed in now. A run that dies before is repaired by the next one of the month.

    It is noted before it is handed in, so none is sent twice. Without an address, or where the file waits for its IRN,
    nothing is sent: the tenant reads its invoices under `GET /api/v1/billing/platform-invoices`.
    """
    key = billing_keys.billing_invoice_key(issuer.scope, invoice)
    record = issuer.store.read([key])[key]
    to = record["to"].get("mail") if record else None
    if record is None or to is None or record.get("sent"):
        return False
    try:
        record = filed(issuer, record)
    except Problem as problem:
        observe.log().warning("a usage invoice has no file", extra={"invoice": record["sk"], "code": problem.kind.code})
        return False
    sent: Record = {
        **record,
        "sent": [{"to": to, "at": issuer.now, "by": "usage run", "req": "-"}],
        "version": record["version"] + 1,
    }
    try:
        issuer.store.write(Put(key, indexed(sent, issuer.scope), when=Condition(equal={"version": record["version"]})))
    except ConditionFailed:
        return False  # paid or sent at this moment
    values = {
        "name": record["to"]["name"],
        "title": records.billed_title(record),
        "number": record["no"],
        "amount": grouped(record["total"]),
        "due": dashed_day(record["due"]) if "due" in record else "",
    }
    kind = "invoice_to_pay" if records.outstanding(record) else "invoice_copy"
    attachment = AttachedFile(record["file"], file_name(record), "application/pdf")
    outbound.enqueue(Message(kind, to, "email", issuer.tenant.id, values, attachment, readers=(ADDRESSEE,)))
    return True
