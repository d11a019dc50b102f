"""Invoices of a buyer's billable charges over a period.

A number is given in the transaction that writes the invoice, from a counter per tenant and financial year (April to
March): numbers are consecutive, and none is lost. The file is stored after that; asked for again, the same invoice
comes back, and a file that is missing is made again, the same to the byte.
"""

from __future__ import annotations

import random
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from .. import audit_trail, clock, errors, files, ids
from ..api.endpoint import Call
from ..api.styles import Reply, replay_headers
from ..canonical import content_fingerprint
from ..ledger.decisions.tenant_money import INR
from ..money import INR_SCALE, to_text
from ..store import gateway_keys, keys
from ..store.store import Cancelled, Contended, Record
from ..store.writes import ABSENT, Condition, Put, Update
from . import charge_totals, paging, reports, wallet
from .charge_totals import ChargeTotal
from .invoice_models import GenerateInvoice, InvoiceLine, InvoiceShown, InvoicesQuery

INVOICE_ERRORS = (errors.NOTHING_TO_INVOICE, errors.IDEMPOTENCY_KEY_REUSED, errors.SERVICE_UNAVAILABLE)
PDF_LINK_SECONDS: Final = 15 * 60
MAX_INVOICE_LINES: Final = 500
_TRIES: Final = 40
_TAXES: Final = tuple(sorted(charge_totals.TAXES))
_MEDIA: Final = "application/pdf"


def generate_invoice(call: Call[GenerateInvoice]) -> Reply:
    """Makes the invoice, or finds the one that was made of the same before."""
    body, scope = call.input, wallet.gateway_scope(call)
    first, last = _period(body.start_date, body.end_date)
    fingerprint = content_fingerprint("gateway.invoice", body.model_dump()).hex()
    given = call.idempotency_key
    id = ids.derived_id("ginv", scope, "key", given) if given else ids.derived_id("ginv", scope, "content", fingerprint)
    key = gateway_keys.invoice_key(scope, id)
    record = call.store.read([key])[key]
    replayed = record is not None
    if record is None:
        record, replayed = _issued(call, key, _content(call, first, last, fingerprint))
    if record["fp"] != fingerprint:
        raise errors.IDEMPOTENCY_KEY_REUSED()
    if "file" not in record:
        record = _filed(call, record)
    headers = replay_headers(replayed)
    return Reply(_shown(record), "Invoice generated successfully", headers=headers)


def list_invoices(call: Call[InvoicesQuery]) -> Reply:
    """Invoices whose period touches the one asked for, the newest first."""
    query = call.input
    first, last = _period(query.start_date, query.end_date)
    words = (query.search_in_custom_vars or "").casefold()

    def fits(record: Record) -> bool:
        said = " ".join(f"{name} {value}" for name, value in record["vars"].items()).casefold()
        return (
            record["first"] <= last
            and record["last"] >= first
            and record["prod"] == query.product_id
            and (query.customer_id is None or query.customer_id in (record["buyer"], record["seller"]))
            and (query.template_name is None or record["tpl"] == query.template_name)
            and words in said
        )

    partition = gateway_keys.invoices_partition(wallet.gateway_scope(call))
    found = [record for record in call.store.query_all("directory", partition, consistent=True) if fits(record)]
    found.sort(key=lambda record: (record["at"], record["no"]), reverse=True)
    return paging.numbered_page(found, query.page, query.limit, _shown, "Invoices retrieved successfully")


def financial_year(instant: int, zone: str) -> int:
    """The year in whose April the financial year of an instant begins."""
    month = clock.local_month(instant, zone)
    return month // 100 - (month % 100 < 4)


def number_text(mode: keys.Mode, year: int, number: int) -> str:
    """`INV/2627/000001`: rule 46 allows 16 letters, digits, hyphens and slashes. The sandbox's begin with TST."""
    text = f"{'INV' if mode == 'live' else 'TST'}/{year % 100:02d}{(year + 1) % 100:02d}/{number:06d}"
    if len(text) > 16:
        raise RuntimeError("the series of the financial year is used up")
    return text


def _period(start: str, end: str) -> tuple[int, int]:
    first, last = reports.report_day(start, "startDate"), reports.report_day(end, "endDate")
    if last < first:
        raise errors.invalid("endDate", "must not be before startDate")
    return first, last


def _content(call: Call[GenerateInvoice], first: int, last: int, fingerprint: str) -> dict[str, Any]:
    """The invoice without its number."""
    body = call.input
    lines = _lines(call, first, last)
    total = sum(line["total"] for line in lines)
    if total <= 0:
        raise errors.NOTHING_TO_INVOICE()
    if len(lines) > MAX_INVOICE_LINES:
        raise errors.invalid(
            "startDate", f"the period has more than the {MAX_INVOICE_LINES} codes that an invoice can list"
        )
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
        "lines": lines,
        "value": sum(line["value"] for line in lines),
        "total": total,
        "vars": dict(body.custom_vars),
        "fp": fingerprint,
        "by": wallet.acting_user(call),
    }


