"""Situations of billing systems: TallyPrime, Vyapar and others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from batua.integrations.mappings import FieldMapping
from tests.fakes.shops import ShopWebhook

from . import Situation
from .busy_and_marg import BUSY_AND_MARG

if TYPE_CHECKING:
    from tests.fakes.settling import World

TALLY_TYPES: Final = "help.tallysolutions.com, Voucher Types"
ZOHO: Final = "zoho.com/books/api/v3/invoices"
TALLY_FOREIGN: Final = "Accounting-Companion/TallyConnector#45"
VYAPAR: Final = "vyaparapp.in, Sale report and All transactions report"
CREDIT_NOTES: Final = "help.tallysolutions.com, Sales returns"
PHONE: Final = "98765 43210"
GUIDS: Final = [f"6d1b0f0e-0000-4000-8000-00000000000{number}-0000001{number}" for number in range(4)]


def rows(*records: dict[str, Any], base: str = "generic", twice: bool = False) -> Callable[[World], Any]:
    """Documents of one record each, in this order."""

    def play(there: World) -> None:
        connection = there.connect("pos", mapping=FieldMapping(base))
        for _ in range(2 if twice else 1):
            for number, each in enumerate(records):
                there.deliver(
                    connection, ShopWebhook("sale", f"d{number}", {"phone": PHONE, "Party Phone No.": PHONE, **each})
                )

    return play


def together(*records: Any, base: str = "generic") -> Callable[[World], Any]:
    """One document with all records."""
    return lambda there: there.deliver(
        there.connect("pos", mapping=FieldMapping(base)), ShopWebhook("sale", "d", {"records": list(records)})
    )


def vouchers(*parts: dict[str, Any], types: dict[str, str] | None = None) -> Callable[[World], Any]:
    """A Tally export as it is once its XML is read."""

    def play(there: World) -> None:
        messages: list[dict[str, Any]] = [
            {"VOUCHERTYPE": {"@NAME": name, "PARENT": parent}} for name, parent in (types or {}).items()
        ]
        messages += [{"VOUCHER": {"PARTYMOBILE": PHONE, **each}} for each in parts]
        content = {"ENVELOPE": {"BODY": {"IMPORTDATA": {"REQUESTDATA": {"TALLYMESSAGE": messages}}}}}
        there.deliver(there.connect("pos", mapping=FieldMapping("tally")), ShopWebhook("sale", "t", content))

    return play


def voucher(kind: str, amount: Any = "-1000.00", guid: str = "g-1", **more: Any) -> dict[str, Any]:
    own = {"GUID": guid, "VOUCHERNUMBER": guid, "VOUCHERTYPENAME": kind, "ALTERID": "7", "AMOUNT": amount}
    return {**own, **more}


def numbered(number: str, *, guid: str = GUIDS[0], kind: str = "Sales", **more: Any) -> dict[str, Any]:
    """A sale with what Tally writes of each."""
    return voucher(kind, guid=guid, **{"VOUCHERNUMBER": number, "DATE": "20261128", "PARTYLEDGERNAME": "Asha", **more})


def credit_note(amount: str, *, kind: str = "Credit Note", guid: str = GUIDS[2], **more: Any) -> dict[str, Any]:
    """Tally's credit note: its reference is the original invoice's number."""
    own = {"VOUCHERNUMBER": "CN-1", "DATE": "20261129", "PARTYLEDGERNAME": "Asha"}
    return voucher(kind, amount, guid, **{**own, **more})


def _tally_kind(kind: str, coins: int, why: str, **types: str) -> Situation:
    parent = f", made from {types[kind]}" if kind in types else ""
    return Situation(
        f"Tally: a voucher of type {kind}{parent}", TALLY_TYPES, why, coins, vouchers(voucher(kind), types=types)
    )


def _entries(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"AMOUNT": "", "ALLLEDGERENTRIES.LIST": list(parts)}


def zoho(id: str, status: str, modified: str) -> dict[str, Any]:
    """An invoice of 1,000, with the fields of Zoho Books' API that count."""
    return {
        "invoice_id": id,
        "invoice_number": "INV-000021",
        "date": "2026-11-28",
        "status": status,
        "total": 1000.0,
        "currency_code": "INR",
        "last_modified_time": modified,
        "contact_persons_details": [{"mobile": PHONE, "phone": "", "email": "asha@example.com"}],
    }


