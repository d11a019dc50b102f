"""A document as a PDF: A4 pages, Indic scripts shaped, the same bytes for the same document.

Only the functions that write PDF files have fpdf2, HarfBuzz and the fonts, so nothing imports this at module level.
Text is never cut: long names wrap, and an amount that is wider than its column is set smaller.
"""

from __future__ import annotations

import io
import struct
from typing import Final

from .. import observe
from ..money import grouped
from . import gst
from .amounts import amount_words
from .document import Document, ReceivedPayment
from .lines import by_rate, rate_text
from .payments import is_upi_address, upi_link
from .pdf_page import FAMILY, GREY, INK, MARGIN, WIDTH, InvoicePage
from .pdf_table import LineTable
from .supply import Party

_DOTS: Final = 300 / 25.4
"""Dots in a millimetre of what is printed."""

_MOST_PIXELS: Final = 40_000_000
"""Of a logo: a few kilobytes can hold a picture that fills a function's memory."""

_NOT_REPORTED: Final = (
    "I/We hereby declare that though our aggregate turnover in any preceding financial year from 2017-18 onwards is "
    "more than the aggregate turnover notified under sub-rule (4) of rule 48, we are not required to prepare an "
    "invoice in terms of the provisions of the said sub-rule."
)
"""The words of rule 46(s) of the CGST Rules (14/2022-CT)."""


def render_pdf(document: Document, *, logo: bytes | None = None) -> bytes:
    """The file."""
    page = InvoicePage(document)
    page.add_page()
    _heading(page, logo)
    _draw_parties(page)
    _facts(page)
    if document.received:
        _draw_received(page, document.received)
    else:
        LineTable(page, document).draw()
        _draw_sums(page)
        _draw_payment(page)
    _draw_closing(page)
    return bytes(page.output())


def _heading(page: InvoicePage, logo: bytes | None) -> None:
    document = page.document
    top = MARGIN
    logo_width = _draw_logo(page, logo, top) + 4 if logo else 0.0
    page.set_xy(MARGIN, top)
    page.set_text_color(*page.dark_colour)
    page.set_font(FAMILY, "B", 17)
    page.cell(WIDTH, 8, document.title, align="R")
    page.set_text_color(*INK)
    name = [(document.supplier.trade_name or document.supplier.legal_name, 12.0, True)]
    end = page.block(MARGIN + logo_width, top + 1, WIDTH - 60 - logo_width, name)
    page.set_xy(MARGIN, top + 8)
    page.set_font(FAMILY, size=6.5)
    page.set_text_color(*GREY)
    page.cell(WIDTH, 4, "" if document.received else "Original for recipient", align="R")
    page.set_text_color(*INK)
    y = max(end, top + (16 if logo else 13)) + 1
    page.bar(MARGIN, y, WIDTH, 0.8)
    page.set_y(y + 3)


