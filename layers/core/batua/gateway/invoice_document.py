"""An invoice of charges as a document of the invoice engine. The charges say their taxes; nothing is computed anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import clock
from ..billing.document import TITLES, Document, Preceding
from ..billing.lines import InvoiceItem, Line, add_totals
from ..billing.profiles import read_party
from ..billing.series import InvoiceKind
from ..billing.supply import Party, Supply, TaxKinds, decide_supply
from .reports import day_text
from .unbilled import CodeAmounts


def charged_kind(supplier: Party, charged: Iterable[CodeAmounts]) -> InvoiceKind:
    """What the tenant may issue over these charges: a tax invoice only if it is registered and charges tax."""
    if not supplier.registered:
        return "receipt"
    taxed = any(amount for each in charged for amount in each.taxes.values())
    return "tax_invoice" if taxed and supplier.registration != "composition" else "bill_of_supply"


def title(record: Mapping[str, Any]) -> str:
    """`Tax Invoice`, `Bill of Supply`, `Receipt` or `Credit Note`."""
    kind: InvoiceKind = record.get("kind", "receipt")
    return TITLES[kind]


def gateway_document(record: Mapping[str, Any], zone: str) -> Document:
    """The document that is printed."""
    supplier = read_party(record.get("from", {"name": record["issuer"]}))
    recipient = read_party(record.get("to", {"name": record["buyer"]}))
    lines = tuple(_line(line) for line in record["lines"])
    decided = decide_supply(supplier, recipient)
    supply = Supply(decided.place, decided.reason, _kinds(lines), decided.type)
    against = record.get("against")
    day = clock.local_day(record["at"], zone)
    facts = [
        ("Product", record["prod"]),
        ("Seller", record["seller"]),
        ("Buyer", record["buyer"]),
        ("Period", f"{day_text(record['first'])} to {day_text(record['last'])}"),
        *sorted(record["vars"].items()),
    ]
    return Document(
        kind=record.get("kind", "receipt"),
        number=record["no"],
        day=day,
        supplier=supplier,
        recipient=recipient,
        supply=supply,
        lines=lines,
        totals=add_totals(lines, supply),
        preceding=Preceding(", ".join(against), 0, "Charges given back") if against else None,
        facts=tuple(facts),
        itemised=record["tpl"] == "B2BInvoice",
    )


def _line(line: Mapping[str, Any]) -> Line:
    taxes = {name: line[name] for name in ("cgst", "sgst", "utgst", "igst", "cess")}
    value, taxed = line["value"], sum(line[name] for name in ("cgst", "sgst", "utgst", "igst", "gst"))
    rate = (taxed * 10_000 + value // 2) // value if value > 0 else 0
    late = " (with late charges of an earlier period)" if line.get("late") else ""
    item = InvoiceItem(f"{line['what']}{late}", line["code"], value, rate)
    # A tax that is only called GST has no kind: it is shown as IGST's column would be, in one sum.
    return Line(item, value, taxable=value, **{**taxes, "igst": taxes["igst"] + line["gst"]})


def _kinds(lines: Iterable[Line]) -> TaxKinds:
    found = list(lines)
    if any(line.utgst for line in found):
        return "cgst_utgst"
    if any(line.cgst or line.sgst for line in found):
        return "cgst_sgst"
    return "igst" if any(line.igst for line in found) else "none"
