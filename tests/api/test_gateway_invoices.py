"""Invoices: what they add up to, that a charge is on one at most, their numbers, files, and how they are found."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import requests
from pypdf import PdfReader

from tests.api.gateway_parties import Party, charge, child, fresh, parent, spent, transaction  # noqa: F401

PERIOD = {"startDate": "2026-01-01", "endDate": "2026-03-31"}
TAXES = [{"head": "Base", "amount": 200}, {"head": "CGST", "amount": 18}, {"head": "SGST", "amount": 18}]
SUMS = ("taxableValue", "totalTax", "totalAmount")


@pytest.fixture
def buyer(parent: Party) -> str:  # noqa: F811
    """A buyer who was charged 236 with its taxes, of which 50 were given back, and 10 that are not billable."""
    name = fresh("buyer")
    for row in (
        charge(236, breakup=TAXES, chargedAt="2026-01-10"),
        charge(50, "Damage", "credit", chargedAt="2026-02-01"),
        charge("90.50", "IGST", hsnOrSac="998314", chargedAt="2026-03-31T23:00:00+05:30"),
        charge(10, isBillable=False, chargedAt="2026-01-10"),
        charge(77, chargedAt="2026-04-01"),
    ):
        post(parent, name, row)
    return name


def post(parent: Party, buyer: str, row: dict[str, Any]) -> None:  # noqa: F811
    # A credit gives back what debits of its reference took: here of another customer.
    more = spent(parent, row["amount"]) if row["transactionType"] == "credit" else {}
    answer = parent.post("/create-transaction", transaction(row, customer=buyer, **more))
    assert answer.ok, answer.text


def wanted(buyer: str, **more: Any) -> dict[str, Any]:
    return {
        "templateName": "B2BInvoice",
        "productId": "SMLPYOG",
        "buyerCustomerId": buyer,
        "sellerCustomerId": "SMLPYOG000000000675615",
        **PERIOD,
        **more,
    }


def generated(parent: Party, body: dict[str, Any], **headers: str) -> dict[str, Any]:  # noqa: F811
    answer = parent.post("/generate-invoice", body, **headers)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def refused(parent: Party, body: dict[str, Any], **headers: str) -> tuple[int, str]:  # noqa: F811
    answer = parent.post("/generate-invoice", body, **headers)
    return answer.status_code, answer.json().get("code")


def printed(data: dict[str, Any]) -> str:
    """The text of the file behind the link."""
    file = requests.get(data["pdfUrl"], timeout=30)
    assert file.headers["content-type"] == "application/pdf"
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(file.content)).pages)


def serial(number: str) -> int:
    return int(number.rpartition("/")[2])


def test_an_invoice_adds_up_the_billable_charges_of_its_period(parent: Party, buyer: str) -> None:  # noqa: F811
    data = generated(parent, wanted(buyer, customVars={"po": "PO-4711"}))
    lines = {line["hsnOrSac"]: line for line in data["lines"]}
    freight = {name: lines["996511"][name] for name in ("taxableValue", "cgst", "sgst", "total", "description")}
    assert freight == {"taxableValue": 150, "cgst": 18, "sgst": 18, "total": 186, "description": "Damage, Freight"}
    assert lines["998314"]["igst"] == 90.5
    assert [data[name] for name in SUMS] == [150, 126.5, 276.5]
    assert re.fullmatch(r"[A-Z0-9/-]{1,16}", data["invoiceNumber"])
    text = printed(data)
    assert all(word in text for word in (data["title"], data["invoiceNumber"], "PO-4711", "276.50", "CGST"))
    assert "Two hundred and seventy-six rupees and fifty paise only" in text


def test_a_tenant_without_a_gstin_issues_a_receipt_not_a_tax_invoice(parent: Party, buyer: str) -> None:  # noqa: F811
    data = generated(parent, wanted(buyer))
    assert (data["title"], data["documentType"]) == ("Receipt", "invoice")
    assert "Tax Invoice" not in printed(data)


def test_to_a_consumer_the_tax_is_shown_in_one_sum(parent: Party, buyer: str) -> None:  # noqa: F811
    text = printed(generated(parent, wanted(buyer, templateName="B2CInvoice")))
    assert "CGST" not in text
    assert "126.50" in text


def test_the_same_request_answers_the_same_invoice_and_says_so(parent: Party, buyer: str) -> None:  # noqa: F811
    first = parent.post("/generate-invoice", wanted(buyer)).json()
    again = parent.post("/generate-invoice", wanted(buyer))
    assert first["message"] == "Invoice generated successfully"
    assert again.json()["message"] == "Invoice already generated"
    assert again.headers["Idempotency-Replayed"] == "true"
    assert {**again.json()["data"], "pdfUrl": ""} == {**first["data"], "pdfUrl": ""}


def test_a_key_stands_for_one_request(parent: Party, buyer: str) -> None:  # noqa: F811
    key = {"Idempotency-Key": fresh("key")}
    first = generated(parent, wanted(buyer), **key)
    assert generated(parent, wanted(buyer), **key)["invoiceId"] == first["invoiceId"]
    assert refused(parent, wanted(buyer, productId="other"), **key) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    "attack",
    [
        {"productId": "OTHER"},
        {"templateName": "B2CInvoice"},
        {"sellerCustomerId": "somebody-else"},
        {"customVars": {"again": "please"}},
        {"startDate": "2025-12-01"},
        {"endDate": "2026-03-31", "startDate": "2026-01-10"},
    ],
)
def test_a_charge_is_never_invoiced_twice(parent: Party, buyer: str, attack: dict[str, Any]) -> None:  # noqa: F811
    first = generated(parent, wanted(buyer))
    answer = parent.post("/generate-invoice", wanted(buyer, **attack))
    assert (answer.status_code, answer.json()["code"]) == (409, "charges_already_invoiced")
    assert first["invoiceNumber"] in answer.text
    assert refused(parent, wanted(buyer), **{"Idempotency-Key": fresh("key")}) == (409, "charges_already_invoiced")


def test_overlapping_periods_share_no_charge(parent: Party, buyer: str) -> None:  # noqa: F811
    first = generated(parent, wanted(buyer))
    wider = generated(parent, wanted(buyer, startDate="2025-06-01", endDate="2026-06-30"))
    assert [first["totalAmount"], wider["totalAmount"]] == [276.5, 77]


def test_many_requests_at_once_invoice_each_charge_once(parent: Party, buyer: str) -> None:  # noqa: F811
    bodies = [wanted(buyer, productId=fresh("product")) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: parent.post("/generate-invoice", body), bodies))
    made = [answer.json()["data"] for answer in answers if answer.status_code == 200]
    assert [invoice["totalAmount"] for invoice in made] == [276.5]
    assert sorted({answer.status_code for answer in answers}) == [200, 409]


def test_what_arrives_late_goes_on_the_next_invoice_and_says_so(parent: Party, buyer: str) -> None:  # noqa: F811
    generated(parent, wanted(buyer))
    post(parent, buyer, charge("12.34", chargedAt="2026-02-15"))
    april = generated(parent, wanted(buyer, startDate="2026-04-01", endDate="2026-04-30"))
    (line,) = april["lines"]
    assert (line["total"], line["lateCharges"]) == (89.34, 12.34)
    assert "late charges" in printed(april)
    assert refused(parent, wanted(buyer, productId="late")) == (409, "charges_already_invoiced")


def test_what_is_given_back_after_its_invoice_becomes_a_credit_note(parent: Party, buyer: str) -> None:  # noqa: F811
    first = generated(parent, wanted(buyer))
    post(parent, buyer, charge(100, "Refund", "credit", chargedAt="2026-05-02"))
    note = generated(parent, wanted(buyer, startDate="2026-05-01", endDate="2026-05-31"))
    assert (note["documentType"], note["totalAmount"]) == ("credit_note", 100)
    assert note["againstInvoices"] == [first["invoiceNumber"]]
    assert note["invoiceNumber"].startswith("CRN/")
    text = printed(note)
    assert "Credit Note" in text
    assert first["invoiceNumber"] in text
    again = wanted(buyer, startDate="2026-05-01", endDate="2026-05-31", productId="again")
    assert refused(parent, again) == (409, "charges_already_invoiced")


def test_a_credit_note_never_exceeds_what_is_invoiced(parent: Party, buyer: str) -> None:  # noqa: F811
    generated(parent, wanted(buyer))
    post(parent, buyer, charge(186, "Refund", "credit", chargedAt="2026-05-02"))
    post(parent, buyer, charge("0.01", "Gift", "credit", chargedAt="2026-05-02"))
    body = wanted(buyer, startDate="2026-05-01", endDate="2026-05-31")
    assert refused(parent, body)[0] == 409


def test_a_period_that_has_not_ended_is_refused_unless_asked_for(parent: Party) -> None:  # noqa: F811
    name = fresh("buyer")
    post(parent, name, charge(30))
    body = wanted(name, startDate="2026-01-01", endDate="2099-12-31")
    answer = parent.post("/generate-invoice", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "period_not_ended")
    assert "includeOpenPeriod" in answer.json()["message"]
    first = generated(parent, {**body, "includeOpenPeriod": True})
    assert first["totalAmount"] == 30
    post(parent, name, charge(12))
    later = generated(parent, {**body, "includeOpenPeriod": True, "productId": "second"})
    assert (later["totalAmount"], later["lines"][0]["lateCharges"]) == (12, 12)


def test_invoices_and_reports_of_a_period_agree_to_the_paisa(parent: Party) -> None:  # noqa: F811
    name = fresh("buyer")
    for day in range(1, 29):
        post(parent, name, charge(f"{day}.{day:02d}", chargedAt=f"2026-02-{day:02d}"))
    parts = [
        generated(parent, wanted(name, startDate=first, endDate=last))
        for first, last in (("2026-02-01", "2026-02-10"), ("2026-02-05", "2026-02-20"), ("2026-01-01", "2026-02-28"))
    ]
    assert all(part["totalAmount"] > 0 for part in parts)
    total = sum(Decimal(str(part["totalAmount"])) for part in parts)
    report = parent.get(
        "/ledgers/reports/heads", customerId=name, fromDate="2026-02-01", toDate="2026-02-28", currency="INR"
    ).json()["data"]
    assert total == Decimal(str(report["total"]["debit"])) == Decimal("410.06")


def test_numbers_have_no_gaps_whoever_asks_at_once(parent: Party) -> None:  # noqa: F811
    buyers = [fresh("buyer") for _ in range(13)]
    for name in buyers:
        post(parent, name, charge(5, chargedAt="2026-01-10"))
    before = serial(generated(parent, wanted(buyers.pop()))["invoiceNumber"])
    with ThreadPoolExecutor(12) as pool:
        empty = pool.submit(refused, parent, wanted(fresh("nobody")))
        numbers = list(pool.map(lambda name: serial(generated(parent, wanted(name))["invoiceNumber"]), buyers * 2))
    assert empty.result() == (409, "nothing_to_invoice")
    assert sorted(set(numbers)) == list(range(before + 1, before + 13))
    assert numbers[:12] == numbers[12:]


def test_a_file_that_was_not_stored_is_stored_when_asked_again(
    parent: Party,  # noqa: F811
    buyer: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from botocore.exceptions import ConnectTimeoutError

    from batua import files

    def away(*_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://s3")

    body = wanted(buyer, productId=fresh("product"))
    with monkeypatch.context() as broken:
        broken.setattr(files, "store_content", away)
        assert parent.post("/generate-invoice", body).status_code == 503
    listed = parent.get("/invoices", productId=body["productId"], **PERIOD).json()["data"]
    assert [each.get("pdfUrl") for each in listed] == [None]
    data = generated(parent, body)
    assert data["invoiceNumber"] == listed[0]["invoiceNumber"]
    assert data["invoiceNumber"] in printed(data)


def test_invoices_are_found_by_what_they_are_of(parent: Party, child: Party, buyer: str) -> None:  # noqa: F811
    product = fresh("product")
    first = generated(parent, wanted(buyer, productId=product, customVars={"po": "PO-4711"}))
    post(parent, buyer, charge(5, chargedAt="2026-02-02"))
    second = generated(parent, wanted(buyer, productId=product, templateName="B2CInvoice"))

    def found(**query: Any) -> list[str]:
        body = parent.get("/invoices", **{**PERIOD, "productId": product, **query}).json()
        assert body["pagination"]["total"] == len(body["data"])
        return [each["invoiceNumber"] for each in body["data"]]

    both = [second["invoiceNumber"], first["invoiceNumber"]]
    assert found() == both
    assert found(startDate="2026-03-31", endDate="2026-12-31") == both
    assert found(startDate="2026-04-01", endDate="2026-12-31") == []
    assert found(templateName="B2CInvoice") == found(invoiceNumber=both[0]) == both[:1]
    assert found(documentType="credit_note") == []
    assert found(customerId=buyer) == found(customerId="SMLPYOG000000000675615") == both
    assert found(customerId="nobody") == found(productId="other") == []
    assert found(search_in_custom_vars="po-47") == both[1:]
    page = parent.get("/invoices", **PERIOD, productId=product, limit=1, page=2).json()
    assert (page["data"][0]["invoiceNumber"], page["pagination"]["total"]) == (both[1], 2)
    assert child.get("/invoices", **PERIOD, productId=product).json()["data"] == []
    assert parent.get("/invoices", **PERIOD).status_code == 400


def test_read_gateway_invoice_takes_an_id_or_a_number(parent: Party, child: Party, buyer: str) -> None:  # noqa: F811
    """ReadGatewayInvoice."""
    made = generated(parent, wanted(buyer))
    for name in (made["invoiceId"], made["invoiceNumber"].replace("/", "-")):
        answer = parent.get(f"/invoices/{name}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["invoiceNumber"] == made["invoiceNumber"]
    assert child.get(f"/invoices/{made['invoiceId']}").status_code == 404
    assert parent.get("/invoices/INV-2627-999999").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"templateName": "C2C"},
        {"endDate": "2025-01-01"},
        {"startDate": "01.01.2026"},
        {"startDate": "2026-02-30"},
        {"startDate": "2024-01-01"},
    ],
)
def test_what_makes_no_sense_is_refused(parent: Party, buyer: str, change: dict[str, str]) -> None:  # noqa: F811
    assert parent.post("/generate-invoice", wanted(buyer, **change)).status_code == 400
