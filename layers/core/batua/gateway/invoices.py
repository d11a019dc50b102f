"""Invoices of a buyer's billable charges over a period.

A charge is invoiced once (`unbilled`). A number is given in the transaction that writes the invoice and marks its
charges, from a counter per tenant, financial year and kind of document: numbers are consecutive, and none is lost. The
file is stored after that; a repeated request returns the same invoice, and makes a missing file anew.
"""

from __future__ import annotations

import random
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from .. import clock, errors, files, ids
from ..api.endpoint import Call
from ..api.styles import Reply, replay_headers
from ..billing import profiles
from ..billing.numbering import next_number
from ..billing.series import InvoiceKind
from ..canonical import content_fingerprint
from ..errors import VERIFICATION_REQUIRED
from ..ledger.decisions.tenant_money import INR
from ..store import gateway_keys
from ..store.keys import Key
from ..store.store import Cancelled, Contended, Record
from ..store.writes import ABSENT, Condition, Put, Update, Write
from ..tenants.proofs import require_gstin_proof
from . import charge_totals, invoice_document, paging, reports, unbilled, wallet
from .invoice_models import GenerateInvoice, InvoiceLine, InvoiceShown, InvoicesQuery
from .unbilled import CodeAmounts

INVOICE_ERRORS = (
    errors.NOTHING_TO_INVOICE,
    errors.CHARGES_ALREADY_INVOICED,
    errors.PERIOD_NOT_ENDED,
    VERIFICATION_REQUIRED,
    errors.IDEMPOTENCY_KEY_REUSED,
    errors.SERVICE_UNAVAILABLE,
)
PDF_LINK_SECONDS: Final = 15 * 60
MAX_INVOICE_LINES: Final = 500
MAX_MONTHS: Final = 13
_MAX_ATTEMPTS: Final = 40
_TAXES: Final = tuple(sorted(charge_totals.TAXES))
_MEDIA: Final = "application/pdf"


def generate_invoice(call: Call[GenerateInvoice]) -> Reply:
    """Makes the invoice, or finds the one that the same request made before."""
    body, scope = call.input, wallet.gateway_scope(call)
    first, last = _period(call, body.start_date, body.end_date)
    fingerprint = content_fingerprint("gateway.invoice", body.model_dump()).hex()
    given = call.idempotency_key
    id = ids.derived_id("ginv", scope, "key", given) if given else ids.derived_id("ginv", scope, "content", fingerprint)
    key = gateway_keys.invoice_key(scope, id)
    record = call.store.read([key])[key]
    replayed = record is not None
    if record is None:
        record, replayed = _issue_invoice(call, key, first, _open_to(call, first, last), fingerprint)
    if record["fp"] != fingerprint:
        raise errors.IDEMPOTENCY_KEY_REUSED()
    if "file" not in record:
        record = _filed(call, record)
    message = "Invoice already generated" if replayed else "Invoice generated successfully"
    return Reply(_invoice_response(call, record), message, headers=replay_headers(replayed))


def every_invoice(call: Call[Any]) -> list[dict[str, Any]]:
    """Every invoice and credit note of the tenant, the oldest first, without links to their files."""
    partition = gateway_keys.invoices_partition(wallet.gateway_scope(call))
    found = call.store.query_all("directory", partition, consistent=True)
    rows = sorted(found, key=lambda record: (record["at"], record["no"]))
    return [_invoice_response(call, record).model_dump(by_alias=True, exclude={"pdf_url"}) for record in rows]


def read_invoice(call: Call[None]) -> Reply:
    """One invoice or credit note, by its id or by its number."""
    return Reply(_invoice_response(call, requested_document(call)), "Invoice retrieved successfully")


def requested_document(call: Call[None]) -> Record:
    """The invoice or credit note that the path names by id or number. Raises INVOICE_NOT_FOUND."""
    scope, asked = wallet.gateway_scope(call), call.path["invoiceId"]
    record: Record | None = None
    if ids.is_id(asked, "ginv"):
        key = gateway_keys.invoice_key(scope, asked)
        record = call.store.read([key])[key]
    else:
        number = asked.replace("-", "/").upper()
        partition = gateway_keys.invoices_partition(scope)
        rows = call.store.query_all("directory", partition, consistent=True)
        record = next((row for row in rows if row["no"] == number), None)
    if record is None:
        raise errors.INVOICE_NOT_FOUND()
    return record


