"""Ten situations, each line and total against a calculation by hand, and what their documents print."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from batua.billing.document import Document, document_faults, invoice_kind
from batua.billing.lines import InvoiceItem
from batua.billing.pdf import render_pdf
from tests.unit.billing_situations import CHENNAI, DAY, SELLER, SITUATIONS, Situation, drawn

LONG = Situation(
    "tax_invoice",
    replace(
        SELLER,
        legal_name="शर्मा ट्रेडिंग एंड डिस्ट्रीब्यूशन कंपनी प्राइवेट लिमिटेड "
        "(Sharma Trading and Distribution Company Private Limited)",
        colour="#ffd94d",
    ),
    replace(
        CHENNAI,
        legal_name="தமிழ்நாடு வணிகம் மற்றும் விநியோக நிறுவனம் பிரைவேட் லிமிடெட் சென்னை கிளை",
        address=("எண் 12, இரண்டாவது முதன்மை சாலை", "அண்ணா நகர் மேற்கு விரிவாக்கம், அரசு மருத்துவமனை அருகில்"),
    ),
    # 12.5 x 12,34,567.89 = 1,54,32,098.625 -> .63, less 5,000.00 = 1,54,27,098.63; 18 % = 27,76,877.7534 -> .75.
    # 1,180.00 holds 5 % of IGST: 1,180 x 5 / 105 = 56.1905 -> 56.19.
    # 100.00 at 40 % and 36 % of cess: 40.00 and 36.00.
    (
        InvoiceItem(
            "वफादारी कार्यक्रम का वार्षिक शुल्क, सभी शाखाओं के लिए (Loyalty programme, annual fee for all branches)",
            "998314", 1_234_567_89, 1800, quantity=12_500, unit="NOS", discount=500_000,
        ),
        InvoiceItem("சந்தா கட்டணம் நவம்பர் மாதம்", "998314", 118_000, 500, inclusive=True),
        InvoiceItem("Pan masala ₹", "210690", 10_000, 4000, cess_rate=3600),
    ),
    ((15_427_098_63, 0, 0, 2_776_877_75), (112_381, 0, 0, 5_619), (10_000, 0, 0, 4_000)),
    18_205_332_38,
    (),
)  # fmt: skip
"""Long names in three scripts, a light colour, large amounts, prices with tax and without, cess, and an e-invoice."""


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_line_is_what_it_comes_to_by_hand(name: str) -> None:
    situation = SITUATIONS[name]
    document = drawn(situation)
    assert [(line.taxable, line.cgst, line.sgst, line.igst) for line in document.lines] == list(situation.lines)
    assert (document.totals.payable, document.totals.round_off) == (situation.payable, situation.round_off)
    if not situation.note:
        assert invoice_kind(situation.supplier, situation.items, document.supply) == situation.kind
    faults = document_faults(
        situation.kind, situation.supplier, situation.recipient, situation.items, document.supply, DAY
    )
    assert not faults


def registered(document: Document) -> Document:
    token = ".".join(base64.urlsafe_b64encode(bytes(range(40)) * size).decode() for size in (2, 9, 6))
    irn = hashlib.sha256(b"29AAGCB7383J1Z42026-27INVINV/2627/000002").hexdigest()
    return replace(document, irn=irn, acknowledgement="112610000000042 of 2026-11-28 12:03 IST", signed_qr=token)


def test_long_names_large_amounts_and_an_irn_are_printed_whole(tmp_path: Path) -> None:
    document = registered(drawn(LONG))
    assert [(line.taxable, line.cgst, line.sgst, line.igst) for line in document.lines] == list(LONG.lines)
    assert (document.totals.cess, document.totals.payable) == (3_600, LONG.payable)
    content = render_pdf(document)
    (tmp_path / "long_names.pdf").write_bytes(content)
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())
    for said in (
        document.irn or "",
        "112610000000042 of 2026-11-28 12:03 IST",
        "Signed by the IRP",
        "1,54,27,098.63",
        "27,76,877.75",
        "1,82,05,332.38",
        "1,180.00*",
        "* This price includes tax.",
        "One crore eighty-two lakh five thousand three hundred and thirty-two rupees and thirty-eight paise only",
        "(Sharma Trading",
        "for all branches)",
    ):
        assert said in text, said


@pytest.mark.parametrize("colour", ["#ffffff", "#ffd94d", "#000000", "#7a1f3d"])
def test_a_colour_of_the_suppliers_choice_leaves_everything_readable(colour: str) -> None:
    from batua.billing.pdf_page import InvoicePage, contrast

    page = InvoicePage(replace(drawn(LONG), supplier=replace(SELLER, colour=colour)))
    assert contrast(page.on_colour, page.colour) >= 4.5
    assert contrast(page.dark_colour, (255, 255, 255)) >= 4.5


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_document_prints_what_the_law_requires(name: str, tmp_path: Path) -> None:
    situation = SITUATIONS[name]
    content = render_pdf(drawn(situation))
    (tmp_path / f"{name}.pdf").write_bytes(content)  # kept by pytest for a look at it
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    for said in (situation.supplier.gstin or "", "998314", "28 Nov 2026", *situation.says):
        assert said in text, said