def _lines(call: Call[GenerateInvoice], first: int, last: int) -> list[dict[str, Any]]:
    """One line per code: what is taxed, each tax, and which heads it is of. Amounts in paise."""
    scope, customer = wallet.gateway_scope(call), charge_totals.customer_digest(call.input.buyer_customer_id, INR)
    parts = [
        cell for cell in charge_totals.totals_by_tax(call.store, scope, customer, first, last) if cell.labels["bill"]
    ]
    heads = [
        cell for cell in charge_totals.totals_by_head(call.store, scope, customer, first, last) if cell.labels["bill"]
    ]
    lines = []
    for code in sorted({cell.labels["code"] for cell in parts}):
        own = [cell for cell in parts if cell.labels["code"] == code]
        taxes = {tax.lower(): _charged(own, tax) for tax in _TAXES}
        value = _charged(own, "")
        names = sorted({cell.labels["head"] for cell in heads if cell.labels["code"] == code})
        line = {"code": code, "what": ", ".join(names)[:200], "value": value, **taxes}
        lines.append({**line, "total": value + sum(taxes.values())})
    return [line for line in lines if any(line[name] for name in ("value", "total", *map(str.lower, _TAXES)))]


def _charged(cells: list[ChargeTotal], tax: str) -> int:
    return -sum(cell.net for cell in cells if cell.labels["tax"] == tax)


def _issued(call: Call[GenerateInvoice], key: keys.Key, content: dict[str, Any]) -> tuple[Record, bool]:
    """Writes the invoice with the next number of its series; or returns the one that was written meanwhile."""
    caller, scope = call.caller, wallet.gateway_scope(call)
    year = financial_year(call.now, caller.tenant.time_zone)
    series, commit = gateway_keys.invoice_series_key(scope, year), ids.new_id("req", call.now)
    for attempt in range(_TRIES):
        found = call.store.read([series, key])
        if (record := found[key]) is not None:
            return record, True
        last = (found[series] or {}).get("last", 0)
        number = number_text(caller.mode, year, last + 1)
        counted = Update(series, set={"last": last + 1}, when=Condition(equal={"last": last}) if last else ABSENT)
        act = audit_trail.audit_entry(
            caller.mode,
            caller.tenant.id,
            call.now,
            what="gateway.invoice",
            who=wallet.acting_user(call),
            address=caller.address,
            reference=number,
            request_id=call.request.id,
        )
        try:
            call.store.commit([Put(key, {**content, "no": number}, when=ABSENT), counted, act], caller=commit)
            return {"pk": key.pk, "sk": key.sk, **content, "no": number}, False
        except (Cancelled, Contended):
            call.store.sleep(random.uniform(0, min(0.5, 0.02 * 2**attempt)))  # noqa: S311 - the spread of retries
    raise errors.BUSY(headers={"Retry-After": "1"})


def _filed(call: Call[GenerateInvoice], record: Record) -> Record:
    """Stores the file, and says so in the record. What fails here is mended when the invoice is asked for again."""
    from . import invoice_pdf

    place = f"{files.CHECKED_PREFIX}/{call.caller.tenant.id}/invoices/{record['sk']}.pdf"
    try:
        files.store_content(place, invoice_pdf.render_sheet(sheet(record, invoice_pdf.Sheet)), _MEDIA)
    except (ClientError, BotoCoreError) as fault:
        raise errors.SERVICE_UNAVAILABLE(headers={"Retry-After": "5"}) from fault
    key = gateway_keys.invoice_key(wallet.gateway_scope(call), record["sk"])
    call.store.write(Update(key, set={"file": place}, when=Condition(present=("no",))))
    return {**record, "file": place}


def sheet(record: Record, make: Any) -> Any:
    """What is printed. To a business the taxes one by one, for its credit; to a consumer the tax in one sum."""
    business = record["tpl"] == "B2BInvoice"
    facts = [
        ("Invoice", record["no"]),
        ("Date", clock.iso(record["at"])[:10]),
        ("Issued by", record["issuer"]),
        ("Product", record["prod"]),
        ("Seller", record["seller"]),
        ("Buyer", record["buyer"]),
        ("From", reports.day_text(record["first"])),
        ("To", reports.day_text(record["last"])),
    ]
    facts += sorted(record["vars"].items())
    columns = ["cgst", "sgst", "utgst", "igst", "cess", "gst"] if business else []
    header = ["Description", "HSN/SAC", "Value", *(map(str.upper, columns) if business else ["Tax"]), "Total"]
    rows = []
    for line in record["lines"]:
        taxes = [line[name] for name in columns] if business else [line["total"] - line["value"]]
        amounts = (line["value"], *taxes, line["total"])
        rows.append([line["what"], line["code"], *(to_text(amount, INR_SCALE) for amount in amounts)])
    sums = [
        ("Taxable value", to_text(record["value"], INR_SCALE)),
        ("Tax", to_text(record["total"] - record["value"], INR_SCALE)),
        (f"Total {record['cur']}", to_text(record["total"], INR_SCALE)),
    ]
    title = "Tax invoice" if business else "Invoice"
    return make(title, facts, header, rows, sums, ("Charges less what was given back. Amounts in rupees.",))


def _shown(record: Record) -> InvoiceShown:
    lines = [
        InvoiceLine(
            description=line["what"],
            hsn_or_sac=line["code"],
            taxable_value=wallet.rupees(line["value"]),
            total=wallet.rupees(line["total"]),
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
