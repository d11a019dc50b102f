"""E-invoices and GSTR-1: against the shapes that the portals publish, and against each other to the paisa."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from batua.billing import gst, gstr1, payments
from batua.billing.einvoice import EInvoiceError, einvoice_content
from batua.billing.lines import InvoiceItem
from batua.billing.payment_accounts import key_mode_fault
from batua.billing.series import InvoiceKind
from batua.billing.supply import Party
from batua.settings import RAZORPAY_URL
from tests.unit.billing_documents import BUYERS, THING, document


def test_an_e_invoice_has_the_values_of_its_document() -> None:
    items = [
        InvoiceItem("Loyalty fee", "998313", 1000_00, 1800),
        InvoiceItem("Soap", "340111", 99_99, 500, 2500, "KGS", 10_00),
    ]
    content = einvoice_content(document("tax_invoice", 1, BUYERS[1], items, round_off=True))
    assert content["DocDtls"] == {"Typ": "INV", "No": "INV/2627/000001", "Dt": "05/11/2026"}
    assert content["BuyerDtls"]["Pos"] == content["BuyerDtls"]["Stcd"] == "27"
    # 1,000.00 + 239.98, IGST 180.00 + 12.00: 1,431.98, rounded to 1,432.
    values = {name: str(content["ValDtls"][name]) for name in ("AssVal", "IgstVal", "RndOffAmt", "TotInvVal")}
    assert values == {"AssVal": "1239.98", "IgstVal": "192.00", "RndOffAmt": "0.02", "TotInvVal": "1432.00"}
    assert [item["IsServc"] for item in content["ItemList"]] == ["Y", "N"]
    assert str(content["ItemList"][1]["Qty"]) == "2.5"


def test_a_credit_note_names_its_invoice_and_has_positive_amounts() -> None:
    content = einvoice_content(document("credit_note", 1, BUYERS[0], [InvoiceItem("Fee", "998313", 100_00, 1800)]))
    assert content["DocDtls"]["Typ"] == "CRN"
    assert content["RefDtls"]["PrecDocDtls"] == [{"InvNo": "INV/2627/000001", "InvDt": "01/10/2026"}]
    assert content["ValDtls"]["CgstVal"] == content["ValDtls"]["SgstVal"] == 9


def test_an_export_has_the_schemas_values_for_a_recipient_abroad() -> None:
    content = einvoice_content(document("tax_invoice", 2, BUYERS[3], [InvoiceItem("Fee", "998313", 100_00, 1800)]))
    buyer = content["BuyerDtls"]
    assert (buyer["Gstin"], buyer["Pos"], buyer["Pin"], content["TranDtls"]["SupTyp"]) == (
        "URP",
        "96",
        999999,
        "EXPWOP",
    )


def test_what_cannot_be_an_e_invoice_says_why() -> None:
    item = [InvoiceItem("Fee", "998313", 100_00, 1800)]
    with pytest.raises(EInvoiceError, match="consumer"):
        einvoice_content(document("tax_invoice", 1, BUYERS[4], item))
    with pytest.raises(EInvoiceError, match=r"BuyerDtls|Loc|Pin"):
        einvoice_content(document("tax_invoice", 1, Party("No City", "regular", "27AAPFU0939F1ZV"), item))


def test_a_months_return_adds_up_to_its_documents_to_the_paisa() -> None:
    chance = random.Random(2627)
    rates = sorted(gst.rates_on(2026_11_05))
    documents = []
    for number in range(1, 301):
        items = [
            InvoiceItem(
                "Thing",
                chance.choice(("998313", "340111")),
                chance.randrange(1, 3_00_000_00),
                chance.choice(rates),
                chance.randrange(1, 9999),
                "NOS",
                inclusive=chance.random() < 0.3,
            )
            for _ in range(chance.randrange(1, 5))
        ]  # fmt: skip
        kind: InvoiceKind | None = chance.choice((None, None, None, "credit_note", "debit_note"))
        documents.append(document(kind, number, chance.choice(BUYERS), items))
    sections = gstr1.gstr1(gstr1.ReturnPeriod("29AAGCB7383J1Z4", 2026_11), documents)
    assert sections["fp"] == "112026"
    assert {"b2b", "b2cl", "b2cs", "exp", "cdnr", "cdnur"} <= sections.keys()
    sums = gstr1.section_totals(sections)
    signed = [(-1 if each.kind == "credit_note" else 1, each.totals) for each in documents]
    wanted = {
        "txval": sum(sign * totals.taxable for sign, totals in signed),
        "camt": sum(sign * totals.cgst for sign, totals in signed),
        "samt": sum(sign * totals.sgst for sign, totals in signed),
        "iamt": sum(sign * totals.igst for sign, totals in signed),
        "csamt": 0,
    }
    assert {name: int(amount * 100) for name, amount in sums.items()} == wanted
    hsn = sections["hsn"]["hsn_b2b"] + sections["hsn"]["hsn_b2c"]
    assert int(sum(row["txval"] for row in hsn) * 100) == wanted["txval"]
    rows = list(csv.DictReader(io.StringIO(gstr1.gstr1_csv(documents))))
    assert int(sum(Decimal(row["taxable_value"]) for row in rows) * 100) == wanted["txval"]
    assert int(sum(Decimal(row["igst"]) for row in rows) * 100) == wanted["iamt"]
    issued = sum(docs["totnum"] for row in sections["doc_issue"]["doc_det"] for docs in row["docs"])
    assert issued == 300


def test_no_name_is_a_formula_in_the_returns_csv() -> None:
    for name, shown in {"=1+1": "'=1+1", "Asha;=1+1": "Asha;'=1+1", "+91 shop": "'+91 shop"}.items():
        buyer = replace(BUYERS[0], legal_name=name)
        (row,) = csv.DictReader(io.StringIO(gstr1.gstr1_csv([document("tax_invoice", 1, buyer, THING)])))
        assert row["recipient"] == shown


def test_codes_are_in_one_table_before_may_2025_and_in_two_from_then_on() -> None:
    found = [document(None, number, buyer, THING) for number, buyer in enumerate((BUYERS[0], BUYERS[4]), 1)]
    before = gstr1.gstr1(gstr1.ReturnPeriod("29AAGCB7383J1Z4", 2025_04), found)["hsn"]
    assert [row["txval"] for row in before["data"]] == [200]
    after = gstr1.gstr1(gstr1.ReturnPeriod("29AAGCB7383J1Z4", 2025_05), found)["hsn"]
    assert {name: [row["txval"] for row in rows] for name, rows in after.items()} == {
        "hsn_b2b": [100],
        "hsn_b2c": [100],
    }


def test_bills_of_supply_are_exempt_supplies_of_table_8() -> None:
    items = [InvoiceItem("Rice", "100630", 100_00, 0)]
    found = [document(None, number, buyer, items) for number, buyer in enumerate((*BUYERS[:2], *BUYERS[4:]), 1)]
    found.append(document("credit_note", 9, BUYERS[0], [InvoiceItem("Rice", "100630", 25_00, 0)]))
    sections = gstr1.gstr1(gstr1.ReturnPeriod("29AAGCB7383J1Z4", 2026_11), found)
    assert {row["sply_ty"]: row["expt_amt"] for row in sections["nil"]["inv"]} == {
        "INTRAB2B": 75,
        "INTRB2B": 100,
        "INTRAB2C": 100,
        "INTRB2C": 100,
    }
    assert not {"b2b", "b2cs", "cdnr"} & sections.keys()
    assert gstr1.section_totals(sections)["txval"] == 375


def test_a_small_note_on_a_large_invoice_to_a_consumer_is_listed_singly() -> None:
    note = document("credit_note", 1, BUYERS[5], THING)
    assert "b2cs" in gstr1.gstr1(gstr1.ReturnPeriod("29AAGCB7383J1Z4", 2026_11), [note])
    assert note.preceding
    large = replace(note, preceding=(replace(note.preceding[0], value=1_18_000_00),))
    (row,) = gstr1.gstr1(gstr1.ReturnPeriod("29AAGCB7383J1Z4", 2026_11), [large])["cdnur"]
    assert (row["nt_num"], row["typ"], row["val"]) == (note.number, "B2CL", 118)


def test_a_test_key_of_razorpay_takes_no_live_payments_nor_a_live_key_test_payments() -> None:
    assert "must be a live key" in str(key_mode_fault("razorpay", "rzp_test_1", "live", RAZORPAY_URL))
    assert "must be a test key" in str(key_mode_fault("razorpay", "rzp_live_1", "test", RAZORPAY_URL))
    assert key_mode_fault("razorpay", "rzp_live_1", "live", RAZORPAY_URL) is None
    assert "must be a live app id" in str(key_mode_fault("cashfree", "TEST1", "live", RAZORPAY_URL))
    assert key_mode_fault("cashfree", "TEST1", "test", RAZORPAY_URL) is None
    assert key_mode_fault("razorpay", "rzp_test_1", "live", "http://127.0.0.1:8000") is None


def test_a_upi_link_carries_payee_amount_and_reference_and_asks_for_no_address() -> None:
    link = payments.upi_link("batua.labs@okaxis", "Batua & Söhne", 1_234_05, "INV/2627/000001", "Invoice 1")
    said = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert link.startswith("upi://pay?pa=batua.labs@okaxis&")
    assert said["am"] == "1234.05"
    assert said["tr"] == "INV2627000001"
    # A name in an Indian script is cut, so that the code stays large enough to scan.
    long = payments.upi_link("batua.labs@okaxis", "शर्मा ट्रेडिंग एंड डिस्ट्रीब्यूशन कंपनी", 100, "1", "Invoice 1")
    assert len(long) < 220
    assert parse_qs(urlsplit(long).query)["pn"][0].startswith("शर्मा ट्रेडिं"[:10])
    assert said["pn"] == "Batua & Söhne"
    with pytest.raises(ValueError, match="UPI"):
        payments.upi_link("not an address", "x", 1, "r", "n")
