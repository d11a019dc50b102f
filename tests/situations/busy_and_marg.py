"""Situations of Busy's exported lists and of Marg ERP's bills."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from batua.integrations.mappings import FieldMapping, column_expressions
from batua.integrations.tables import read_exported_list
from tests.fakes.shops import ShopWebhook

from . import Situation

if TYPE_CHECKING:
    from tests.fakes.settling import World

BUSY: Final = (
    "[bookkeeperapp.zendesk.com, columns for exporting sales in Busy]"
    "(https://bookkeeperapp.zendesk.com/hc/en-us/articles/360008241993)"
)
MARG: Final = "[margstudio.info, Corporate App Solution](http://www.margstudio.info/corporateappsolution.html)"
OWN_COLUMNS: Final = {"order": "Bill", "amount": "Total Invoice Value", "phone": "Buyer Mobile"}


def exported(*lines: str, columns: dict[str, str] | None = None) -> Callable[[World], Any]:
    """A list that was exported as text, with the shop's name and the period above it."""
    text = "\n".join(["Kaveri Stores", "List of Sales Vouchers from 01-04-2026 to 28-11-2026", "", *lines])

    def play(there: World) -> None:
        mapping = FieldMapping("busy", column_expressions(columns or {}) or None)
        there.deliver(
            there.connect("pos", mapping=mapping), ShopWebhook("sale", "list", read_exported_list(text.encode()))
        )

    return play


def bills(*rows: dict[str, Any]) -> Callable[[World], Any]:
    """What Marg's API answers once it is decrypted: bills, and the parties that they name."""
    party = {"CID": "C17   ", "Name": "Asha", "Phone1": "", "Phone2": "98765 43210"}
    content = {"Details": {"Party": [party], "MDis": [{"CID": "C17   ", **row} for row in rows]}}
    return lambda there: there.deliver(
        there.connect("pos", mapping=FieldMapping("marg")), ShopWebhook("sale", "feed", content)
    )


HEADINGS: Final = "Date,Vch/Bill No,Particulars,Mobile No.,Amount"

BUSY_AND_MARG: Final = [
    Situation(
        "Busy: a list of two sales with its total",
        BUSY,
        "Each row is a sale, and the total is none.",
        60,
        exported(
            HEADINGS,
            '28-11-2026,S/17,Cash,98765 43210,"1,000.00"',
            "28-11-2026,S/18,Cash,98765 43210,200.00",
            'Total,,,,"1,200.00"',
        ),
    ),
    Situation(
        "Busy: columns with headings of the shop's own",
        BUSY,
        "A connection says which of its columns are which.",
        50,
        exported("Date;Bill;Buyer Mobile;Total Invoice Value", "28-11-2026;17;9876543210;1000", columns=OWN_COLUMNS),
    ),
    Situation(
        "Busy: a row without a bill number among others",
        BUSY,
        "It says so by itself; the others earn.",
        50,
        exported(HEADINGS, "28-11-2026,S/17,Cash,9876543210,1000", "28-11-2026,,Cash,9876543210,500"),
    ),
    Situation(
        "Busy: a row of a sales return",
        BUSY,
        "Takes back, and never earns.",
        0,
        exported(HEADINGS + ",Vch Type", "28-11-2026,SR/1,Cash,9876543210,400,Sales Return"),
    ),
    Situation(
        "Marg: a sale of a party with a phone number",
        MARG,
        "The party's number is the customer's.",
        50,
        bills({"Voucher": "9001", "VCN": "A000017  ", "Type": "S", "Date": "2026-11-28", "Final": "1000.00"}),
    ),
    Situation(
        "Marg: a purchase beside a sale",
        MARG,
        "What the shop itself buys does not count.",
        5,
        bills(
            {"Voucher": "9001", "VCN": "A000017", "Type": "S", "Date": "2026-11-28", "Final": "100.00"},
            {"Voucher": "9002", "VCN": "P000003", "Type": "P", "Date": "2026-11-28", "Final": "9000.00"},
        ),
    ),
    Situation(
        "Marg: a sale return, which names no sale",
        MARG,
        "Takes back, and never earns.",
        0,
        bills({"Voucher": "9003", "VCN": "R000001", "Type": "R", "Date": "2026-11-28", "Final": "400.00"}),
    ),
]
