"""The printed document: what is on it, over how many pages, and that it is the same each time."""

from __future__ import annotations

import io
import sys
import time
from dataclasses import replace

import pytest
from PIL import Image
from pypdf import PdfReader

from batua.billing.document import Document, draw_up
from batua.billing.lines import InvoiceItem
from batua.billing.pdf import render_pdf
from batua.billing.supply import Party, decide_supply

SELLER = Party("Batua Labs LLP", "regular", "29AAGCB7383J1Z4", address=("1 MG Road",), upi="batua@hdfcbank")
BUYER = Party("श्री गणेश ट्रेडर्स", "regular", "27AAPFU0939F1ZV", address=("கோவை சாலை",), city="Mumbai")


def printed(count: int, **more: bool) -> tuple[bytes, list[str]]:
    items = [InvoiceItem(f"Service {number}", "998313", 100_00, 1800) for number in range(1, count + 1)]
    supply = decide_supply(SELLER, BUYER, reverse_charge=more.get("reverse", False))
    lines, totals = draw_up(items, supply)
    document = Document("tax_invoice", "INV/2627/000001", 2026_11_28, SELLER, BUYER, supply, lines, totals)
    file = render_pdf(document)
    return file, [page.extract_text() for page in PdfReader(io.BytesIO(file)).pages]


def test_a_tax_invoice_says_what_rule_46_asks_for() -> None:
    _, (page,) = printed(2)
    for text in ("Tax Invoice", "INV/2627/000001", "28 Nov 2026", "29AAGCB7383J1Z4", "27AAPFU0939F1ZV", "998313",
                 "Maharashtra (27)", "IGST", "36.00", "236.00", "Two hundred and thirty-six rupees only",
                 "Tax payable on reverse", "Authorised signatory", "Page 1 of 1"):  # fmt: skip
        assert text in page
    assert "Mumbai" in page  # Latin after Tamil is still Latin


def test_under_reverse_charge_the_buyer_owes_the_value_alone() -> None:
    _, (page,) = printed(1, reverse=True)
    assert "payable by the recipient under reverse charge" in page
    assert "One hundred rupees only" in page


def test_a_supplier_who_reports_to_an_irp_declares_on_consumers_invoices_that_they_are_not_of_those() -> None:
    """Rule 46(s). The threshold is five crore since August 2023."""
    consumer = Party("Ravi Kumar", address=("7 Park Street",), city="Kolkata", state="19")
    crore = 10**7 * 100
    for turnover, buyer, declares in ((5 * crore + 1, consumer, True), (5 * crore, consumer, False),
                                      (5 * crore + 1, BUYER, False)):  # fmt: skip
        seller = replace(SELLER, turnover=turnover)
        supply = decide_supply(seller, buyer)
        lines, totals = draw_up([InvoiceItem("Service", "998313", 100_00, 1800)], supply)
        document = Document("tax_invoice", "INV/2627/000001", 2026_11_28, seller, buyer, supply, lines, totals)
        (page,) = PdfReader(io.BytesIO(render_pdf(document))).pages
        assert ("not required to prepare an invoice in terms of" in " ".join(page.extract_text().split())) is declares


def test_two_hundred_lines_run_over_pages_with_carried_totals() -> None:
    _, pages = printed(200)
    text = "\n".join(pages)
    assert len(pages) > 3
    assert all(f"Service {number}" in text for number in range(1, 201))
    assert text.count("Carried forward") == text.count("Brought forward") >= 3
    assert "23,600.00" in pages[-1]
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]


def test_the_same_document_is_the_same_file() -> None:
    assert printed(3)[0] == printed(3)[0]


def test_the_longest_invoice_is_drawn_within_a_functions_time() -> None:
    """A function has 29 seconds and 0.58 of a processor, and an invoice has 500 lines of 128 characters at most.

    The count of lines that `make coverage` takes doubles the time, so it gets twice as much.
    """
    slowness = 2 if sys.gettrace() else 1
    text = "वफादारी कार्यक्रम का वार्षिक शुल्क, सभी शाखाओं के लिए (Loyalty programme, yearly fee of every branch in the state)"
    items = [InvoiceItem(f"{number} {text}"[:128], "998313", 100_17 + number, 1800) for number in range(1, 126)]
    supply = decide_supply(SELLER, BUYER, reverse_charge=False)
    lines, totals = draw_up(items, supply)
    document = Document("tax_invoice", "INV/2627/000001", 2026_11_28, SELLER, BUYER, supply, lines, totals)
    began = time.process_time()
    file = render_pdf(document)
    assert 4 * (time.process_time() - began) < 29 * 0.58 * slowness
    said = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages).split())
    assert said.count("branch in the state") == len(items)


def with_logo(logo: bytes) -> bytes:
    supply = decide_supply(SELLER, BUYER)
    lines, totals = draw_up([InvoiceItem("Service", "998313", 100_00, 1800)], supply)
    document = Document("tax_invoice", "INV/2627/000001", 2026_11_28, SELLER, BUYER, supply, lines, totals)
    return render_pdf(document, logo=logo)


def picture(form: str, size: tuple[int, int] = (460, 140)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "#7a1f3d").save(file, form)
    return file.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_the_suppliers_logo_is_printed(form: str) -> None:
    (page,) = PdfReader(io.BytesIO(with_logo(picture(form)))).pages
    assert [each.image.size for each in page.images if each.image] == [(460, 140)]
    assert "Batua Labs LLP" in page.extract_text()


def test_a_large_logo_is_printed_in_the_size_that_it_has_on_paper() -> None:
    file = with_logo(picture("PNG", (6_000, 3_000)))
    (page,) = PdfReader(io.BytesIO(file)).pages
    assert [each.image.size for each in page.images if each.image] == [(330, 165)]  # 14 mm at 300 dots an inch


@pytest.mark.parametrize(
    "logo", [picture("PNG")[:300], picture("JPEG")[:400], picture("PNG", (9_000, 9_000)), b"\x89PNG\r\n\x1a\n", b""]
)
def test_a_logo_that_cannot_be_read_keeps_no_invoice_from_its_recipient(logo: bytes) -> None:
    (page,) = PdfReader(io.BytesIO(with_logo(logo))).pages
    assert "Batua Labs LLP" in page.extract_text()
    assert len(page.images) == 0
