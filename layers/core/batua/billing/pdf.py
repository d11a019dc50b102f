"""A document as a PDF: A4 pages, Indic scripts shaped, the same bytes for the same document.

Only the functions that write PDF files have fpdf2, HarfBuzz and the fonts, so nothing imports this at module level.
Text is never cut: long names wrap, and an amount that is wider than its column is set smaller.
"""

from __future__ import annotations

import io

from . import gst
from .amounts import amount_words, grouped
from .document import Document
from .lines import by_rate, rate_text
from .payments import is_upi_address, upi_link
from .pdf_page import FAMILY, GREY, INK, MARGIN, WIDTH, InvoicePage
from .pdf_table import LineTable
from .supply import Party


def render_pdf(document: Document, *, logo: bytes | None = None) -> bytes:
    """The file."""
    page = InvoicePage(document)
    page.add_page()
    _heading(page, logo)
    _parties(page)
    _facts(page)
    LineTable(page, document).draw()
    _sums(page)
    _payment(page)
    _closing(page)
    return bytes(page.output())


def _heading(page: InvoicePage, logo: bytes | None) -> None:
    document = page.document
    top = MARGIN
    if logo:
        page.image(io.BytesIO(logo), x=MARGIN, y=top, h=14, keep_aspect_ratio=True)
    page.set_xy(MARGIN, top)
    page.set_text_color(*page.colour)
    page.set_font(FAMILY, "B", 17)
    page.cell(WIDTH, 8, document.title, align="R")
    page.set_text_color(*INK)
    left = MARGIN + (40 if logo else 0)
    name = [(document.supplier.trade_name or document.supplier.legal_name, 12.0, True)]
    end = page.block(left, top + 1, 100, name)
    lines = [("Original for recipient", 6.5, False)]
    page.set_xy(MARGIN, top + 8)
    page.set_font(FAMILY, size=6.5)
    page.set_text_color(*GREY)
    page.cell(WIDTH, 4, lines[0][0], align="R")
    page.set_text_color(*INK)
    y = max(end, top + (16 if logo else 13)) + 1
    page.set_fill_color(*page.colour)
    page.rect(MARGIN, y, WIDTH, 0.8, style="F")
    page.set_y(y + 3)


def party_rows(party: Party, *, supplier: bool) -> list[tuple[str, float, bool]]:
    """What is printed of a party, line by line."""
    rows: list[tuple[str, float, bool]] = [(party.legal_name, 9, True)]
    if party.trade_name and party.trade_name != party.legal_name:
        rows.append((f"Trading as {party.trade_name}", 8, False))
    rows += [(line, 8, False) for line in party.address]
    place = " ".join(each for each in (party.city, party.pin_code) if each)
    if party.country != "IN":
        place = ", ".join(each for each in (place, party.country) if each)
    if place:
        rows.append((place, 8, False))
    if party.place in gst.STATES:
        rows.append((f"State: {gst.STATES[party.place or '']} ({party.place})", 8, False))
    if party.gstin:
        rows.append((f"GSTIN: {party.gstin}", 8, True))
    elif not supplier:
        rows.append(("Not registered under GST" if party.registration != "overseas" else "Outside India", 8, False))
    if party.pan:
        rows.append((f"PAN: {party.pan}", 8, False))
    contact = " · ".join(each for each in (party.email, party.phone) if each)
    if contact:
        rows.append((contact, 8, False))
    return rows


def _parties(page: InvoicePage) -> None:
    document, half = page.document, WIDTH / 2 - 4
    top = page.get_y()
    ends = []
    for x, label, party, supplier in (
        (MARGIN, "Supplier", document.supplier, True),
        (MARGIN + half + 8, "Recipient", document.recipient, False),
    ):
        y = page.block(x, top, half, [(label.upper(), 6.5, True)], grey=True)
        ends.append(page.block(x, y + 0.5, half, party_rows(party, supplier=supplier)))
    page.set_y(max(ends) + 2)
    page.rule(page.get_y())