def zoho_credit_note(status: str, **more: Any) -> dict[str, Any]:
    return {
        "creditnote_id": "902",
        "creditnote_number": "CN-00004",
        "status": status,
        "total": 400.0,
        "currency_code": "INR",
        "last_modified_time": "2026-11-28T12:00:00+0530",
        **more,
    }


OF_460: Final = {"invoices_credited": [{"invoice_id": "460"}]}

SITUATIONS: Final[list[Situation]] = [
    _tally_kind("Sales", 50, "A sale."),
    _tally_kind("GST SALES", 50, "A sale, however it is written."),
    _tally_kind("Bill of Supply", 50, "A sale without tax."),
    _tally_kind("Cash Memo", 50, "A sale."),
    _tally_kind("Sales Order", 0, "Ordered, not sold."),
    _tally_kind("Sales Return", 0, "Takes back, and never earns."),
    _tally_kind("Quotation", 0, "Offered, not sold."),
    _tally_kind("Proforma Invoice", 0, "Offered, not sold."),
    _tally_kind("Purchase Invoice", 0, "What the shop itself buys."),
    _tally_kind("Delivery Note", 0, "Delivered; the invoice earns."),
    _tally_kind("Debit Note", 0, "What the shop returns to its supplier."),
    _tally_kind("Receipt", 0, "Payment of a sale that earned already."),
    _tally_kind("Kaveri Counter 2", 50, "The parent says that it is a sale.", **{"Kaveri Counter 2": "Sales"}),
    _tally_kind("Retail Bill", 0, "The parent counts, not the name.", **{"Retail Bill": "Sales Order"}),
    _tally_kind("Kaveri", 0, "Nothing says that it is a sale."),
    Situation(
        "Tally: a credit note that names its sale",
        TALLY_TYPES,
        "400 of 1,000 come back.",
        30,
        vouchers(voucher("Sales"), voucher("Credit Note", "400.00", "c-1", REFUNDOF="g-1")),
    ),
    Situation(
        "Tally: a credit note with the number and date of its sale, in the next financial year",
        CREDIT_NOTES,
        "Tally's own tags for the original invoice: 400 of 1,000 come back. The sale 17 of this year keeps its coins.",
        30 + 50,
        vouchers(
            numbered("17", guid=GUIDS[0], DATE="20260328"),
            numbered("17", guid=GUIDS[1], DATE="20260402"),
            credit_note("400.00", REFERENCE="17", REFERENCEDATE="20260328"),
        ),
    ),
    Situation(
        "Tally: a credit note before its sale",
        CREDIT_NOTES,
        "Kept, and taken off once the sale comes.",
        30,
        vouchers(credit_note("400.00", REFERENCE="17"), numbered("17")),
    ),
    Situation(
        "Tally: a credit note that settles the bill of its sale",
        CREDIT_NOTES,
        "Agst Ref names the bill.",
        30,
        vouchers(
            numbered("17"),
            credit_note(
                "",
                **{
                    "ALLLEDGERENTRIES.LIST": {
                        "LEDGERNAME": "Asha",
                        "ISPARTYLEDGER": "Yes",
                        "AMOUNT": "400.00",
                        "BILLALLOCATIONS.LIST": {"NAME": "17", "BILLTYPE": "Agst Ref", "AMOUNT": "400.00"},
                    }
                },
            ),
        ),
    ),
    Situation(
        "Tally: a credit note that is cancelled",
        CREDIT_NOTES,
        "Nothing is given back after all.",
        50,
        vouchers(
            numbered("17"),
            credit_note("400.00", REFERENCE="17"),
            credit_note("", REFERENCE="17", ALTERID="8", ISCANCELLED="Yes"),
        ),
    ),
    Situation(
        "Tally: an optional credit note",
        CREDIT_NOTES,
        "Not in the books yet.",
        50,
        vouchers(numbered("17"), credit_note("400.00", REFERENCE="17", ISOPTIONAL="Yes")),
    ),
    Situation(
        "Tally: a credit note with a number that two sales of its party have",
        CREDIT_NOTES,
        "Which of them is a guess, so neither loses coins.",
        100,
        vouchers(
            numbered("17"),
            numbered("17", guid=GUIDS[1], kind="Cash Memo"),
            credit_note("400.00", REFERENCE="17"),
        ),
    ),
    Situation(
        "Tally: a credit note of another party with the same number",
        CREDIT_NOTES,
        "Another's sale.",
        50,
        vouchers(numbered("17"), credit_note("400.00", REFERENCE="17", PARTYLEDGERNAME="Ravi")),
    ),
    Situation(
        "Tally: Rejections In, then the credit note",
        "tallyprimebook.com, Rejection In voucher",
        "Goods that come back move stock alone; the credit note takes the coins back, once.",
        30,
        vouchers(
            numbered("17"),
            credit_note("400.00", kind="Rejections In", guid=GUIDS[3], REFERENCE="17"),
            credit_note("400.00", REFERENCE="17"),
        ),
    ),
    Situation(
        "Tally: one voucher in dollars among others",
        TALLY_FOREIGN,
        "-$ 100.00 @ 82.6 are 8,260 rupees; the other voucher earns as well.",
        413 + 50,
        vouchers(voucher("Sales", "-$ 100.00 @ 82.6"), voucher("Sales", guid="g-2")),
    ),
    Situation(
        "Tally: a foreign amount with its value in rupees",
        "Accounting-Companion/TallyConnector#44",
        "The value after the equals sign counts.",
        413,
        vouchers(voucher("Sales", "-$ 100.00 @ ₹ 82.60/$ = -₹ 8260.00")),
    ),
    Situation(
        "Tally: a voucher whose amount can't be read, among others",
        TALLY_FOREIGN,
        "It says so by itself; the others earn.",
        50,
        vouchers(voucher("Sales", "a thousand"), voucher("Sales", guid="g-2")),
    ),
    Situation(
        "Tally: without ALTERID",
        TALLY_FOREIGN,
        "The last to arrive counts.",
        50,
        vouchers(voucher("Sales", ALTERID={"@nil": "true"})),
    ),
    Situation(
        "Tally: attributes on AMOUNT and ALTERID",
        "Accounting-Companion/TallyConnector#47",
        "The content counts.",
        50,
        vouchers(voucher("Sales", {"@TYPE": "Amount", "#text": "-1000.00"}, ALTERID={"@TYPE": "Number", "#text": "7"})),
    ),
    Situation(
        "Tally: entries without ISPARTYLEDGER",
        TALLY_FOREIGN,
        "The party is the ledger that the voucher names.",
        50,
        vouchers(
            voucher(
                "Sales",
                PARTYLEDGERNAME="Asha",
                **_entries(
                    {"LEDGERNAME": "Cotton goods", "AMOUNT": "850.00"},
                    {"LEDGERNAME": "Asha", "AMOUNT": "-1000.00"},
                    {"LEDGERNAME": "GST", "AMOUNT": "150.00"},
                ),
            )
        ),
    ),
    Situation(
        "Tally: a cancelled voucher with an empty amount",
        TALLY_FOREIGN,
        "Gives back what it earned; the other voucher earns.",
        50,
        vouchers(
            voucher("Sales"),
            voucher("Sales", "", ALTERID="8", ISCANCELLED="Yes"),
            voucher("Sales", guid="g-2"),
        ),
    ),
    Situation(
        "Tally: an optional voucher", TALLY_TYPES, "Not a sale yet.", 0, vouchers(voucher("Sales", ISOPTIONAL="Yes"))
    ),
    Situation(
        "A row with an amount of -500",
        "vyaparapp.in, Sale return",
        "A return, never a sale: it gave 25 coins.",
        0,
        rows({"id": "R-1", "amount": "-500"}),
    ),
    Situation(
        "A sale of 1,000 and a row of -400 under its number",
        "vyaparapp.in, Sale return",
        "Takes back the coins of 400.",
        30,
        rows({"id": "B-1", "amount": "1000"}, {"id": "B-1", "amount": "-400"}),
    ),
    Situation(
        "The same return sent twice",
        "vyaparapp.in, Sale return",
        "Counts once.",
        30,
        rows({"id": "B-1", "amount": "1000"}, {"id": "B-1", "amount": "-400"}, twice=True),
    ),
    Situation(
        "A return that names its sale, written as a positive amount",
        "frappe/erpnext#3582",
        "Takes back the coins of 400.",
        30,
        rows({"id": "B-1", "amount": "1000"}, {"id": "C-1", "amount": "400", "refund_of": "B-1"}),
    ),
    *(
        Situation(
            f"Vyapar: a row whose Transaction Type is {kind}",
            VYAPAR,
            why,
            coins,
            rows({"Invoice No": "17", "Transaction Type": kind, "Total Amount": "1000"}, base="vyapar"),
        )
        for kind, coins, why in (
            ("Sale", 50, "A sale."),
            ("POS Sale", 50, "A sale."),
            ("Sale Order", 0, "Ordered, not sold."),
            ("Estimate", 0, "Offered, not sold."),
            ("Delivery Challan", 0, "Delivered; the invoice earns."),
            ("Credit Note", 0, "Takes back, and never earns."),
            ("Purchase", 0, "What the shop itself buys."),
            ("Payment-In", 0, "Payment of a sale that earned already."),
        )
    ),
    Situation(
        "Vyapar: a sale that was cancelled",
        VYAPAR,
        "Gives its coins back: the type of its row says so.",
        0,
        rows(
            {"Date": "28/11/2026", "Invoice No": "17", "Transaction Type": "Sale", "Total Amount": "1000.00"},
            {"Date": "28/11/2026", "Invoice No": "17", "Transaction Type": "Sale [Cancelled]", "Total Amount": "1000"},
            base="vyapar",
        ),
    ),
    Situation(
        "Vyapar: a purchase numbered like a sale",
        VYAPAR,
        "Leaves the sale's coins alone.",
        50,
        rows(
            {"Invoice No": "17", "Transaction Type": "Sale", "Total Amount": "1000"},
            {"Invoice No": "17", "Transaction Type": "Purchase", "Total Amount": "200"},
            base="vyapar",
        ),
    ),
    Situation(
        "A document with a row that can't be read",
        "docs.zoho.com, Zoho Books, Export invoices",
        "The other rows earn.",
        10,
        together(
            {"id": "B-1", "amount": "100", "phone": PHONE},
            {"id": "B-2", "amount": "lots", "phone": PHONE},
            {"id": "B-3", "amount": "100", "phone": PHONE},
        ),
    ),
    Situation(
        "Bill 17 of March and bill 17 of April",
        "cbic-gst.gov.in, CGST rules, rule 46(b)",
        "Numbers begin again each April: two bills.",
        100,
        rows(
            {"bill_no": "17", "amount": "1000", "date": "31/03/2026"},
            {"bill_no": "17", "amount": "1000", "date": "01-Apr-26"},
        ),
    ),
    *(
        Situation(
            f"A bill dated {day}, sent again as 2026-11-28",
            source,
            "The same day, so the same bill.",
            50,
            rows(
                {"bill_no": "17", "amount": "1000", "date": day},
                {"bill_no": "17", "amount": "1000", "date": "2026-11-28"},
            ),
        )
        for day, source in (
            ("28/11/2026", "vyaparapp.in, Sale report and All transactions report"),
            ("28-Nov-26", TALLY_TYPES),
            ("28-11-2026 10:30 AM", VYAPAR),
            (46354, "support.microsoft.com, Date systems in Excel"),
            ("20261128", TALLY_TYPES),
        )
    ),
    Situation(
        "A bill with a date that can't be read, among others",
        VYAPAR,
        "It says so by itself; the other earns.",
        5,
        together(
            {"id": "B-1", "amount": "100", "phone": PHONE, "date": "someday"},
            {"id": "B-2", "amount": "100", "phone": PHONE, "date": "28/11/2026"},
        ),
    ),
    Situation(
        "ERPNext: a sales invoice and its return",
        "frappe/erpnext#3582",
        "400 of 1,000 come back; ERPNext writes a return's total below zero.",
        30,
        rows(
            {"name": "SINV-26-1", "docstatus": 1, "status": "Paid", "base_grand_total": 1000, "contact_mobile": PHONE},
            {
                "name": "SINV-26-2",
                "docstatus": 1,
                "status": "Return",
                "is_return": 1,
                "return_against": "SINV-26-1",
                "base_grand_total": -400,
            },
            base="erpnext",
        ),
    ),
    *BUSY_AND_MARG,
    Situation(
        "ERPNext: a sales order",
        "docs.frappe.io, ERPNext, Sales integration",
        "Ordered, not sold.",
        0,
        rows(
            {
                "doctype": "Sales Order",
                "name": "SO-1",
                "docstatus": 1,
                "base_grand_total": 1000,
                "contact_mobile": PHONE,
            },
            base="erpnext",
        ),
    ),
    Situation(
        "Zoho Books: an invoice that was sent, then paid",
        ZOHO,
        "Earns when it is paid.",
        50,
        rows(
            {"invoice": zoho("901", "sent", "2026-11-28T10:00:00+0530")},
            {"invoice": zoho("901", "paid", "2026-11-28T11:00:00+0530")},
            base="zoho_books",
        ),
    ),
    Situation(
        "Zoho Books: an invoice that is not paid yet",
        ZOHO,
        "Nothing is paid.",
        0,
        rows({"invoice": zoho("901", "overdue", "2026-11-28T10:00:00+0530")}, base="zoho_books"),
    ),
    Situation(
        "Zoho Books: a credit note of 400 for an invoice of 1,000",
        "zoho.com/books/api/v3/credit-notes",
        "Takes back the coins of 400.",
        30,
        rows(
            {"invoice": zoho("901", "paid", "2026-11-28T10:00:00+0530")},
            {"creditnote": zoho_credit_note("closed", invoices_credited=[{"invoice_id": "901"}])},
            base="zoho_books",
        ),
    ),
    Situation(
        "Zoho Books: a credit note that was made void",
        "zoho.com/books/api/v3/credit-notes",
        "Nothing is given back after all.",
        50,
        rows(
            zoho("460", "paid", "2026-11-28T11:30:00+0530"),
            zoho_credit_note("void", last_modified_time="2026-11-28T13:00:00+0530", **OF_460),
            zoho_credit_note("open", **OF_460),
            base="zoho_books",
        ),
    ),
    Situation(
        "Zoho Books: a draft of a credit note",
        "zoho.com/books/api/v3/credit-notes",
        "Nothing is given back yet.",
        50,
        rows(
            {"invoice": zoho("901", "paid", "2026-11-28T10:00:00+0530")},
            {"creditnote": zoho_credit_note("draft", invoices_credited=[{"invoice_id": "901"}])},
            base="zoho_books",
        ),
    ),
    Situation(
        "Zoho Books: an invoice that was made void",
        ZOHO,
        "Gives its coins back.",
        0,
        rows(
            {"invoice": zoho("901", "paid", "2026-11-28T10:00:00+0530")},
            {"invoice": zoho("901", "void", "2026-11-28T11:00:00+0530")},
            base="zoho_books",
        ),
    ),
    Situation(
        "ERPNext: an invoice that was cancelled",
        "docs.frappe.io, ERPNext, Sales integration",
        "Gives its coins back.",
        0,
        rows(
            {"name": "SINV-26-1", "docstatus": 1, "status": "Paid", "base_grand_total": 1000, "contact_mobile": PHONE},
            {"name": "SINV-26-1", "docstatus": 2, "status": "Cancelled", "base_grand_total": 1000},
            base="erpnext",
        ),
    ),
]
