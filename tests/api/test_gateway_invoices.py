"""Invoices: what they add up to, their numbers without gaps, their files, and how they are found again."""

from __future__ import annotations

import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from batua import clock
from batua.gateway.invoices import financial_year, number_text
from tests.api.gateway_parties import Party, charge, child, fresh, parent, spent, transaction  # noqa: F401

PERIOD = {"startDate": "2026-01-01", "endDate": "2026-03-31"}


@pytest.fixture(scope="module")
def buyer(parent: Party) -> str:  # noqa: F811
    """Somebody who was charged 236 with its taxes, of which 50 were given back, and 10 that no invoice may show."""
    name = fresh("buyer")
    taxes = [{"head": "Base", "amount": 200}, {"head": "CGST", "amount": 18}, {"head": "SGST", "amount": 18}]
    for row in (
        charge(236, breakup=taxes, chargedAt="2026-01-10"),
        charge(50, "Damage", "credit", chargedAt="2026-02-01"),
        charge("90.50", "IGST", hsnOrSac="998314", chargedAt="2026-03-31T23:00:00+05:30"),
        charge(10, isBillable=False, chargedAt="2026-01-10"),
        charge(77, chargedAt="2026-04-01"),
    ):
        more = spent(parent, row["amount"]) if row["transactionType"] == "credit" else {}
        assert parent.post("/create-transaction", transaction(row, customer=name, **more)).ok
    return name


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
    assert answer.json()["message"] == "Invoice generated successfully"
    data: dict[str, Any] = answer.json()["data"]
    return data


def printed(data: dict[str, Any]) -> str:
    """The text of the file behind the link."""
    file = requests.get(data["pdfUrl"], timeout=30)
    assert file.headers["content-type"] == "application/pdf"
    assert file.content.startswith(b"%PDF-")
    streams = re.findall(rb"stream\n(.*?)\nendstream", file.content, re.DOTALL)
    return "\n".join(zlib.decompress(stream).decode("cp1252") for stream in streams)


def test_an_invoice_adds_up_the_billable_charges_of_its_period(parent: Party, buyer: str) -> None:  # noqa: F811
    data = generated(parent, wanted(buyer, customVars={"buyerGstin": "29ABCDE1234F1Z5"}))
    lines = {line["hsnOrSac"]: line for line in data["lines"]}
    freight = {name: lines["996511"][name] for name in ("taxableValue", "cgst", "sgst", "total", "description")}
    assert freight == {"taxableValue": 150, "cgst": 18, "sgst": 18, "total": 186, "description": "Damage, Freight"}
    assert lines["998314"]["igst"] == 90.5
    assert (data["taxableValue"], data["totalTax"], data["totalAmount"]) == (150, 126.5, 276.5)
    assert re.fullmatch(r"[A-Z0-9/-]{1,16}", data["invoiceNumber"])
    text = printed(data)
    assert all(word in text for word in ("Tax invoice", data["invoiceNumber"], "29ABCDE1234F1Z5", "276.50", "CGST"))


def test_to_a_consumer_the_tax_is_told_in_one_sum(parent: Party, buyer: str) -> None:  # noqa: F811
    text = printed(generated(parent, wanted(buyer, templateName="B2CInvoice")))
    assert "Tax invoice" not in text
    assert "CGST" not in text
    assert "126.50" in text


def test_the_same_request_is_the_same_invoice(parent: Party, buyer: str) -> None:  # noqa: F811
    body = wanted(buyer, productId=fresh("product"))
    first = generated(parent, body)
    again = parent.post("/generate-invoice", body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert {**again.json()["data"], "pdfUrl": ""} == {**first, "pdfUrl": ""}
    key = {"Idempotency-Key": fresh("key")}
    assert generated(parent, body, **key)["invoiceNumber"] != first["invoiceNumber"]
    other = parent.post("/generate-invoice", {**body, "productId": "other"}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_numbers_have_no_gaps_whoever_asks_at_once(parent: Party, buyer: str) -> None:  # noqa: F811
    def last(number: str) -> int:
        return int(number.rpartition("/")[2])

    before = last(generated(parent, wanted(buyer, productId=fresh("product")))["invoiceNumber"])
    nothing = wanted(fresh("nobody"))
    bodies = [wanted(buyer, productId=fresh("product")) for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        empty = pool.submit(parent.post, "/generate-invoice", nothing)
        numbers = list(pool.map(lambda body: last(generated(parent, body)["invoiceNumber"]), bodies * 2))
    assert (empty.result().status_code, empty.result().json()["code"]) == (409, "nothing_to_invoice")
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
    second = generated(parent, wanted(buyer, productId=product, templateName="B2CInvoice"))

    def found(**query: Any) -> list[str]:
        body = parent.get("/invoices", **{**PERIOD, "productId": product, **query}).json()
        assert body["pagination"]["total"] == len(body["data"])
        return [each["invoiceNumber"] for each in body["data"]]

    both = [second["invoiceNumber"], first["invoiceNumber"]]
    assert found() == both
    assert found(startDate="2026-03-31", endDate="2026-12-31") == both
    assert found(startDate="2026-04-01", endDate="2026-12-31") == []
    assert found(templateName="B2CInvoice") == both[:1]
    assert found(customerId=buyer) == found(customerId="SMLPYOG000000000675615") == both
    assert found(customerId="nobody") == found(productId="other") == []
    assert found(search_in_custom_vars="po-47") == both[1:]
    page = parent.get("/invoices", **PERIOD, productId=product, limit=1, page=2).json()
    assert (page["data"][0]["invoiceNumber"], page["pagination"]["total"]) == (both[1], 2)
    assert child.get("/invoices", **PERIOD, productId=product).json()["data"] == []
    assert parent.get("/invoices", **PERIOD).status_code == 400


@pytest.mark.parametrize(
    "change",
    [{"templateName": "C2C"}, {"endDate": "2025-01-01"}, {"startDate": "01.01.2026"}, {"startDate": "2026-02-30"}],
)
def test_what_makes_no_sense_is_refused(parent: Party, buyer: str, change: dict[str, str]) -> None:  # noqa: F811
    assert parent.post("/generate-invoice", wanted(buyer, **change)).status_code == 400


@pytest.mark.parametrize(
    ("at", "year"),
    [
        ("2026-03-31T18:29:59Z", 2025),  # midnight in India is half past six in the evening
        ("2026-03-31T18:30:00Z", 2026),
        ("2026-01-01T00:00:00Z", 2025),
        ("2026-12-31T00:00:00Z", 2026),
    ],
)
def test_a_financial_year_is_from_april_to_march(at: str, year: int) -> None:
    assert financial_year(clock.parse_iso(at), "Asia/Kolkata") == year


def test_a_number_has_at_most_sixteen_characters() -> None:
    assert number_text("live", 2026, 1) == "INV/2627/000001"
    assert number_text("test", 2099, 9_999_999) == "TST/9900/9999999"
    with pytest.raises(RuntimeError):
        number_text("live", 2026, 10_000_000)
