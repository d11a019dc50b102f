"""The receipt of a payment: a document for the payer, with a number, the payment and what is still to be paid.

It is no tax document, so it takes its number from the invoice: the second payment of `INV/2627/000001` has the receipt
`INV/2627/000001/2`. A payment that is refunded keeps its receipt, as it was received.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from .. import clock, errors, files
from ..api.endpoint import Call
from ..api.styles import Reply
from ..money import grouped
from ..store import billing_keys, keys
from ..store.keys import Scope
from ..store.store import Cancelled, Record, Store
from ..store.writes import EXISTS, Delete
from . import records
from .document import Document, ReceivedPayment
from .drafting import requested_invoice
from .filing import LINK_SECONDS
from .lines import Totals
from .models import DownloadOut
from .profiles import read_party

RECEIPT_ERRORS = (errors.INVOICE_NOT_FOUND, errors.NOT_FOUND, errors.SERVICE_UNAVAILABLE)
_MEDIA: Final = "application/pdf"
_METHODS: Final = {"upi": "UPI", "neft": "NEFT", "imps": "IMPS", "rtgs": "RTGS", "razorpay": "Razorpay"}


def download_payment_receipt(call: Call[None]) -> Reply:
    """A signed link to the receipt of one payment. Raises NOT_FOUND where the invoice has no such payment."""
    record = requested_invoice(call)
    receipt = receipt_document(record, call.path["payment_id"], call.caller.tenant.time_zone)
    if receipt is None:
        raise errors.NOT_FOUND()
    try:
        place, digest, size = _store_receipt(call.caller.tenant.id, call.path["payment_id"], receipt)
    except (ClientError, BotoCoreError) as fault:
        raise errors.SERVICE_UNAVAILABLE(headers={"Retry-After": "5"}) from fault
    link = files.download_link(place, _MEDIA, receipt_file_name(receipt), LINK_SECONDS)
    shown = DownloadOut(
        url=link.url,
        expires_at=clock.iso(clock.system() + link.seconds * 1000),
        file_name=receipt_file_name(receipt),
        size=size,
        sha256=digest,
    )
    return Reply(shown)


def mail_payment_receipt(store: Store, row: Record) -> bool:
    """Mails the receipt that a payment left to be sent; whether it was handed in.

    The row is taken away first: a run that dies leaves at most one unsent, and none is sent twice.
    """
    from ..messages import outbound
    from ..messages.model import ADDRESSEE, AttachedFile, Message

    scope = Scope.of(row["scope"])
    invoice, tenant_key = billing_keys.billing_invoice_key(scope, row["invoice"]), keys.tenant_key(scope.tenant)
    found = store.read([invoice, tenant_key])
    record, tenant = found[invoice], found[tenant_key]
    to = record["to"].get("mail") if record else None
    receipt = receipt_document(record, row["link"], tenant["zone"]) if record and tenant else None
    stored = _store_receipt(scope.tenant, row["link"], receipt) if receipt and to else None
    try:
        store.commit([Delete(billing_keys.open_payment_key(row["account"], row["link"]), when=EXISTS)])
    except Cancelled:
        return False
    if record is None or receipt is None or stored is None or to is None:
        return False
    assert receipt.received is not None
    values = {
        "name": record["to"]["name"],
        "title": records.billed_title(record),
        "number": record["no"],
        "receipt": receipt.number,
        "amount": grouped(receipt.received.amount),
        "due": grouped(receipt.received.outstanding),
    }
    kind = "payment_receipt_part" if receipt.received.outstanding else "payment_receipt"
    attachment = AttachedFile(stored[0], receipt_file_name(receipt), _MEDIA)
    outbound.enqueue(Message(kind, to, "email", scope.tenant, values, attachment, readers=(ADDRESSEE,)))
    return True


def receipt_document(record: Record, payment: str, zone: str) -> Document | None:
    """The receipt; None where the invoice has no such payment, or where it is a refund."""
    received: list[Record] = [each for each in record.get("pays", []) if each["amt"] > 0]
    place = next((number for number, each in enumerate(received, 1) if each["id"] == payment), None)
    if place is None:
        return None
    entry = received[place - 1]
    before = record["pays"][: 1 + record["pays"].index(entry)]
    left = max(0, records.owed(record) - sum(each["amt"] for each in before))
    billed = records.billed_document(record, zone)
    nothing: dict[str, int] = dict.fromkeys(("taxable", "gross", "discount", "round_off"), 0)
    method = entry["how"]
    return Document(
        kind="receipt",
        number=f"{record['no']}/{place}",
        day=entry["on"],
        supplier=read_party(record["from"]),
        recipient=read_party(record["to"]),
        supply=billed.supply,
        lines=(),
        totals=Totals(payable=entry["amt"], **nothing),
        received=ReceivedPayment(
            invoice=f"{records.billed_title(record)} {record['no']}",
            invoice_day=billed.day,
            amount=entry["amt"],
            method=_METHODS.get(method, method.replace("_", " ").capitalize()),
            reference=entry["ref"],
            outstanding=left,
        ),
    )


def receipt_file_name(receipt: Document) -> str:
    return f"Receipt-{receipt.number.replace('/', '-')}.pdf"


def _store_receipt(tenant: str, payment: str, receipt: Document) -> tuple[str, str, int]:
    """Writes the file, which is the same each time; returns its place, digest and size."""
    from . import pdf

    content: Any = pdf.render_pdf(receipt)
    digest = hashlib.sha256(content).hexdigest()
    place = f"{files.CHECKED_PREFIX}/{tenant}/billing/{payment}-{digest[:16]}.pdf"
    files.store_content(place, content, _MEDIA)
    return place, digest, len(content)