def list_invoices(call: Call[InvoicesQuery]) -> Reply:
    """Invoices whose period overlaps the requested one, the newest first."""
    query = call.input
    first, last = _period(call, query.start_date, query.end_date)
    words = (query.search_in_custom_vars or "").casefold()

    def fits(record: Record) -> bool:
        variables = " ".join(f"{name} {value}" for name, value in record["vars"].items()).casefold()
        return (
            record["first"] <= last
            and record["last"] >= first
            and record["prod"] == query.product_id
            and (query.invoice_number is None or record["no"] == query.invoice_number)
            and (query.document_type is None or _document_type(record) == query.document_type)
            and (query.customer_id is None or query.customer_id in (record["buyer"], record["seller"]))
            and (query.template_name is None or record["tpl"] == query.template_name)
            and words in variables
        )

    partition = gateway_keys.invoices_partition(wallet.gateway_scope(call))
    found = [record for record in call.store.query_all("directory", partition, consistent=True) if fits(record)]
    found.sort(key=lambda record: (record["at"], record["no"]), reverse=True)
    return paging.numbered_page(
        found, query.page, query.limit, lambda each: _invoice_response(call, each), "Invoices retrieved successfully"
    )


def _period(call: Call[Any], start: str, end: str) -> tuple[int, int]:
    zone = call.caller.tenant.time_zone
    first, last = reports.report_day(start, zone, "startDate"), reports.report_day(end, zone, "endDate")
    if last < first:
        raise errors.invalid("endDate", "must not be before startDate")
    return first, last


def _open_to(call: Call[GenerateInvoice], first: int, last: int) -> int:
    """The last day that is invoiced. A period that has not ended needs the caller's word, and ends today."""
    today = clock.local_day(call.now, call.caller.tenant.time_zone)
    if last >= today:
        if not call.input.include_open_period:
            figures = {"endDate": reports.day_text(last), "today": reports.day_text(today)}
            raise errors.PERIOD_NOT_ENDED(figures=figures)
        last = max(today, first)
    if last // 100 > clock.add_months(first // 100, MAX_MONTHS - 1):
        raise errors.invalid("endDate", f"must be within {MAX_MONTHS} months of startDate")
    return last


def _issue_invoice(
    call: Call[GenerateInvoice], key: Key, first: int, last: int, fingerprint: str
) -> tuple[Record, bool]:
    """Writes the invoice, a credit note where charges were given back, and the marks on what they hold.

    Returns the document of this key, and whether it was there already.
    """
    commit = ids.new_id("req", call.now)
    for attempt in range(_MAX_ATTEMPTS):
        found = call.store.read([key])
        if (record := found[key]) is not None:
            return record, True
        try:
            writes, record = _documents(call, key, first, last, fingerprint)
        except errors.Problem:
            # The same request may have taken the charges between the two reads.
            if (there := call.store.read([key])[key]) is not None:
                return there, True
            raise
        try:
            call.store.commit(writes, caller=commit)
            return record, False
        except (Cancelled, Contended):
            call.store.sleep(random.uniform(0, min(0.5, 0.02 * 2**attempt)))  # noqa: S311 - the spread of retries
    raise errors.BUSY(headers={"Retry-After": "1"})


def _documents(
    call: Call[GenerateInvoice], key: Key, first: int, last: int, fingerprint: str
) -> tuple[list[Write], Record]:
    """What one attempt writes, and the document that it answers with."""
    scope = wallet.gateway_scope(call)
    found = unbilled.find_unbilled(call.store, scope, call.input.buyer_customer_id, first, last)
    if not found.charged and not found.given_back:
        if found.billed_before:
            raise errors.CHARGES_ALREADY_INVOICED(figures={"invoices": list(found.billed_before)})
        raise errors.NOTHING_TO_INVOICE()
    if len(found.charged) > MAX_INVOICE_LINES:
        raise errors.invalid(
            "startDate", f"the period has more than the {MAX_INVOICE_LINES} codes that an invoice can list"
        )
    content = {**_common_content(call, first, last), "fp": fingerprint}
    invoice = note = None
    writes: list[Write] = []
    if found.charged:
        kind = _invoice_kind(call, content, found.charged)
        invoice, counted = _numbered(call, kind)
        writes.append(counted)
    if found.given_back:
        note, counted = _numbered(call, "credit_note")
        writes.append(counted)
    records = []
    if invoice:
        more = {"kind": kind, "note": note} if note else {"kind": kind}
        records.append((key, {**content, **_invoice_amounts(found.charged), **more, "no": invoice}))
    if note:
        place = gateway_keys.invoice_key(scope, ids.derived_id("ginv", scope, "note", key.sk)) if invoice else key
        note_fields = {"kind": "credit_note", "against": list(found.against), "dates": dict(found.against), "no": note}
        records.append((place, {**content, **_invoice_amounts(found.given_back), **note_fields}))
    writes += [Put(place, item, when=ABSENT) for place, item in records]
    writes += found.mark(invoice, note, clock.local_day(call.now, call.caller.tenant.time_zone))
    writes += [_audited(call, item["no"], item["kind"]) for _, item in records]
    own, item = records[0]
    return writes, {"pk": own.pk, "sk": own.sk, **item}