def document_facts(document: Document) -> list[tuple[str, str]]:
    """Number, date, place of supply and what else identifies the document."""
    supply = document.supply
    facts = [(f"{document.title} No.", document.number), ("Date", day_words(document.day))]
    if document.due:
        facts.append(("Due", day_words(document.due)))
    if document.kind != "receipt":
        facts += [
            ("Place of supply", supply.place_text),
            ("Tax payable on reverse charge", "Yes" if supply.reverse_charge else "No"),
        ]
    if document.preceding:
        before = document.preceding
        on = f" of {day_words(before.day)}" if before.day else ""
        facts += [("Against invoice", f"{before.number}{on}"), ("Reason", before.reason)]
    if document.irn:
        facts += [("IRN", document.irn), ("Acknowledgement", document.acknowledgement or "")]
    if document.cancelled:
        facts.append(("Status", "Cancelled at the Invoice Registration Portal"))
    return [*facts, *document.facts]


def _facts(page: InvoicePage) -> None:
    half = WIDTH / 2 - 4
    y = page.get_y() + 2
    facts = document_facts(page.document)
    for left, right in zip(facts[::2], [*facts[1::2], None], strict=False):
        ends = []
        for x, fact in ((MARGIN, left), (MARGIN + half + 8, right)):
            if fact:
                ends.append(page.block(x, y, 36, [(fact[0], 7, False)], grey=True))
                ends.append(page.block(x + 37, y, half - 37, [(fact[1], 8, False)]))
        y = max(ends) + 0.8
    page.set_y(y + 1)


def _sums(page: InvoicePage) -> None:
    document, totals = page.document, page.document.totals
    rows: list[tuple[str, int, bool]] = []
    if totals.discount:
        rows += [("Gross amount", totals.gross, False), ("Discount", -totals.discount, False)]
    rows.append(("Taxable value" if document.kind == "tax_invoice" else "Value", totals.taxable, False))
    names = (("CGST", totals.cgst), ("SGST", totals.sgst), ("UTGST", totals.utgst), ("IGST", totals.igst))
    if document.itemised:
        rows += [(name, amount, False) for name, amount in (*names, ("Cess", totals.cess)) if amount]
    elif totals.tax:
        rows.append(("Tax", totals.tax, False))
    if document.supply.reverse_charge and totals.tax:
        rows.append(("Less tax payable by the recipient", -totals.tax, False))
    if totals.round_off:
        rows.append(("Round off", totals.round_off, False))
    rows.append(("Total (₹)", totals.payable, True))
    rates = by_rate(document.lines) if totals.tax and document.itemised else []
    page.ensure(max(5 * len(rows), 5 * (len(rates) + 1)) + 14)
    top = page.get_y() + 2
    if rates:
        _rates(page, top)
    y = top
    for label, amount, bold in rows:
        page.set_xy(MARGIN + WIDTH - 78, y)
        page.fitted(46, 5, label, size=9 if bold else 8, bold=bold, align="L")
        page.fitted(32, 5, grouped(amount), size=9 if bold else 8, bold=bold)
        y += 5
    page.set_y(max(y, top + 5 * (len(rates) + 1)) + 2)
    words = f"Amount in words: {amount_words(totals.payable)}"
    lines = page.wrapped(words, WIDTH, size=8.5, bold=True)
    page.ensure(5 * len(lines))
    page.set_y(page.block(MARGIN, page.get_y(), WIDTH, [(words, 8.5, True)]) + 2)
    page.rule(page.get_y())


