"""GSTR-1 of a month from its documents: the return's JSON, and the same figures as CSV. Pure.

Sections: b2b, b2cl, b2cs, exp, cdnr (notes to registered recipients), cdnur (notes to others on invoices that are
listed singly), nil (bills of supply), hsn and doc_issue. The totals of all sections are those of the documents, to
the paisa; `section_totals` is what the tests compare.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ..api.spreadsheet import escape_formula
from . import gst
from .amounts import rupees_number
from .document import Document
from .lines import RateTotal, by_rate

_REPORTED: Final = ("tax_invoice", "bill_of_supply", "credit_note", "debit_note")
_HSN_SPLIT: Final = 2025_05
"""From this month on table 12 has one part for registered recipients and one for others (GSTN, 1 May 2025)."""
_NATURES: Final = {"INV": 1, "BOS": 1, "DBN": 4, "CRN": 5}


@dataclass(frozen=True, slots=True)
class ReturnPeriod:
    """A return period: the supplier's GSTIN and the month yyyymm."""

    gstin: str
    month: int

    @property
    def text(self) -> str:
        return f"{self.month % 100:02d}{self.month // 100:04d}"


def gstr1(period: ReturnPeriod, documents: Sequence[Document]) -> dict[str, Any]:
    """The return as the portal's offline tool takes it. Only documents of the month may be given."""
    issued = [document for document in documents if document.kind in _REPORTED]
    reported = [document for document in issued if not document.cancelled]
    content: dict[str, Any] = {"gstin": period.gstin, "fp": period.text, "version": "GST3.2", "hash": "hash"}
    sections: dict[str, dict[str, list[dict[str, Any]]]] = {}
    small: dict[tuple[str, str, int], list[int]] = {}
    exempt: dict[str, int] = {}
    for document in reported:
        if _exempt(document):
            sign = -1 if document.kind == "credit_note" else 1
            kind = f"{_reach(document)}B2{'B' if document.recipient.registered else 'C'}"
            exempt[kind] = exempt.get(kind, 0) + sign * document.totals.taxable
            continue
        section, group, row = _return_row(document)
        if row is None:
            _add_small(small, document)
        else:
            sections.setdefault(section, {}).setdefault(group, []).append(row)
    for section, groups in sections.items():
        key, rows = _SHAPES[section]
        content[section] = (
            groups[""] if section == "cdnur" else [{key: group, rows: found} for group, found in sorted(groups.items())]
        )
    if small:
        content["b2cs"] = [_small(key, sums) for key, sums in sorted(small.items())]
    if exempt:
        content["nil"] = {"inv": [_nil(kind, amount) for kind, amount in sorted(exempt.items())]}
    if reported:
        content["hsn"] = _hsn(period, reported)
    if issued:
        content["doc_issue"] = {"doc_det": _document_series(issued)}
    return content


_SHAPES: Final = {
    "b2b": ("ctin", "inv"),
    "b2cl": ("pos", "inv"),
    "exp": ("exp_typ", "inv"),
    "cdnr": ("ctin", "nt"),
    "cdnur": ("", ""),
}
"""How a section's rows are grouped: the name of the group's key, and of its rows."""


def _return_row(document: Document) -> tuple[str, str, dict[str, Any] | None]:
    """The section, the group and the row of a document; no row where only its sums are reported (b2cs)."""
    note = document.kind in ("credit_note", "debit_note")
    section = _section(document)
    if section == "b2b":
        gstin = document.recipient.gstin or ""
        return ("cdnr", gstin, _note_row(document)) if note else ("b2b", gstin, _invoice_row(document))
    if section == "b2cs":
        return section, "", None
    if note:
        return "cdnur", "", {**_note_row(document), "typ": document.supply.type if section == "exp" else "B2CL"}
    if section == "exp":
        return section, "WPAY" if document.supply.type == "EXPWP" else "WOPAY", _export(document)
    return section, document.supply.place, _invoice_row(document, pos=False)


