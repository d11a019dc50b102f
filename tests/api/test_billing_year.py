"""A random year of charges: what invoices, reports, GSTR-1 and the ledger say of it is equal to the paisa."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.api.billing_fixtures import BUYER, PROFILE, SUPPLIER, open_shop  # noqa: F401
from tests.api.conftest import Client
from tests.api.gateway_parties import BASE, charge, transaction
from tests.api.shops import Open
from tests.api.signed_in import fund

MUMBAI = {"legal_name": "Mumbai Traders", "gstin": "27AAPFU0939F1ZV", "address": ["1 Marine Drive"]}
BUYERS = {"bengaluru": BUYER, "mumbai": MUMBAI}
MONTHS = [(2025 + (month + 2) // 12, (month + 2) % 12 + 1) for month in range(1, 13)]  # April to March
TAXES = ("cgst", "sgst", "igst")
CHARGES = 40


def random_charge(chance: random.Random, buyer: str) -> dict[str, Any]:
    """With 18 % of tax, as the places of supplier and buyer divide it."""
    base = Decimal(chance.randrange(1_00, 90_000_00)) / 100
    shares = {"IGST": Decimal("0.18")} if buyer == "mumbai" else {"CGST": Decimal("0.09"), "SGST": Decimal("0.09")}
    parts = {head: (base * rate).quantize(Decimal("0.01"), ROUND_HALF_UP) for head, rate in shares.items()}
    breakup = [{"head": head, "amount": str(amount)} for head, amount in {"Base": base, **parts}.items()]
    return charge(str(base + sum(parts.values())), hsnOrSac=chance.choice(["996511", "998314"]), breakup=breakup)


def exact(content: Any) -> Decimal:
    return Decimal(str(content))


class Sums(defaultdict[str, Decimal]):
    def __init__(self) -> None:
        super().__init__(Decimal)

    def add(self, amounts: Mapping[str, Any]) -> None:
        for name, amount in amounts.items():
            self[name] += exact(amount)


@pytest.mark.parametrize("seed", [2526])
def test_invoices_reports_returns_and_ledger_of_a_random_year_are_equal_to_the_paisa(
    open_shop: Open, seed: int
) -> None:
    shop, chance = open_shop(), random.Random(seed)
    admin = shop.user("tenant_admin", "test")
    assert admin.put(PROFILE, SUPPLIER).status_code == 200
    for name, party in BUYERS.items():
        assert admin.put(f"/api/v1/billing/customers/{name}/tax-profile", party).status_code == 200
    fund(shop.tenant.id, "test", "9000000.00")
    key = Client(shop.test.url, {**shop.test.headers, "X-Tenant-Id": shop.tenant.id})
    paid = Sums()
    for _ in range(CHARGES):
        (year, month), buyer = chance.choice(MONTHS), chance.choice(sorted(BUYERS))
        row = random_charge(chance, buyer)
        moment = f"{year}-{month:02d}-{chance.randint(1, 28):02d}T{chance.randint(0, 23):02d}:30:00Z"
        posted = key.at(moment).post(f"{BASE}/create-transaction", transaction(row, customer=buyer))
        assert posted.ok, posted.text
        paid.add({buyer: row["amount"]})

    invoiced = {buyer: Sums() for buyer in BUYERS}
    for number, (year, month) in enumerate(MONTHS):
        following = MONTHS[number + 1] if number + 1 < len(MONTHS) else (2026, 4)
        last = {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}.get(month, 31)
        period = {"startDate": f"{year}-{month:02d}-01", "endDate": f"{year}-{month:02d}-{last}"}
        for buyer, sums in invoiced.items():
            answer = key.at(f"{following[0]}-{following[1]:02d}-02T06:00:00Z").post(
                f"{BASE}/generate-invoice",
                {
                    "templateName": "B2BInvoice",
                    "productId": "SMLPYOG",
                    "buyerCustomerId": buyer,
                    "sellerCustomerId": "seller",
                    **period,
                },
            )
            if not answer.ok:
                assert answer.json()["code"] == "nothing_to_invoice", answer.text  # a month without charges
                continue
            for line in answer.json()["data"]["lines"]:
                sums.add({"taxable": line["taxableValue"], **{tax: line[tax] for tax in TAXES}})

    end = key.at("2026-05-01T06:00:00Z")
    for buyer, sums in invoiced.items():
        span = "currency=INR&fromDate=2025-04-01&toDate=2026-04-01"
        report = end.get(f"{BASE}/ledgers/customers/{buyer}/reports/tax?{span}").json()["data"]
        reported = {tax: sum((exact(row[tax]) for row in report["codes"]), Decimal(0)) for tax in TAXES}
        assert {tax: sums[tax] for tax in TAXES} == reported
        assert (sums["taxable"], sum(reported.values())) == (
            exact(report["taxableValue"]),
            exact(report["totalTax"]),
        )
        summary = end.get(f"{BASE}/ledgers/customers/{buyer}/summary?{span}").json()["data"]
        assert exact(summary["totalDebit"]) == paid[buyer] == sums["taxable"] + sum(reported.values())
    balance = exact(end.get(f"{BASE}/balance").json()["data"]["balance"])
    assert balance == Decimal("9000000.00") - sum(paid.values())

    filed = Sums()
    names = {"taxable": "txval", "cgst": "camt", "sgst": "samt", "igst": "iamt"}
    for year, month in [*MONTHS[1:], (2026, 4)]:
        answer = admin.at("2026-05-01T06:00:00Z").get(f"/api/v1/billing/gstr1?month={year}-{month:02d}")
        assert answer.status_code == 200, answer.text
        for party in answer.json().get("b2b", []):
            for item in (item["itm_det"] for document in party["inv"] for item in document["itms"]):
                filed.add({ours: item.get(theirs, 0) for ours, theirs in names.items()})
    everything = Sums()
    for sums in invoiced.values():
        everything.add(sums)
    assert all(everything[name] > 0 for name in names)
    assert filed == everything
