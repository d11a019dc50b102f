"""Notes, cancelling, sending, revenue, e-invoices and returns over HTTP.

create_credit_note, create_debit_note, void_invoice, write_off_invoice, send_invoice, report_revenue, read_einvoice,
export_gstr1.
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from batua import clock
from batua.billing.gstr1 import section_totals
from batua.billing.notes import MAX_NOTES
from local.host import LocalPlatform
from tests.api.billing_fixtures import (  # noqa: F401
    BUYER,
    INVOICES,
    created,
    fault,
    line,
    numbered,
    open_shop,
    profile_saved,
    seller,
    wanted,
)
from tests.api.billing_mails import raw_mails
from tests.api.conftest import Client
from tests.api.shops import Open
from tests.unit.einvoice_schema import misfits


def this_month() -> str:
    return clock.month_text(clock.local_month(clock.system(), "Asia/Kolkata"))


def note(seller: Client, invoice: dict[str, Any], kind: str = "credit", **body: Any) -> Any:
    return seller.post(f"{INVOICES}/{invoice['id']}/{kind}-notes", {"reason": "Returned", **body})


def read(seller: Client, invoice: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = seller.get(f"{INVOICES}/{invoice['id']}").json()["data"]
    return data


def test_credit_notes_take_a_line_off_part_by_part_and_never_more(seller: Client) -> None:
    invoice = created(seller, line("33.33", 5), line("100.00"))
    part = note(seller, invoice, lines=[{"line": 1, "taxable_value": "11.11"}]).json()["data"]
    # 2.5 % of 11.11 = 0.28 twice.
    assert (part["title"], part["number"], part["status"]) == ("Credit Note", numbered("CRN", 1), "issued")
    assert (part["lines"][0]["cgst"], part["total"], part["against_number"]) == (0.28, 11.67, invoice["number"])
    too_much = note(seller, invoice, lines=[{"line": 1, "taxable_value": "22.23"}])
    assert fault(too_much) == (409, "credit_exceeds_invoice")
    assert "22.22" in too_much.json()["message"]
    rest = note(seller, invoice).json()["data"]
    # What is left to the paisa: 2.5 % of 33.33 = 0.83, less 0.28.
    assert (rest["lines"][0]["taxable_value"], rest["lines"][0]["cgst"]) == (22.22, 0.55)
    whole = read(seller, invoice)
    assert (whole["credited"], whole["outstanding"], whole["status"]) == (invoice["total"], 0, "paid")
    assert whole["note_numbers"] == [numbered("CRN", 1), numbered("CRN", 2)]
    assert fault(note(seller, invoice)) == (409, "credit_exceeds_invoice")
    assert fault(note(seller, part)) == (409, "invoice_state")


def test_a_note_is_issued_once_per_key_and_at_once(seller: Client) -> None:
    invoice = created(seller)
    body = {"lines": [{"line": 1, "taxable_value": "100.00"}], "reference": "RET-1"}
    with ThreadPoolExecutor(5) as pool:
        numbers = set(pool.map(lambda _: note(seller, invoice, **body).json()["data"]["number"], range(5)))
    assert numbers == {numbered("CRN", 1)}
    assert read(seller, invoice)["credited"] == 118
    other = {**body, "lines": [{"line": 1, "taxable_value": "1.00"}]}
    assert fault(note(seller, invoice, **other)) == (422, "idempotency_key_reused")


def test_credit_notes_at_once_never_exceed_the_invoice(seller: Client) -> None:
    invoice = created(seller)
    body = {"lines": [{"line": 1, "taxable_value": "400.00"}]}
    with ThreadPoolExecutor(5) as pool:
        statuses = sorted(pool.map(lambda _: note(seller, invoice, **body).status_code, range(5)))
    assert statuses == [201, 201, 409, 409, 409]
    assert read(seller, invoice)["credited"] == 944


def test_of_too_many_notes_the_invoice_is_named_and_it_can_still_be_voided(seller: Client) -> None:
    invoice = created(seller)
    body = {"lines": [{"line": 1, "taxable_value": "1.00"}]}
    for number in range(MAX_NOTES):
        assert note(seller, invoice, **body, reference=f"n-{number}").status_code == 201
    refused = note(seller, invoice, **body).json()
    assert (refused["code"], list(refused["errors"])) == ("validation_error", ["id"])
    assert list(note(seller, invoice, "debit", **body).json()["errors"]) == ["id"]
    assert note(seller, invoice, **body, reference="n-0").headers["Idempotency-Replayed"] == "true"
    assert seller.post(f"{INVOICES}/{invoice['id']}/void", {"reason": "Ordered twice"}).status_code == 200
    after = read(seller, invoice)
    assert (after["status"], after["outstanding"]) == ("void", 0)


def test_a_debit_note_is_owed_in_addition(seller: Client) -> None:
    invoice = created(seller)
    paid = seller.post(f"{INVOICES}/{invoice['id']}/mark-paid", {"method": "upi", "reference": "1"}).json()["data"]
    assert paid["status"] == "paid"
    more = note(seller, invoice, "debit", lines=[{"line": 1, "taxable_value": "50.00"}])
    assert more.json()["data"]["number"] == numbered("DBN", 1)
    after = read(seller, invoice)
    assert (after["status"], after["outstanding"], after["credited"]) == ("open", 59, -59)
    assert note(seller, invoice, "debit").json()["errors"].keys() == {"lines"}
    assert note(seller, invoice, lines=[{"line": 2}]).json()["errors"].keys() == {"lines.0.line"}


def test_a_credit_note_on_a_paid_invoice_is_credit_of_the_customer(seller: Client) -> None:
    invoice, other = created(seller), created(seller)
    seller.post(f"{INVOICES}/{invoice['id']}/mark-paid", {"method": "upi", "reference": "1"})
    note(seller, invoice, lines=[{"line": 1, "taxable_value": "100.00"}])
    assert read(seller, invoice)["overpaid"] == 118
    body = {"method": "customer_credit", "reference": "C", "amount": "118.00"}
    assert seller.post(f"{INVOICES}/{other['id']}/mark-paid", body).json()["data"]["paid"] == 118


def test_cancelling_is_a_credit_note_in_full_and_its_number_stays(seller: Client) -> None:
    draft, invoice = created(seller, finalize=False), created(seller)
    gone = seller.post(f"{INVOICES}/{draft['id']}/void", {"reason": "Twice"}).json()["data"]
    assert (gone["status"], gone["number"]) == ("void", None)
    void = seller.post(f"{INVOICES}/{invoice['id']}/void", {"reason": "Twice"}).json()["data"]
    assert (void["status"], void["number"], void["credited"]) == ("void", numbered("INV", 1), 1180)
    assert void["note_numbers"] == [numbered("CRN", 1)]
    assert seller.post(f"{INVOICES}/{invoice['id']}/void", {"reason": "Twice"}).json()["data"] == void
    paid = created(seller)
    seller.post(f"{INVOICES}/{paid['id']}/mark-paid", {"method": "upi", "reference": "1", "amount": "1.00"})
    assert fault(seller.post(f"{INVOICES}/{paid['id']}/void", {"reason": "No"})) == (409, "invoice_state")


def test_what_is_written_off_still_takes_a_payment(seller: Client) -> None:
    invoice = created(seller)
    off = seller.post(f"{INVOICES}/{invoice['id']}/write-off", {"reason": "Insolvent"}).json()["data"]
    assert (off["status"], off["outstanding"]) == ("uncollectible", 1180)
    paid = seller.post(f"{INVOICES}/{invoice['id']}/mark-paid", {"method": "upi", "reference": "1"}).json()["data"]
    assert paid["status"] == "paid"
    assert fault(seller.post(f"{INVOICES}/{invoice['id']}/write-off", {"reason": "x"})) == (409, "invoice_state")


def test_an_invoice_is_mailed_with_its_file_and_again_on_request_alone(platform: LocalPlatform, seller: Client) -> None:
    to = f"{clock.system()}@anand.example"
    draft = created(seller, finalize=False)
    path = f"{INVOICES}/{draft['id']}/send"
    assert seller.post(path, {}).json()["errors"].keys() == {"to"}
    sent = seller.post(path, {"to": to})
    data = sent.json()["data"]
    assert (data["status"], data["sent"][0]["to"]) == ("open", to), sent.text
    assert fault(seller.post(path, {"to": to})) == (409, "invoice_already_sent")
    assert seller.post(path, {"to": to, "again": True}).status_code == 200
    platform.embedded_aws.drain()
    mails = Client(platform.url).get(f"/local/outbox?to={to}").json()["messages"]
    assert len(mails) == 2
    assert data["number"] in mails[0]["subject"]
    assert "1,180.00" in mails[0]["body"]
    raw = raw_mails(to)
    assert len(raw) == 2
    (attached,) = [part for part in raw[0].walk() if part.get_filename()]
    assert attached.get_filename() == f"{data['number'].replace('/', '-')}.pdf"
    assert attached.get_payload(decode=True)[:5] == b"%PDF-"


def test_revenue_is_that_of_the_documents_in_every_grouping(seller: Client) -> None:
    first = created(seller, line("100.50", 18), line("10.00", 5), product="A")
    created(seller, line("200.00", 18), product="B", customer_id="CUST-2")
    created(seller, finalize=False)
    note(seller, first, lines=[{"line": 2}])
    seller.post(f"{INVOICES}/{first['id']}/mark-paid", {"method": "upi", "reference": "1"})
    path = f"/api/v1/billing/revenue?from={this_month()}&to={this_month()}"
    (row,) = seller.get(path).json()["data"]
    # 100.50 + 10 + 200 - 10; CGST 9.05 (9.045) + 0.25 + 18 - 0.25.
    assert (row["taxable_value"], row["cgst"], row["documents"]) == (300.5, 27.05, 3)
    # 129.10 is rounded down to 129 by -0.10, and 236 is whole; the note is over 10.50.
    assert (row["round_off"], row["total"]) == (-0.1, 354.5)
    assert row["collected"] == 118.5
    for group in ("customer", "product", "gst_rate"):
        answer = seller.get(f"{path}&group_by={group}").json()
        assert answer["meta"]["total"]["total"] == 354.5
        assert answer["meta"]["total"]["taxable_value"] == 300.5
    by_product = {each["group"]: each["total"] for each in seller.get(f"{path}&group_by=product").json()["data"]}
    assert by_product == {"A": 118.5, "B": 236}
    rows = list(csv.DictReader(io.StringIO(seller.get(f"{path}&group_by=product&format=csv").text)))
    assert sum(Decimal(each["total"]) for each in rows) == Decimal("354.50")
    assert seller.get("/api/v1/billing/revenue?from=2026-02&to=2026-01").json()["errors"].keys() == {"to"}
    assert seller.get("/api/v1/billing/revenue?from=2026-13&to=2026-01").status_code == 400


def test_a_b2b_invoice_is_an_e_invoice_and_one_to_a_consumer_is_not(seller: Client) -> None:
    city = {"address": ["4 Brigade Road"], "city": "Bengaluru", "pin_code": "560025"}
    invoice = created(seller, customer={**BUYER, **city})
    (content,) = seller.get(f"{INVOICES}/{invoice['id']}/e-invoice").json()
    assert (content["DocDtls"]["No"], content["ValDtls"]["TotInvVal"]) == (invoice["number"], 1180)
    (noted,) = seller.get(f"{INVOICES}/{note(seller, invoice).json()['data']['id']}/e-invoice").json()
    assert misfits(content) == misfits(noted) == []
    assert (noted["DocDtls"]["Typ"], noted["RefDtls"]["PrecDocDtls"][0]["InvNo"]) == ("CRN", invoice["number"])
    consumer = created(seller, customer={"legal_name": "Ravi Kumar"})
    assert fault(seller.get(f"{INVOICES}/{consumer['id']}/e-invoice")) == (409, "not_an_einvoice")


def test_the_return_of_a_month_equals_the_revenue_of_its_documents(seller: Client, open_shop: Open) -> None:
    created(seller, line("1000.00"), line("99.99", 5))
    created(seller, line("250.00"), customer={"legal_name": "Ravi Kumar"})
    mumbai = {"legal_name": "Mumbai Traders", "gstin": "27AAPFU0939F1ZV", "address": ["1 Marine Drive"]}
    far = created(seller, line("333.33"), customer=mumbai)
    assert (far["totals"]["igst"], far["totals"]["cgst"]) == (60, 0)
    note(seller, far, lines=[{"line": 1, "taxable_value": "33.33"}])
    content = seller.get(f"/api/v1/billing/gstr1?month={this_month()}").json()
    assert set(content) >= {"b2b", "b2cs", "cdnr", "hsn", "doc_issue"}
    sums = section_totals(
        {name: _decimals(part) for name, part in content.items() if name in ("b2b", "b2cs", "cdnr", "b2cl", "exp")}
    )
    (row,) = seller.get(f"/api/v1/billing/revenue?from={this_month()}&to={this_month()}").json()["data"]
    assert [sums[name] for name in ("txval", "camt", "samt", "iamt")] == [
        Decimal(str(row[name])) for name in ("taxable_value", "cgst", "sgst", "igst")
    ]
    rows = list(csv.DictReader(io.StringIO(seller.get(f"/api/v1/billing/gstr1?month={this_month()}&format=csv").text)))
    assert sum(Decimal(each["taxable_value"]) for each in rows) == sums["txval"]
    assert fault(open_shop().user("tenant_admin").get(f"/api/v1/billing/gstr1?month={this_month()}")) == (
        409,
        "no_gstin",
    )


def test_a_month_in_which_the_gstin_changed_has_a_return_for_each(seller: Client) -> None:
    before = created(seller)
    profile_saved(seller, gstin="27AAPFU0939F1ZV", address=["1 Marine Drive"])
    after = created(seller)
    assert (before["totals"]["cgst"], after["totals"]["igst"]) == (90, 180)  # now from another state

    def filed(more: str = "") -> tuple[str, list[str]]:
        content = seller.get(f"/api/v1/billing/gstr1?month={this_month()}{more}").json()
        return content["gstin"], [each["inum"] for party in content.get("b2b", []) for each in party["inv"]]

    assert filed() == ("27AAPFU0939F1ZV", [after["number"]])
    assert filed("&gstin=29AAGCB7383J1Z4") == ("29AAGCB7383J1Z4", [before["number"]])
    assert filed("&gstin=33AAACH7409R1Z8") == ("33AAACH7409R1Z8", [])
    # A note on the earlier invoice is of the registration that issued it.
    number = note(seller, before).json()["data"]["number"]
    content = seller.get(f"/api/v1/billing/gstr1?month={this_month()}&gstin=29AAGCB7383J1Z4").json()
    assert [each["nt_num"] for party in content["cdnr"] for each in party["nt"]] == [number]


def _decimals(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _decimals(each) for name, each in part.items()}
    if isinstance(part, list):
        return [_decimals(each) for each in part]
    return Decimal(str(part)) if isinstance(part, int | float) and not isinstance(part, bool) else part


@pytest.mark.parametrize("path", ["credit-notes", "debit-notes", "void", "write-off", "send", "e-invoice"])
def test_another_tenant_finds_nothing(seller: Client, open_shop: Open, path: str) -> None:
    invoice, other = created(seller), open_shop().user("tenant_admin")
    address = f"{INVOICES}/{invoice['id']}/{path}"
    body = {"reason": "x", "to": "a@b.example", "lines": [{"line": 1, "taxable_value": "1.00"}]}
    answer = other.get(address) if path == "e-invoice" else other.post(address, body)
    assert fault(answer) == (404, "invoice_not_found")
    assert read(seller, invoice)["version"] == invoice["version"]
