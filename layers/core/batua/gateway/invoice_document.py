"""An invoice of charges as a document of the invoice engine. The charges say their taxes; nothing is computed anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .. import clock
from ..billing import gst
from ..billing.amounts import half_up
from ..billing.document import TITLES, Document, Preceding
from ..billing.lines import InvoiceItem, Line, add_totals
from ..billing.profiles import read_party
from ..billing.series import InvoiceKind
from ..billing.supply import Party, Supply, TaxKinds, decide_supply
from .reports import day_text
from .unbilled import CodeAmounts

_KIND_FIELDS: Final[Mapping[TaxKinds, tuple[str, ...]]] = {
    "none": (),
    "igst": ("igst",),
    "cgst_sgst": ("cgst", "sgst"),
    "cgst_utgst": ("cgst", "utgst"),
}
_KIND_NAMES: Final[Mapping[TaxKinds, str]] = {
    "none": "no tax",
    "igst": "IGST",
    "cgst_sgst": "CGST and SGST in equal parts",
    "cgst_utgst": "CGST and UTGST in equal parts",
}


def charged_kind(supplier: Party, recipient: Party, charged: Iterable[CodeAmounts]) -> InvoiceKind:
    """What the tenant may issue over these charges: a tax invoice only if it is registered and charges tax.

    An export and a supply to an SEZ are taxable at zero, so they get a tax invoice as well.
    """
    if not supplier.registered:
        return "receipt"
    if supplier.registration == "composition":
        return "bill_of_supply"
    taxed = any(amount for each in charged for amount in each.taxes.values())
    return "tax_invoice" if taxed or decide_supply(supplier, recipient).zero_rated else "bill_of_supply"


def title(record: Mapping[str, Any]) -> str:
    """`Tax Invoice`, `Bill of Supply`, `Receipt` or `Credit Note`."""
    kind: InvoiceKind = record.get("kind", "receipt")
    return TITLES[kind]


def gateway_document(record: Mapping[str, Any], zone: str) -> Document:
    """The document that is printed."""
    supplier = read_party(record.get("from", {"name": record["issuer"]}))
    recipient = read_party(record.get("to", {"name": record["buyer"]}))
    day = clock.local_day(record["at"], zone)
    rates = gst.rates_on(day) | gst.rates_on(record["first"])
    lines = tuple(_document_line(line, rates) for line in record["lines"])
    kinds = _kinds(lines)
    # An export or a supply to an SEZ on which IGST was charged is one with payment of tax.
    decided = decide_supply(supplier, recipient, with_payment=kinds == "igst")
    supply = Supply(decided.place, decided.reason, kinds, decided.type)
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
        preceding=tuple(
            Preceding(number, record.get("dates", {}).get(number, 0), "Charges given back")
            for number in record.get("against", ())
        ),
        facts=tuple(facts),
        itemised=record["tpl"] == "B2BInvoice",
    )


def charged_faults(record: Mapping[str, Any], document: Document) -> list[str]:
    """Why an IRP would refuse the taxes of the charges, line by line: they are printed as they were charged."""
    with_payment = document.supply.kinds == "igst"
    due = decide_supply(document.supplier, document.recipient, with_payment=with_payment).kinds
    rates = gst.rates_on(document.day) | gst.rates_on(record["first"])
    faults: list[str] = []
    for number, (charged, line) in enumerate(zip(record["lines"], document.lines, strict=True), 1):
        if charged["gst"]:
            faults.append(f"line {number} was charged GST without its kind; {_KIND_NAMES[due]} is due here")
        elif not _is_charged_as(due, charged):
            faults.append(f"line {number} was charged other taxes than {_KIND_NAMES[due]}, which is due here")
        elif line.item.rate not in rates:
            rate = f"{line.item.rate / 100:g}"
            faults.append(f"line {number} was charged {rate} % in all, and there is no such rate")
    return faults


def _is_charged_as(due: TaxKinds, charged: Mapping[str, Any]) -> bool:
    """Whether a line has the taxes of this kind alone. Halves of a tax may differ by a paisa a charge."""
    amounts = {name: charged[name] for name in ("cgst", "sgst", "utgst", "igst") if charged[name]}
    if not amounts:
        return True
    allowed = _KIND_FIELDS[due]
    if set(amounts) != set(allowed):
        return False
    return len(allowed) < 2 or abs(amounts[allowed[0]] - amounts[allowed[1]]) <= 100


def _document_line(line: Mapping[str, Any], rates: Iterable[int]) -> Line:
    taxes = {name: line[name] for name in ("cgst", "sgst", "utgst", "igst", "cess")}
    value, taxed = line["value"], sum(line[name] for name in ("cgst", "sgst", "utgst", "igst", "gst"))
    late = " (with late charges of an earlier period)" if line.get("late") else ""
    item = InvoiceItem(f"{line['what']}{late}", line["code"], value, _rate(value, taxed, rates))
    # A tax that is only called GST has no kind: it is shown as IGST's column would be, in one sum.
    return Line(item, value, taxable=value, **{**taxes, "igst": taxes["igst"] + line["gst"]})


def _rate(value: int, taxed: int, rates: Iterable[int]) -> int:
    """The rate that was charged: one in force where the rounding of the charges explains the rest."""
    if value <= 0:
        return 0
    nearest = min(rates, key=lambda rate: abs(value * rate - taxed * 10_000))
    if abs(half_up(value * nearest, 10_000) - taxed) <= min(100, max(2, value // 500)):
        return nearest
    return half_up(taxed * 10_000, value)


def _kinds(lines: Iterable[Line]) -> TaxKinds:
    found = list(lines)
    if any(line.utgst for line in found):
        return "cgst_utgst"
    if any(line.cgst or line.sgst for line in found):
        return "cgst_sgst"
    return "igst" if any(line.igst for line in found) else "none"
