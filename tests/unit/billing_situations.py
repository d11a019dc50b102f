"""The situations of invoices, as the product draws them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from batua.billing.document import Document, Preceding, draw_up
from batua.billing.lines import InvoiceItem
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


def drawn(situation: Situation) -> Document:
    supply = decide_supply(situation.supplier, situation.recipient, reverse_charge=situation.reverse)
    lines, totals = draw_up(situation.items, supply, round_off=situation.rounds)
    preceding = Preceding("INV/2627/000001", 2026_11_01, "Goods returned") if situation.note else None
    number = "CRN/2627/000001" if situation.note else "INV/2627/000002"
    return Document(
        situation.kind, number, DAY, situation.supplier, situation.recipient, supply, lines, totals,
        due=None if situation.note else 2026_12_28, preceding=(preceding,) if preceding else (),
    )  # fmt: skip
