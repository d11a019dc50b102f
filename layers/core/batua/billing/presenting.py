"""Invoices as the endpoints answer them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .. import clock
from ..money import INR_SCALE, to_wire
from . import records
from .amounts import amount_words
from .lines import Line, Totals
from .models import (
    BilledLine,
    BilledTotals,
    EInvoiceOut,
    InvoiceOut,
    InvoiceSummary,
    PaymentOut,
    PlaceOfSupply,
    SentOut,
)
from .profile_models import party_out
from .return_models import dashed_day


def invoice_summary(record: Mapping[str, Any], zone: str, now: int) -> InvoiceSummary:
    return InvoiceSummary(**_summary_fields(record, zone, now))


def invoice_out(record: Mapping[str, Any], zone: str, now: int) -> InvoiceOut:
    document = records.billed_document(record, zone)
    totals, supply = document.totals, document.supply
    against = record.get("against")
    return InvoiceOut(
        **_summary_fields(record, zone, now),
        supplier=party_out(document.supplier),
        recipient=party_out(document.recipient),
        place_of_supply=PlaceOfSupply(
            state=supply.place,
            name=supply.place_text,
            reason=supply.reason,
            supply_type=supply.type,
            taxes=supply.kinds,
            reverse_charge=supply.reverse_charge,
        ),
        lines=[billed_line(line) for line in document.lines],
        totals=billed_totals(totals),
        amount_in_words=amount_words(totals.payable),
        payments=[
            PaymentOut(
                payment_id=each["id"],
                amount=wire_rupees(each["amt"]),
                method=each["how"],
                reference=each["ref"],
                paid_on=dashed_day(each["on"]),
                recorded_at=clock.iso(each["at"]),
                recorded_by=each["by"],
            )
            for each in record.get("pays", [])
        ],
        note_numbers=list(record.get("nos", [])),
        against_number=against["no"] if against else None,
        reason=record.get("why"),
        sent=[SentOut(to=each["to"], at=clock.iso(each["at"]), by=each["by"]) for each in record.get("sent", [])],
        notes=record.get("notes"),
        terms=record.get("terms"),
        finalized_at=clock.iso(record["fin"]) if "fin" in record else None,
        e_invoice=_einvoice_out(record["irn"]) if "irn" in record else None,
        version=record["version"],
    )


def _einvoice_out(irn: Mapping[str, Any]) -> EInvoiceOut:
    return EInvoiceOut(
        irn=irn["irn"],
        acknowledgement_number=irn["ack"],
        acknowledged_at=clock.iso(irn["at"]),
        status=irn["st"],
        signed_qr=irn["qr"],
    )


def wire_rupees(paise: int) -> int | Decimal:
    return to_wire(paise, INR_SCALE)


def _summary_fields(record: Mapping[str, Any], zone: str, now: int) -> dict[str, Any]:
    return {
        "id": record["sk"],
        "status": record["st"],
        "kind": record["kind"],
        "title": records.billed_title(record),
        "number": record.get("no"),
        "customer_id": record.get("cust"),
        "customer_name": record["to"]["name"],
        "product": record.get("prod"),
        "reference": record.get("ref"),
        "issued_on": dashed_day(record["day"]) if "day" in record else None,
        "due_date": dashed_day(record["due"]) if "due" in record else None,
        "overdue": records.is_overdue(record, clock.local_day(now, zone)),
        "total": wire_rupees(record["total"]),
        "credited": wire_rupees(record.get("credited", 0)),
        "paid": wire_rupees(record.get("paid", 0)),
        "outstanding": wire_rupees(records.outstanding(record)),
        "overpaid": wire_rupees(records.overpaid(record)),
        "created_at": clock.iso(record["at"]),
    }


def billed_totals(totals: Totals) -> BilledTotals:
    return BilledTotals(
        taxable_value=wire_rupees(totals.taxable),
        round_off=wire_rupees(totals.round_off),
        payable=wire_rupees(totals.payable),
        **{name: wire_rupees(getattr(totals, name)) for name in records.TAX_FIELDS},
    )


def billed_line(line: Line) -> BilledLine:
    item = line.item
    return BilledLine(
        description=item.description,
        hsn_or_sac=item.code,
        quantity=to_wire(item.quantity, 3),
        unit=item.unit,
        unit_price=wire_rupees(item.unit_price),
        discount=wire_rupees(item.discount),
        price_includes_tax=item.inclusive,
        gst_rate=to_wire(item.rate, 2),
        taxable_value=wire_rupees(line.taxable),
        total=wire_rupees(line.total),
        **{name: wire_rupees(getattr(line, name)) for name in records.TAX_FIELDS},
    )
