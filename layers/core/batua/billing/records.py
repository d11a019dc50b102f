"""Invoices and notes as items of the directory table, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from .. import clock
from .document import TITLES, Document, Preceding
from .lines import InvoiceItem, Line, add_totals
from .profiles import read_party
from .supply import Supply

_IST_MS: Final = 19_800_000
"""The portals are in India's time, whatever the tenant's zone: 5:30 hours."""
TAX_FIELDS: Final = ("cgst", "sgst", "utgst", "igst", "cess")


def line_record(line: Line) -> dict[str, Any]:
    item = line.item
    return {
        "what": item.description,
        "code": item.code,
        "price": item.unit_price,
        "rate": item.rate,
        "qty": item.quantity,
        "unit": item.unit,
        "off": item.discount,
        "cessr": item.cess_rate,
        "incl": item.inclusive,
        "gross": line.gross,
        "net": line.taxable,
        **{name: getattr(line, name) for name in TAX_FIELDS},
    }


def read_billed_line(record: Mapping[str, Any]) -> Line:
    item = InvoiceItem(
        record["what"],
        record["code"],
        record["price"],
        record["rate"],
        record["qty"],
        record["unit"],
        record["off"],
        record["cessr"],
        record["incl"],
    )
    return Line(item, record["gross"], taxable=record["net"], **{name: record[name] for name in TAX_FIELDS})


def supply_record(supply: Supply) -> dict[str, Any]:
    return {
        "place": supply.place,
        "why": supply.reason,
        "kinds": supply.kinds,
        "type": supply.type,
        "rc": supply.reverse_charge,
    }


def read_supply(record: Mapping[str, Any]) -> Supply:
    return Supply(record["place"], record["why"], record["kinds"], record["type"], record["rc"])


def billed_document(record: Mapping[str, Any], zone: str) -> Document:
    """The document that is printed and reported. A draft has the number `DRAFT`."""
    supply = read_supply(record["supply"])
    lines = tuple(map(read_billed_line, record["lines"]))
    against = record.get("against")
    totals = add_totals(lines, supply, round_off=record["ro"])
    if extra := record.get("extra", 0):
        totals = replace(totals, round_off=extra, payable=totals.payable + extra)
    facts = [("Your reference", record["ref"])] if record.get("ref") else []
    if record.get("cust"):
        facts.append(("Customer", record["cust"]))
    return Document(
        kind=record["kind"],
        number=record.get("no", "DRAFT"),
        day=record.get("day") or clock.local_day(record["at"], zone),
        supplier=read_party(record["from"]),
        recipient=read_party(record["to"]),
        supply=supply,
        lines=lines,
        totals=totals,
        due=record.get("due"),
        preceding=(_preceding(record, against),) if against else (),
        notes=record.get("notes"),
        terms=record.get("terms"),
        facts=tuple(facts),
        **_registration_fields(record.get("irn")),
    )


def _registration_fields(irn: Mapping[str, Any] | None) -> dict[str, Any]:
    if irn is None:
        return {}
    day = clock.iso(irn["at"] + _IST_MS).replace("T", " ")[:16]
    return {
        "irn": irn["irn"],
        "acknowledgement": f"{irn['ack']} of {day} IST",
        "signed_qr": irn["qr"],
        "cancelled": irn["st"] == "cancelled",
    }


def is_reportable(record: Mapping[str, Any]) -> bool:
    """Whether reports and returns have the amounts: of documents with a number that no portal has cancelled."""
    return "no" in record and record.get("irn", {}).get("st") != "cancelled"


def needs_registration(record: Mapping[str, Any]) -> bool:
    """Whether the document is of the kinds that are reported to an IRP, and has no IRN yet."""
    kinds = ("tax_invoice", "credit_note", "debit_note")
    return (
        record["kind"] in kinds
        and "gstin" in record["from"]
        and record["supply"]["type"] != "B2C"
        and "irn" not in record
    )


def _preceding(record: Mapping[str, Any], against: Mapping[str, Any]) -> Preceding:
    return Preceding(against["no"], against["day"], record.get("why") or "Correction", against.get("total", 0))


def owed(record: Mapping[str, Any]) -> int:
    """What is to be paid in all: the total less credit notes, plus debit notes. In paise."""
    amount: int = record["total"] - record.get("credited", 0)
    return amount


def outstanding(record: Mapping[str, Any]) -> int:
    """What is still to be paid of an open or uncollectible invoice, in paise."""
    if record["st"] not in ("open", "uncollectible"):
        return 0
    return max(0, owed(record) - int(record.get("paid", 0)))


def overpaid(record: Mapping[str, Any]) -> int:
    return max(0, int(record.get("paid", 0)) - owed(record)) if record["st"] != "draft" else 0


def is_overdue(record: Mapping[str, Any], today: int) -> bool:
    return record["st"] == "open" and outstanding(record) > 0 and record.get("due", today) < today


def billed_title(record: Mapping[str, Any]) -> str:
    title: str = TITLES[record["kind"]]
    return title
