"""Ten situations, each line and total against a calculation by hand, and what their documents print."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from batua.billing.document import Document, Preceding, document_faults, draw_up, invoice_kind
from batua.billing.lines import InvoiceItem
from batua.billing.pdf import render_pdf
from batua.billing.series import InvoiceKind
from batua.billing.supply import Party, decide_supply

DAY = 2026_11_28
SELLER = Party(
    "Sharma Trading Company Private Limited",
    "regular",
    "29AAGCB7383J1Z4",
    trade_name="शर्मा ट्रेडिंग",
    address=("12 MG Road",),
    city="Bengaluru",
    pin_code="560001",
    bank=(("Bank", "HDFC Bank"), ("Account", "50200012345678"), ("IFSC", "HDFC0000123")),
    upi="sharma@hdfcbank",
    colour="#7a1f3d",
)
BENGALURU = Party("Anand Foods", "regular", "29AAACH7409R1ZX", address=("4 Brigade Road",), city="Bengaluru")
CHENNAI = Party("தமிழ் நாடு வணிகம்", "regular", "33AAACH7409R1Z8", address=("1 Anna Salai",), city="Chennai")
RAVI = Party("Ravi Kumar", address=("7 Park Street",), city="Kolkata", state="19")
ZONE = replace(CHENNAI, legal_name="Madras Export Zone Unit 4", registration="sez")
LONDON = Party("Thames Rewards Ltd", "overseas", address=("1 Strand",), city="London", country="GB")


@dataclass(frozen=True)
class Situation:
    """`lines`: taxable value, CGST, SGST, IGST of each in paise, by hand. `payable`: after rounding."""

    kind: InvoiceKind
    supplier: Party
    recipient: Party
    items: tuple[InvoiceItem, ...]
    lines: tuple[tuple[int, int, int, int], ...]
    payable: int
    says: tuple[str, ...]
    round_off: int = 0
    rounds: bool = False
    reverse: bool = False
    note: bool = False


def item(price: int, rate: int = 1800, **more: int | str | bool) -> InvoiceItem:
    return InvoiceItem("Loyalty programme", "998314", price, rate, **more)  # type: ignore[arg-type]


SITUATIONS = {
    # 9 % of 1,000.00 = 90.00; 3 x 250.50 = 751.50, less 1.50 = 750.00; 2.5 % = 18.75.
    "in_state": Situation(
        "tax_invoice", SELLER, BENGALURU, (item(100_000), item(25_050, 500, quantity=3000, discount=150)),
        ((100_000, 9_000, 9_000, 0), (75_000, 1_875, 1_875, 0)), 196_750,
        ("Tax Invoice", "Karnataka (29)", "CGST", "SGST", "1,967.50"),
    ),
    # 18 % of 333.33 = 59.9994 -> 60.00.
    "between_states": Situation(
        "tax_invoice", SELLER, CHENNAI, (item(33_333),), ((33_333, 0, 0, 6_000),), 39_333,
        ("Tax Invoice", "Tamil Nadu (33)", "IGST", "393.33"),
    ),
    # Inclusive: 1,180.00 holds 180.00 of IGST for a consumer in another state.
    "consumer": Situation(
        "tax_invoice", SELLER, RAVI, (item(118_000, inclusive=True),), ((100_000, 0, 0, 18_000),), 118_000,
        ("West Bengal (19)", "Not registered under GST", "1,180.00"),
    ),
    "sez": Situation(
        "tax_invoice", SELLER, ZONE, (item(500_000),), ((500_000, 0, 0, 0),), 500_000,
        ("Supply to SEZ unit or SEZ developer for authorised operations under bond", "5,000.00"),
    ),
    "export": Situation(
        "tax_invoice", SELLER, LONDON, (item(1_234_567),), ((1_234_567, 0, 0, 0),), 1_234_567,
        ("Outside India", "Country of destination", "Supply meant for export under bond or letter", "12,345.67"),
    ),
    # The tax is shown, and the recipient owes the value alone.
    "reverse_charge": Situation(
        "tax_invoice", SELLER, BENGALURU, (item(200_000, 500),), ((200_000, 5_000, 5_000, 0),), 200_000,
        ("Less tax payable by the recipient", "reverse charge", "Two thousand rupees only"), reverse=True,
    ),
    "composition": Situation(
        "bill_of_supply", replace(SELLER, registration="composition"), BENGALURU, (item(99_900, 0),),
        ((99_900, 0, 0, 0),), 99_900,
        ("Bill of Supply", "Composition taxable person, not eligible to collect tax on supplies"),
    ),
    # 9 % of 111.11 = 9.9999 -> 10.00.
    "credit_note": Situation(
        "credit_note", SELLER, BENGALURU, (item(11_111),), ((11_111, 1_000, 1_000, 0),), 13_111,
        ("Credit Note", "Against invoice", "INV/2627/000001", "Goods returned"), note=True,
    ),
    # 9 % of 99.99 = 8.9991 -> 9.00; 117.99 is rounded up by 0.01. 2.5 % of 10.30 = 0.2575 -> 0.26; 10.82 goes with it.
    "rounding": Situation(
        "tax_invoice", SELLER, BENGALURU, (item(9_999), item(1_030, 500)),
        ((9_999, 900, 900, 0), (1_030, 26, 26, 0)), 12_900,
        ("Round off", "0.19", "129.00"), round_off=19, rounds=True,
    ),
    # 200 x (10.00 + 2 x 0.90) = 2,360.00.
    "two_hundred_lines": Situation(
        "tax_invoice", SELLER, BENGALURU, (item(1_000),) * 200, ((1_000, 90, 90, 0),) * 200, 236_000,
        ("Carried forward", "Brought forward", "2,360.00"),
    ),
}  # fmt: skip


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


def drawn(situation: Situation) -> Document:
    supply = decide_supply(situation.supplier, situation.recipient, reverse_charge=situation.reverse)
    lines, totals = draw_up(situation.items, supply, round_off=situation.rounds)
    preceding = Preceding("INV/2627/000001", 2026_11_01, "Goods returned") if situation.note else None
    number = "CRN/2627/000001" if situation.note else "INV/2627/000002"
    return Document(
        situation.kind, number, DAY, situation.supplier, situation.recipient, supply, lines, totals,
        due=None if situation.note else 2026_12_28, preceding=(preceding,) if preceding else (),
    )  # fmt: skip


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
def test_each_document_prints_what_the_invariant_asks_for(name: str, tmp_path: Path) -> None:
    situation = SITUATIONS[name]
    content = render_pdf(drawn(situation))
    (tmp_path / f"{name}.pdf").write_bytes(content)  # kept by pytest for a look at it
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    for said in (situation.supplier.gstin or "", "998314", "28 Nov 2026", *situation.says):
        assert said in text, said
