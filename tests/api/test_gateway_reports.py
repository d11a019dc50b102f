"""Reports over HTTP: what they show of a few charges, and what they refuse. Their sums are proven in tests/unit."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest

from tests.api.gateway_parties import Party, charge, child, fresh, parent, spent, transaction  # noqa: F401

YEAR = {"fromDate": "2026-01-01", "toDate": "2026-12-31"}


@pytest.fixture(scope="module")
def customer(parent: Party) -> str:  # noqa: F811
    """Somebody with a credit and two taxed charges, on three days."""
    name = fresh("cust")
    taxes = [{"head": "Base", "amount": 100}, {"head": "CGST", "amount": 9}, {"head": "SGST", "amount": "9.00"}]
    rows = [
        charge(500, "Top-up", "credit", chargedAt="2026-01-10"),
        charge(118, "Freight", breakup=taxes, chargedAt="2026-02-01T10:00:00Z"),
        charge("18.50", "IGST", hsnOrSac="998314", chargedAt="2026-03-05"),
    ]
    for row in rows:
        more = spent(parent, row["amount"]) if row["transactionType"] == "credit" else {}
        assert parent.post("/create-transaction", transaction(row, customer=name, **more)).ok
    return name


def report_of(parent: Party, path: str, **query: Any) -> dict[str, Any]:  # noqa: F811
    answer = parent.get(path, **query)
    body = answer.json()
    assert (answer.status_code, body["success"]) == (200, True), answer.text
    data: dict[str, Any] = body["data"]
    assert data["timeZone"] == "Asia/Kolkata"
    assert data["completeTo"].endswith("Z")
    return data


def test_heads(parent: Party, customer: str) -> None:  # noqa: F811
    data = report_of(parent, "/ledgers/reports/heads", customerId=customer, heads="Freight,IGST", **YEAR)
    assert [(row["head"], row["debit"]) for row in data["heads"]] == [("Freight", 118), ("IGST", 18.5)]
    assert report_of(parent, "/ledgers/reports/heads", customerId=customer)["total"]["net"] == 363.5


def test_profit_and_loss(parent: Party, customer: str) -> None:  # noqa: F811
    data = report_of(parent, "/ledgers/reports/profit-loss", customerId=customer, includeBreakdown="true", **YEAR)
    assert (data["income"], data["expense"], data["profit"]) == (500, 136.5, 363.5)
    assert {row["head"] for row in data["breakdown"]} == {"Top-up", "Freight", "IGST"}
    assert "breakdown" not in report_of(parent, "/ledgers/reports/profit-loss", customerId=customer, **YEAR)


def test_date_range_and_summary(parent: Party, customer: str) -> None:  # noqa: F811
    base, period = (
        f"/ledgers/customers/{customer}",
        {"fromDate": "2026-02-01", "toDate": "2026-03-31", "currency": "INR"},
    )
    data = report_of(parent, f"{base}/reports/date-range", **period)
    assert [(row["date"], row["debit"]) for row in data["days"]] == [("2026-02-01", 118), ("2026-03-05", 18.5)]
    assert (data["openingBalance"], data["closingBalance"]) == (500, 363.5)
    summary = report_of(parent, f"{base}/summary", **period)
    assert (summary["openingBalance"], summary["totalDebit"], summary["closingBalance"]) == (500, 136.5, 363.5)


def test_taxes(parent: Party, customer: str) -> None:  # noqa: F811
    data = report_of(parent, f"/ledgers/customers/{customer}/reports/tax", currency="INR", **YEAR)
    assert {row["tax"]: row["net"] for row in data["taxes"]} == {"CGST": 9, "SGST": 9, "IGST": 18.5}
    codes = {row["hsnOrSac"]: row for row in data["codes"]}
    assert (codes["998314"]["igst"], codes["998314"]["taxableValue"]) == (18.5, 0)
    assert (codes["996511"]["cgst"], codes["996511"]["totalTax"]) == (9, 18)


def test_another_tenant_sees_nothing_of_it(child: Party, customer: str) -> None:  # noqa: F811
    data = report_of(child, f"/ledgers/customers/{customer}/summary", currency="INR", **YEAR)
    assert (data["openingBalance"], data["totalDebit"], data["debitCount"]) == (0, 0, 0)


@pytest.mark.parametrize(
    "query",
    [
        {"fromDate": "2026-01-01"},
        {**YEAR, "fromDate": "2027-01-01"},
        {**YEAR, "currency": "rupees"},
        {**YEAR, "toDate": "x"},
    ],
)
def test_what_makes_no_sense_is_refused(parent: Party, query: dict[str, str]) -> None:  # noqa: F811
    answer = parent.get("/ledgers/customers/c/reports/tax", **{"currency": "INR", **query})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def table(answer: Any) -> list[dict[str, str]]:
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8"), answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


def test_each_report_is_csv_as_well_and_adds_up_to_the_same(parent: Party, customer: str) -> None:  # noqa: F811
    base, period = f"/ledgers/customers/{customer}", {**YEAR, "currency": "INR", "format": "csv"}
    heads = table(parent.get("/ledgers/reports/heads", customerId=customer, heads="Freight,IGST", format="csv"))
    assert [(row["head"], row["debit"]) for row in heads] == [("Freight", "118"), ("IGST", "18.50")]
    loss = "/ledgers/reports/profit-loss"
    (whole,) = table(parent.get(loss, customerId=customer, **period))
    assert (whole["customerId"], whole["income"], whole["expense"], whole["profit"]) == (
        customer, "500", "136.50", "363.50",
    )  # fmt: skip
    parts = table(parent.get(loss, customerId=customer, includeBreakdown="true", **period))
    assert total(parts, "profit") == Decimal("363.5")
    days = table(parent.get(f"{base}/reports/date-range", **period))
    assert (len(days), total(days, "net")) == (3, Decimal("363.5"))
    taxes = table(parent.get(f"{base}/reports/tax", **period))
    assert total(taxes, "totalTax") == Decimal("36.5")
    (summary,) = table(parent.get(f"{base}/summary", **period))
    assert (summary["totalDebit"], summary["closingBalance"]) == ("136.50", "363.50")
    accepted = parent.call("GET", f"{base}/summary", params={**YEAR, "currency": "INR"}, headers={"Accept": "text/csv"})
    assert table(accepted)[0]["closingBalance"] == "363.50"
    assert parent.get(f"{base}/summary", **{**period, "format": "xls"}).status_code == 400


def test_transactions_are_csv_by_the_same_filters_with_cells_that_compute_nothing(parent: Party) -> None:  # noqa: F811
    customer = fresh("=cust")
    for _ in range(2):
        rows = (charge(118, "=HYPERLINK(1)"), charge(5, "Fuel"))
        assert parent.post("/create-transaction", transaction(*rows, customer=customer)).ok
    wanted = {"transactionFilters": {"customerIds": [customer]}, "format": "csv"}
    every = parent.post("/transactions/filter", wanted)
    assert [(row["head"], row["amount"], row["customerId"]) for row in table(every)] == [
        ("'=HYPERLINK(1)", "118", f"'{customer}"),
        ("Fuel", "5", f"'{customer}"),
    ] * 2
    assert "X-Next-Page" not in every.headers
    first = parent.post("/transactions/filter", {**wanted, "limit": 1})
    assert (len(table(first)), first.headers["X-Next-Page"]) == (2, "2")
    assert not table(parent.post("/transactions/filter", {**wanted, "chargeFilters": {"heads": ["Rail"]}}))
    refused = parent.post("/transactions/filter", {"limit": 101})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["limit"])