def _common_content(call: Call[GenerateInvoice], first: int, last: int) -> dict[str, Any]:
    """What an invoice and its credit note have in common."""
    body, scope = call.input, wallet.gateway_scope(call)
    supplier, recipient = profiles.parties(call.store, scope, call.caller.tenant.name, body.buyer_customer_id)
    return {
        "tpl": body.template_name,
        "prod": body.product_id,
        "buyer": body.buyer_customer_id,
        "seller": body.seller_customer_id,
        "issuer": call.caller.tenant.name,
        "first": first,
        "last": last,
        "at": call.now,
        "cur": INR,
        "vars": dict(body.custom_vars),
        "by": call.caller.id,
        **({"for": claimed} if (claimed := wallet.claimed_user(call)) else {}),
        "from": profiles.party_item(supplier),
        "to": profiles.party_item(recipient),
    }


def _invoice_amounts(codes: tuple[CodeAmounts, ...]) -> dict[str, Any]:
    lines = [each.line for each in codes]
    return {
        "lines": lines,
        "value": sum(line["value"] for line in lines),
        "total": sum(line["total"] for line in lines),
    }


def _invoice_kind(
    call: Call[GenerateInvoice], content: dict[str, Any], charged: tuple[CodeAmounts, ...]
) -> InvoiceKind:
    """Which document the tenant may issue. What a tax invoice lacks is refused by name."""
    supplier, recipient = profiles.read_party(content["from"]), profiles.read_party(content["to"])
    require_gstin_proof(call.store, call.caller.tenant, call.caller.mode, supplier.gstin, call.now)
    kind = invoice_document.charged_kind(supplier, recipient, charged)
    business = recipient.registered or recipient.registration == "overseas"
    if kind == "tax_invoice" and call.input.template_name == "B2BInvoice" and not business:
        text = "needs the buyer's GSTIN for a tax invoice to a business: save its tax profile, or use B2CInvoice"
        raise errors.invalid("buyerCustomerId", text)
    return kind


def _numbered(call: Call[GenerateInvoice], kind: InvoiceKind) -> tuple[str, Update]:
    zone = call.caller.tenant.time_zone
    return next_number(call.store, wallet.gateway_scope(call), call.caller.mode, kind, call.now, zone)


def _audited(call: Call[GenerateInvoice], number: str, kind: str) -> Put:
    return wallet.gateway_audit_entry(
        call, "gateway.credit_note" if kind == "credit_note" else "gateway.invoice", number
    )


def _filed(call: Call[GenerateInvoice], record: Record) -> Record:
    """Stores the file, and says so in the record. What fails here is mended at the next request for the invoice."""
    from ..billing import pdf

    place = f"{files.CHECKED_PREFIX}/{call.caller.tenant.id}/invoices/{record['sk']}.pdf"
    try:
        document = invoice_document.gateway_document(record, call.caller.tenant.time_zone)
        files.store_content(place, pdf.render_pdf(document), _MEDIA)
    except (ClientError, BotoCoreError) as fault:
        raise errors.SERVICE_UNAVAILABLE(headers={"Retry-After": "5"}) from fault
    key = gateway_keys.invoice_key(wallet.gateway_scope(call), record["sk"])
    call.store.write(Update(key, set={"file": place}, when=Condition(present=("no",))))
    return {**record, "file": place}


def _document_type(record: Record) -> str:
    kind: str = record.get("kind", "receipt")
    return "credit_note" if kind == "credit_note" else "invoice"


def _invoice_response(call: Call[Any], record: Record) -> InvoiceShown:
    lines = [
        InvoiceLine(
            description=line["what"],
            hsn_or_sac=line["code"],
            taxable_value=wallet.rupees(line["value"]),
            total=wallet.rupees(line["total"]),
            late_charges=wallet.rupees(line.get("late", 0)),
            **{tax.lower(): wallet.rupees(line[tax.lower()]) for tax in _TAXES},
        )
        for line in record["lines"]
    ]
    link = None
    if place := record.get("file"):
        link = files.download_link(place, _MEDIA, f"{record['no'].replace('/', '-')}.pdf", PDF_LINK_SECONDS).url
    return InvoiceShown(
        invoice_id=record["sk"],
        invoice_number=record["no"],
        document_type=_document_type(record),
        title=invoice_document.title(record),
        invoice_date=reports.day_text(clock.local_day(record["at"], call.caller.tenant.time_zone)),
        credit_note_number=record.get("note"),
        against_invoices=record.get("against"),
        template_name=record["tpl"],
        product_id=record["prod"],
        buyer_customer_id=record["buyer"],
        seller_customer_id=record["seller"],
        start_date=reports.day_text(record["first"]),
        end_date=reports.day_text(record["last"]),
        issued_at=clock.iso(record["at"]),
        currency=record["cur"],
        lines=lines,
        taxable_value=wallet.rupees(record["value"]),
        total_tax=wallet.rupees(record["total"] - record["value"]),
        total_amount=wallet.rupees(record["total"]),
        custom_vars=record["vars"],
        pdf_url=link,
    )