def gstr1_csv(documents: Iterable[Document]) -> str:
    """One row per document and rate: section, recipient, document, place, rate, taxable value, taxes. Notes that
    credit are negative, so that the columns add up."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    names = ("cgst", "sgst_utgst", "igst", "cess")
    writer.writerow(("section", "gstin", "recipient", "number", "date", "place", "rate", "taxable_value", *names))
    for document in documents:
        if document.kind not in _REPORTED or document.cancelled:
            continue
        sign = -1 if document.kind == "credit_note" else 1
        day = document.day
        for row in by_rate(document.lines):
            amounts = (row.taxable, row.cgst, row.sgst + row.utgst, row.igst, row.cess)
            writer.writerow(
                (
                    _section(document),
                    document.recipient.gstin or "",
                    escape_formula(document.recipient.legal_name),
                    escape_formula(document.number),
                    f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}",
                    document.supply.place,
                    Decimal(row.rate) / 100,
                    *(rupees_number(sign * amount) for amount in amounts),
                )
            )
    return file.getvalue()


def section_totals(sections: dict[str, Any]) -> dict[str, Decimal]:
    """What all sections add up to: credit notes are taken off."""
    sums = dict.fromkeys(("txval", "camt", "samt", "iamt", "csamt"), Decimal(0))

    def add(row: dict[str, Any], sign: int = 1) -> None:
        for name in sums:
            sums[name] += sign * row.get(name, Decimal(0))

    for part in ("b2b", "b2cl", "exp"):
        for group in sections.get(part, []):
            for invoice in group["inv"]:
                for item in invoice["itms"]:
                    add(item.get("itm_det", item))
    notes = [note for group in sections.get("cdnr", []) for note in group["nt"]] + sections.get("cdnur", [])
    for note in notes:
        for item in note["itms"]:
            add(item["itm_det"], -1 if note["ntty"] == "C" else 1)
    for row in sections.get("b2cs", []):
        add(row)
    for row in sections.get("nil", {}).get("inv", []):
        sums["txval"] += row["expt_amt"]
    return sums


def _exempt(document: Document) -> bool:
    """Whether the document is of exempt supplies alone: a bill of supply, or a note on one (table 8)."""
    zero = all(line.item.rate == 0 and line.item.cess_rate == 0 for line in document.lines)
    return zero and document.supply.type in ("B2B", "B2C", "DEXP")


def _reach(document: Document) -> str:
    home = document.supplier.place
    return "INTRA" if document.supply.place == home and document.recipient.registration != "sez" else "INTR"


def _nil(kind: str, amount: int) -> dict[str, Any]:
    zero = rupees_number(0)
    return {"sply_ty": kind, "expt_amt": rupees_number(amount), "nil_amt": zero, "ngsup_amt": zero}


def _section(document: Document) -> str:
    supply = document.supply
    if supply.type in ("EXPWP", "EXPWOP"):
        return "exp"
    if supply.type != "B2C":
        return "b2b"
    before = document.preceding[0] if document.preceding else None
    # A note goes where its invoice went, however small the note is.
    value, day = (before.value, before.day) if before and before.value else (document.totals.payable, document.day)
    large = value > gst.b2c_large_above(day)
    return "b2cl" if supply.kinds == "igst" and large else "b2cs"


def _invoice_row(document: Document, *, pos: bool = True) -> dict[str, Any]:
    types = {"SEZWP": "SEWP", "SEZWOP": "SEWOP", "DEXP": "DE"}
    row: dict[str, Any] = {
        "inum": document.number,
        "idt": _dashes(document.day),
        "val": rupees_number(document.totals.payable),
        "itms": _rate_rows(document),
    }
    if pos:
        row |= {
            "pos": document.supply.place,
            "rchrg": "Y" if document.supply.reverse_charge else "N",
            "inv_typ": types.get(document.supply.type, "R"),
        }
    return row


def _note_row(document: Document) -> dict[str, Any]:
    row = _invoice_row(document)
    return {
        "ntty": "C" if document.kind == "credit_note" else "D",
        "nt_num": row.pop("inum"),
        "nt_dt": row.pop("idt"),
        **row,
    }


def _export(document: Document) -> dict[str, Any]:
    rows = [
        {
            "rt": Decimal(row.rate) / 100,
            "txval": rupees_number(row.taxable),
            "iamt": rupees_number(row.igst),
            "csamt": rupees_number(row.cess),
        }
        for row in by_rate(document.lines)
    ]
    return {
        "inum": document.number,
        "idt": _dashes(document.day),
        "val": rupees_number(document.totals.payable),
        "itms": rows,
    }


def _rate_rows(document: Document) -> list[dict[str, Any]]:
    return [{"num": number, "itm_det": _rate_amounts(row)} for number, row in enumerate(by_rate(document.lines), 1)]


def _rate_amounts(row: RateTotal) -> dict[str, Any]:
    amounts = {
        "camt": rupees_number(row.cgst),
        "samt": rupees_number(row.sgst + row.utgst),
        "iamt": rupees_number(row.igst),
        "csamt": rupees_number(row.cess),
    }
    present = {name: amount for name, amount in amounts.items() if amount}
    return {"rt": Decimal(row.rate) / 100, "txval": rupees_number(row.taxable), **present}


def _add_small(small: dict[tuple[str, str, int], list[int]], document: Document) -> None:
    sign = -1 if document.kind == "credit_note" else 1
    kind = "INTER" if document.supply.kinds == "igst" else "INTRA"
    for row in by_rate(document.lines):
        sums = small.setdefault((document.supply.place, kind, row.rate), [0, 0, 0, 0, 0])
        for place, amount in enumerate((row.taxable, row.cgst, row.sgst + row.utgst, row.igst, row.cess)):
            sums[place] += sign * amount


def _small(key: tuple[str, str, int], sums: list[int]) -> dict[str, Any]:
    place, kind, rate = key
    names = ("txval", "camt", "samt", "iamt", "csamt")
    amounts = {name: rupees_number(amount) for name, amount in zip(names, sums, strict=True)}
    return {"pos": place, "sply_ty": kind, "typ": "OE", "rt": Decimal(rate) / 100, **amounts}


def _hsn(period: ReturnPeriod, documents: Sequence[Document]) -> dict[str, Any]:
    """Table 12: supplies by code, those to registered recipients apart from others since May 2025."""
    if period.month < _HSN_SPLIT:
        return {"data": _hsn_rows(documents)}
    registered = [document for document in documents if document.recipient.registered]
    others = [document for document in documents if not document.recipient.registered]
    found = {"hsn_b2b": _hsn_rows(registered), "hsn_b2c": _hsn_rows(others)}
    return {name: rows for name, rows in found.items() if rows}


def _hsn_rows(documents: Sequence[Document]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str, int], list[int]] = {}
    for document in documents:
        sign = -1 if document.kind == "credit_note" else 1
        for line in document.lines:
            if not line.item.code:
                continue  # small suppliers may leave it out on invoices to consumers
            unit = "NA" if gst.is_service(line.item.code) else line.item.unit
            sums = groups.setdefault((line.item.code, unit, line.item.rate), [0] * 6)
            quantity = 0 if unit == "NA" else line.item.quantity
            amounts = (quantity, line.taxable, line.cgst, line.sgst + line.utgst, line.igst, line.cess)
            for place, amount in enumerate(amounts):
                sums[place] += sign * amount
    return [
        {
            "num": number,
            "hsn_sc": code,
            "uqc": unit,
            "rt": Decimal(rate) / 100,
            "qty": Decimal(sums[0]) / 1000,
            **{n: rupees_number(s) for n, s in zip(("txval", "camt", "samt", "iamt", "csamt"), sums[1:], strict=True)},
        }
        for number, ((code, unit, rate), sums) in enumerate(sorted(groups.items()), 1)
    ]


def _document_series(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Table 13: the series that were issued, by nature of the document."""
    natures: dict[int, dict[str, list[Document]]] = {}
    for document in documents:
        series = document.number.rpartition("/")[0]
        nature = _NATURES.get(series.partition("/")[0], 1)
        natures.setdefault(nature, {}).setdefault(series, []).append(document)
    return [
        {"doc_num": nature, "docs": [_series_row(number, found) for number, found in enumerate(series.values(), 1)]}
        for nature, series in sorted(natures.items())
    ]


def _series_row(number: int, documents: Sequence[Document]) -> dict[str, Any]:
    numbers = sorted((document.number for document in documents), key=lambda text: (len(text), text))
    count, cancelled = len(numbers), sum(document.cancelled for document in documents)
    return {
        "num": number,
        "from": numbers[0],
        "to": numbers[-1],
        "totnum": count,
        "cancel": cancelled,
        "net_issue": count - cancelled,
    }


def _dashes(day: int) -> str:
    return f"{day % 100:02d}-{day // 100 % 100:02d}-{day // 10000:04d}"
