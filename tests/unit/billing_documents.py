"""Documents of every kind, to buyers of every kind."""

from __future__ import annotations

from collections.abc import Sequence

from batua.billing.document import Document, Preceding, draw_up, invoice_kind
from batua.billing.lines import InvoiceItem
from batua.billing.series import SERIES, InvoiceKind, document_number
from batua.billing.supply import Party, decide_supply

SELLER = Party(
    "Batua Labs LLP",
    "regular",
    "29AAGCB7383J1Z4",
    address=("1 MG Road", "Ashok Nagar"),
    city="Bengaluru",
    pin_code="560001",
    turnover=6_00_00_000_00,
)
BUYERS = (
    Party(
        "Udupi Foods", "regular", "29AAICP2912R1ZR", address=("3 Brigade Road",), city="Bengaluru", pin_code="560025"
    ),
    Party("Shree Traders", "regular", "27AAPFU0939F1ZV", address=("2 Fort",), city="Mumbai", pin_code="400001"),
    Party("Chip Unit", "sez", "29AAICP2912R1ZR", address=("Phase 2",), city="Mysuru", pin_code="570016"),
    Party("Acme Inc", "overseas", address=("1 Main St",), city="Austin", country="US"),
    Party("Asha"),
    Party("Ravi", address=("4 Mount Road",), city="Chennai", state="33", pin_code="600002"),
)
THING = [InvoiceItem("Thing", "998313", 100_00, 1800)]


def document(
    kind: InvoiceKind | None, number: int, recipient: Party, items: Sequence[InvoiceItem], **more: object
) -> Document:
    supply = decide_supply(SELLER, recipient, with_payment=bool(number % 2), reverse_charge=bool(more.get("reverse")))
    lines, totals = draw_up(items, supply, round_off=bool(more.get("round_off")))
    kind = kind or invoice_kind(SELLER, items, supply)
    preceding = Preceding("INV/2627/000001", 2026_10_01, "Returned") if kind.endswith("note") else None
    name = document_number(SERIES[kind], 2026, number)
    return Document(
        kind, name, 2026_11_05, SELLER, recipient, supply, lines, totals, preceding=(preceding,) if preceding else ()
    )