def _draw_logo(page: InvoicePage, logo: bytes, top: float) -> float:
    """Draws the logo into 46 by 14 mm; returns how wide it is. One that can't be read is left out."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(logo)) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise ValueError(f"{picture.width} by {picture.height} pixels")
            ratio = picture.width / picture.height
            height = min(14.0, 46 / ratio)
            # No finer than it is printed.
            dots = (max(1, int(height * ratio * _DOTS)), max(1, int(height * _DOTS)))
            picture.draft(None, dots)
            picture.thumbnail(dots)
            page.image(picture, x=MARGIN, y=top, w=height * ratio, h=height)
    except (OSError, SyntaxError, ValueError, ZeroDivisionError, Image.DecompressionBombError, struct.error) as fault:
        observe.log().warning("the logo can't be printed", extra={"fault": str(fault)})
        return 0.0
    return height * ratio


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


def _draw_parties(page: InvoicePage) -> None:
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
    if document.recipient.registration == "overseas":
        facts.append(("Country of destination", document.recipient.country))
    if document.preceding:
        invoices = [
            f"{each.number} of {day_words(each.day)}" if each.day else each.number for each in document.preceding
        ]
        facts += [("Against invoice", ", ".join(invoices)), ("Reason", document.preceding[0].reason)]
    if document.irn:
        facts += [("IRN", document.irn), ("Acknowledgement", document.acknowledgement or "")]
    if document.cancelled:
        facts.append(("Status", "Cancelled at the Invoice Registration Portal"))
    return [*facts, *document.facts]


_WIDE: Final = ("IRN", "Acknowledgement")
"""Facts that have a line of their own."""


def _facts(page: InvoicePage) -> None:
    half = WIDTH / 2 - 4
    y = page.get_y() + 2
    facts = [fact for fact in document_facts(page.document) if fact[0] not in _WIDE]
    for left, right in zip(facts[::2], [*facts[1::2], None], strict=False):
        ends = []
        for x, fact in ((MARGIN, left), (MARGIN + half + 8, right)):
            if fact:
                ends.append(page.block(x, y, 36, [(fact[0], 7, False)], grey=True))
                ends.append(page.block(x + 37, y, half - 37, [(fact[1], 8, False)]))
        y = max(ends) + 0.8
    for label, text in document_facts(page.document):
        if label in _WIDE:
            page.block(MARGIN, y, 36, [(label, 7, False)], grey=True)
            y = page.block(MARGIN + 37, y, WIDTH - 37, [(text, 8, False)]) + 0.8
    page.set_y(y + 1.5)


def _draw_received(page: InvoicePage, payment: ReceivedPayment) -> None:
    """What was paid, for what, and what is left."""
    invoice = f"{payment.invoice} of {day_words(payment.invoice_day)}"
    rows = [
        ("Received from", page.document.recipient.legal_name),
        ("For", invoice),
        ("Paid by", payment.method),
        ("Reference", payment.reference),
        ("Still to be paid", f"₹ {grouped(payment.outstanding)}" if payment.outstanding else "Nothing"),
    ]
    y = page.get_y() + 3
    for label, text in rows:
        page.block(MARGIN, y, 36, [(label, 8, False)], grey=True)
        y = page.block(MARGIN + 37, y, WIDTH - 37, [(text, 9, False)]) + 1.5
    page.bar(MARGIN, y + 2, WIDTH, 10, tint=True)
    page.set_text_color(*page.dark_colour)
    page.set_xy(MARGIN + 2, y + 2)
    page.fitted(60, 10, "Amount received (₹)", size=11, bold=True, align="L")
    page.set_xy(MARGIN + 70, y + 2)
    page.fitted(WIDTH - 72, 10, grouped(payment.amount), size=13, bold=True)
    page.set_text_color(*INK)
    words = f"Amount in words: {amount_words(payment.amount)}"
    page.set_y(page.block(MARGIN, y + 15, WIDTH, [(words, 8.5, True)]) + 3)
    page.rule(page.get_y())


def _draw_sums(page: InvoicePage) -> None:
    document, totals = page.document, page.document.totals
    rows: list[tuple[str, int, bool]] = []
    if totals.discount:
        rows += [("Gross amount", totals.gross, False), ("Discount", -totals.discount, False)]
    rows.append(("Taxable value" if totals.tax or document.kind == "tax_invoice" else "Value", totals.taxable, False))
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
    page.ensure(max(5 * len(rows) + 3, 5 * (len(rates) + 1)) + 14)
    top = page.get_y() + 2
    if rates:
        _rates(page, top)
    y = top
    left, wide = MARGIN + WIDTH - 78, 78.0
    for label, amount, bold in rows:
        height = 7.0 if bold else 5.0
        if bold:
            y += 0.8
            page.bar(left, y, wide, height, tint=True)
            page.set_text_color(*page.dark_colour)
        page.set_xy(left + 1.2, y)
        page.fitted(44, height, label, size=10 if bold else 8, bold=bold, align="L")
        page.set_xy(left + 46, y)
        page.fitted(wide - 47.2, height, grouped(amount), size=10 if bold else 8, bold=bold)
        page.set_text_color(*INK)
        y += height
    page.set_y(max(y, top + 5 * (len(rates) + 1)) + 2)
    words = f"Amount in words: {amount_words(totals.payable)}"
    lines = page.wrapped(words, WIDTH, size=8.5, bold=True)
    page.ensure(5 * len(lines) + 3)
    page.set_y(page.block(MARGIN, page.get_y() + 1, WIDTH, [(words, 8.5, True)]) + 2.5)
    page.rule(page.get_y())


def _rates(page: InvoicePage, top: float) -> None:
    """Totals by rate: taxable value and the taxes of each kind."""
    document = page.document
    kinds = [name for name in ("cgst", "sgst", "utgst", "igst", "cess") if getattr(document.totals, name)]
    widths = [13.0, 24.0, *([24.0] * min(len(kinds), 2) if len(kinds) <= 2 else [62.0 / len(kinds)] * len(kinds))]
    y = top
    rows = [["Rate", "Taxable", *(name.upper() for name in kinds)]]
    rows += [
        [rate_text(each.rate), grouped(each.taxable), *(grouped(getattr(each, name)) for name in kinds)]
        for each in by_rate(document.lines)
    ]
    for number, row in enumerate(rows):
        page.set_text_color(*(GREY if number == 0 else INK))
        x = MARGIN
        for place, (width, text) in enumerate(zip(widths, row, strict=True)):
            page.set_xy(x + 1.2, y)
            page.fitted(width - 2.4, 5, text, size=7, align="R" if place else "L")
            x += width
        y += 5
        page.set_draw_color(230, 233, 237)
        page.set_line_width(0.1)
        page.line(MARGIN, y, x, y)
    page.set_text_color(*INK)


def _draw_payment(page: InvoicePage) -> None:
    """Bank and UPI details of what is to be paid; the IRP's signed code where there is one."""
    document = page.document
    supplier, owed = document.supplier, document.totals.payable
    asks = document.kind in ("tax_invoice", "bill_of_supply", "debit_note") and owed > 0
    rows: list[tuple[str, float, bool]] = []
    if asks:
        rows += [(f"{label}: {text}", 8, False) for label, text in supplier.bank]
        if document.link:
            rows.append((f"Pay online: {document.link}", 8, False))
    # Nobody abroad pays by UPI.
    asks_upi = asks and document.recipient.registration != "overseas"
    upi = supplier.upi if asks_upi and supplier.upi and is_upi_address(supplier.upi) else None
    if upi:
        rows.append((f"UPI: {upi}", 8, False))
    if not rows and not document.signed_qr:
        return
    page.ensure(54 if document.signed_qr else 38)
    top = page.get_y() + 3
    end = page.block(MARGIN, top, 90, [("PAYMENT", 6.5, True)], grey=True) if rows else top
    end = page.block(MARGIN, end + 0.5, 90, rows)
    x = MARGIN + WIDTH - 26
    if document.signed_qr:
        # Some 900 characters: smaller than this, a printed one is hard to scan.
        page.qr(document.signed_qr, MARGIN + WIDTH - 42, top, 42, error="l")
        page.block(MARGIN + WIDTH - 42, top + 42.5, 42, [("Signed by the IRP", 6, False)], grey=True)
        end, x = max(end, top + 46), MARGIN + WIDTH - 42 - 32
    if upi:
        note = f"{document.title} {document.number}"
        page.qr(upi_link(upi, supplier.legal_name, owed, document.number, note), x, top, 26)
        page.block(x, top + 26.5, 26, [("Scan to pay by UPI", 6, False)], grey=True)
        end = max(end, top + 30)
    page.set_y(end + 2)
    page.rule(page.get_y())