def _rates(page: InvoicePage, top: float) -> None:
    """Totals by rate: taxable value and the taxes of each kind."""
    document = page.document
    kinds = [name for name in ("cgst", "sgst", "utgst", "igst", "cess") if getattr(document.totals, name)]
    widths = [13.0, 24.0, *([max(12.0, 66.0 / max(len(kinds), 1) / 1.2)] * len(kinds))]
    y = top
    rows = [["Rate", "Taxable", *(name.upper() for name in kinds)]]
    rows += [
        [rate_text(each.rate), grouped(each.taxable), *(grouped(getattr(each, name)) for name in kinds)]
        for each in by_rate(document.lines)
    ]
    for number, row in enumerate(rows):
        page.set_xy(MARGIN, y)
        page.set_text_color(*(GREY if number == 0 else INK))
        for width, text in zip(widths, row, strict=True):
            page.fitted(min(width, 24), 5, text, size=7)
        y += 5
    page.set_text_color(*INK)


def _payment(page: InvoicePage) -> None:
    """Bank and UPI details of what is to be paid; the IRP's signed code where there is one."""
    document = page.document
    supplier, owed = document.supplier, document.totals.payable
    asks = document.kind in ("tax_invoice", "bill_of_supply", "debit_note") and owed > 0
    rows: list[tuple[str, float, bool]] = []
    if asks:
        rows += [(f"{label}: {text}", 8, False) for label, text in supplier.bank]
        if document.link:
            rows.append((f"Pay online: {document.link}", 8, False))
    upi = supplier.upi if asks and supplier.upi and is_upi_address(supplier.upi) else None
    if upi:
        rows.append((f"UPI: {upi}", 8, False))
    if not rows and not document.signed_qr:
        return
    page.ensure(38)
    top = page.get_y() + 3
    end = page.block(MARGIN, top, 90, [("PAYMENT", 6.5, True)], grey=True) if rows else top
    end = page.block(MARGIN, end + 0.5, 90, rows)
    x = MARGIN + WIDTH - 26
    if document.signed_qr:
        page.qr(document.signed_qr, x, top, 26)
        page.block(x, top + 26.5, 26, [("Signed by the IRP", 6, False)], grey=True)
        end, x = max(end, top + 30), x - 32
    if upi:
        note = f"{document.title} {document.number}"
        page.qr(upi_link(upi, supplier.legal_name, owed, document.number, note), x, top, 26)
        page.block(x, top + 26.5, 26, [("Scan to pay by UPI", 6, False)], grey=True)
        end = max(end, top + 30)
    page.set_y(end + 2)
    page.rule(page.get_y())


def _closing(page: InvoicePage) -> None:
    document = page.document
    remarks = []
    if document.supplier.registration == "composition":
        # CGST Rules 5(1)(f): the words that a composition supplier has to print.
        remarks.append("Composition taxable person, not eligible to collect tax on supplies")
    if document.supply.zero_rated and document.supplier.registered:
        to = "SEZ unit or developer" if document.supply.type == "SEZWOP" else "export"
        remarks.append(f"Supply meant for {to} under bond or letter of undertaking without payment of integrated tax")
    elif document.supply.type in ("SEZWP", "EXPWP"):
        remarks.append("Supply meant for export or SEZ on payment of integrated tax")
    if document.supply.reverse_charge:
        remarks.append("The tax on this supply is payable by the recipient under reverse charge.")
    remarks += [each for each in (document.notes, document.terms) if each]
    page.set_y(page.get_y() + 1.5)
    for text in remarks:
        for paragraph in text.splitlines():
            for line in page.wrapped(paragraph, WIDTH, size=7.5):
                page.ensure(4)
                page.set_xy(MARGIN, page.get_y())
                page.set_font(FAMILY, size=7.5)
                page.cell(WIDTH, 4, line)
                page.set_y(page.get_y() + 4)
    page.ensure(24)
    y = page.get_y() + 4
    page.set_xy(MARGIN + WIDTH - 80, y)
    page.fitted(80, 4, f"For {document.supplier.legal_name}", size=8)
    page.set_xy(MARGIN + WIDTH - 80, y + 15)
    page.fitted(80, 4, "Authorised signatory", size=7)


def day_words(day: int) -> str:
    """20261101 -> `01 Nov 2026`."""
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
    start = 4 * (day // 100 % 100 - 1)
    return f"{day % 100:02d} {months[start : start + 3]} {day // 10000}"