def _draw_closing(page: InvoicePage) -> None:
    document = page.document
    remarks = []
    inclusive = [line.item.inclusive for line in document.lines]
    if any(inclusive) and not all(inclusive):
        remarks.append("* This price includes tax.")
    if document.supplier.registration == "composition":
        # CGST Rules 5(1)(f): the words that a composition supplier has to print.
        remarks.append("Composition taxable person, not eligible to collect tax on supplies")
    if document.supplier.registered and (words := zero_rated_words(document)):
        remarks.append(words)
    if not_reported(document):
        remarks.append(_NOT_REPORTED)
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
    signer = page.wrapped(f"For {document.supplier.legal_name}", 80, size=8)
    page.ensure(20 + 4 * len(signer))
    y = page.get_y() + 4
    for text in signer:
        page.set_xy(MARGIN + WIDTH - 80, y)
        page.fitted(80, 4, text, size=8)
        y += 4
    page.set_xy(MARGIN + WIDTH - 80, y + 11)
    page.fitted(80, 4, "Authorised signatory", size=7)


def not_reported(document: Document) -> bool:
    """Whether a supplier who reports invoices to an IRP has to declare that this one is not of those."""
    reports = document.supplier.registered and gst.needs_irn(document.supplier.turnover, document.day)
    return document.kind == "tax_invoice" and document.supply.type == "B2C" and reports


def zero_rated_words(document: Document) -> str | None:
    """What rule 46 has printed on invoices for exports and to special economic zones."""
    kind = document.supply.type
    if kind not in ("SEZWP", "SEZWOP", "EXPWP", "EXPWOP"):
        return None
    sez = "Supply to SEZ unit or SEZ developer for authorised operations"
    what = sez if kind.startswith("SEZ") else "Supply meant for export"
    how = "under bond or letter of undertaking without" if document.supply.zero_rated else "on"
    return f"{what} {how} payment of integrated tax"


def day_words(day: int) -> str:
    """20261101 -> `01 Nov 2026`."""
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
    start = 4 * (day // 100 % 100 - 1)
    return f"{day % 100:02d} {months[start : start + 3]} {day // 10000}"
