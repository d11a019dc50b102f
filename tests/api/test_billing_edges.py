"""Billing at its edges: the turn of days, months and financial years in three zones, and what thieves try."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

import hmac
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import requests

from batua import clock
from batua.identity.tenant import tenant_item
from batua.store import keys
from batua.store.store import store
from batua.store.writes import Put
from tests.api.billing_fixtures import (  # noqa: F401
    BUYER,
    INVOICES,
    PROFILE,
    SUPPLIER,
    created,
    fault,
    open_shop,
    profile_saved,
    seller,
)
from tests.api.conftest import Client
from tests.api.gateway_parties import BASE, charge, transaction
from tests.api.payment_fixtures import paid, read, refunded, send, webhook  # noqa: F401
from tests.api.shops import Open, Shop
from tests.api.signed_in import fund

TAXED = [{"head": "Base", "amount": 100}, {"head": "CGST", "amount": 9}, {"head": "SGST", "amount": 9}]


def moved(shop: Shop, zone: str) -> Client:
    """A sandbox key of the shop, which keeps its books in another zone."""
    store().write(Put(keys.tenant_key(shop.tenant.id), tenant_item(replace(shop.tenant, time_zone=zone))))
    return Client(shop.test.url, {**shop.test.headers, "X-Tenant-Id": shop.tenant.id})


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York", "Pacific/Auckland"])
def test_days_months_and_financial_years_turn_at_midnight_of_the_tenants_zone(open_shop: Open, zone: str) -> None:
    shop = open_shop()
    admin = shop.user("tenant_admin", "test")
    assert admin.put(PROFILE, SUPPLIER).status_code == 200
    assert admin.put("/api/v1/billing/customers/buyer/tax-profile", BUYER).status_code == 200
    key = moved(shop, zone)
    fund(shop.tenant.id, "test", "9000.00")
    # The last second of March, the first of April, the last of April and the first of May.
    turns = [clock.day_start(day, zone) + shift for day in (2026_04_01, 2026_05_01) for shift in (-1000, 0)]
    for moment in turns:
        body = transaction(charge(118, breakup=TAXED), customer="buyer")
        assert key.at(clock.iso(moment)).post(f"{BASE}/create-transaction", body).ok
    later = key.at(clock.iso(turns[-1] + 40 * clock.DAY_MS))

    def listed(first: str, last: str) -> int:
        within = {"start": first, "end": last}
        filters = {"transactionFilters": {"customerIds": ["buyer"], "transactionDateRange": within}}
        answer = later.post(f"{BASE}/transactions/filter", filters)
        assert answer.ok, answer.text
        return int(answer.json()["pagination"]["total"])

    def reported(first: str, last: str) -> Decimal:
        query = f"currency=INR&fromDate={first}&toDate={last}"
        answer = later.get(f"{BASE}/ledgers/customers/buyer/summary?{query}")
        assert answer.ok, answer.text
        return Decimal(str(answer.json()["data"]["totalDebit"]))

    # As days of the zone, and as the instants that a browser in the zone sends for them: lists and reports agree.
    days = [("2026-03-01", "2026-03-31", 1), ("2026-04-01", "2026-04-30", 2), ("2026-05-01", "2026-05-31", 1)]
    for first, last, count in days:
        begin = clock.iso(clock.day_start(int(first.replace("-", "")), zone))
        end = clock.iso(clock.day_start(int(last.replace("-", "")), zone) + clock.DAY_MS - 1000)
        for since, until in ((first, last), (begin, end)):
            assert (listed(since, until), reported(since, until)) == (count, count * 118), (since, until)

    numbers = []
    for start, end, at in (("2026-03-01", "2026-03-31", turns[1]), ("2026-04-01", "2026-04-30", turns[3])):
        period = {"startDate": start, "endDate": end, "productId": "P", "sellerCustomerId": "seller"}
        body = {"templateName": "B2BInvoice", "buyerCustomerId": "buyer", **period}
        made = key.at(clock.iso(at)).post(f"{BASE}/generate-invoice", body)
        assert made.ok, made.text
        numbers.append((made.json()["data"]["invoiceNumber"], made.json()["data"]["totalAmount"]))
    # Made in the first second of April: the first of the new year.
    assert [(number.split("/")[1], Decimal(str(total))) for number, total in numbers] == [("2627", 118), ("2627", 236)]

    before = admin.at(clock.iso(turns[0])).post(INVOICES, sold())
    after = admin.at(clock.iso(turns[1])).post(INVOICES, sold())
    shown = [answer.json()["data"] for answer in (before, after)]
    assert [each["issued_on"] for each in shown] == ["2026-03-31", "2026-04-01"]
    assert [each["number"].split("/")[1] for each in shown] == ["2526", "2627"]


def sold() -> dict[str, Any]:
    return {
        "customer": BUYER,
        "lines": [{"description": "Fee", "unit_price": "1000.00", "gst_rate": 18}],
        "finalize": True,
    }


def test_a_credit_note_ends_on_30_november_of_the_tenants_zone(open_shop: Open) -> None:
    shop = open_shop()
    admin = shop.user("tenant_admin", "test")
    assert admin.put(PROFILE, SUPPLIER).status_code == 200
    zone = "Asia/Kolkata"
    issued = admin.at(clock.iso(clock.day_start(2025_04_01, zone) - 1000)).post(INVOICES, sold()).json()["data"]
    path, end = f"{INVOICES}/{issued['id']}/credit-notes", clock.day_start(2025_12_01, zone)
    part = {"reason": "Returned", "lines": [{"line": 1, "taxable_value": "1.00"}]}
    assert admin.at(clock.iso(end - 1000)).post(path, part).status_code == 201
    late = admin.at(clock.iso(end)).post(path, {**part, "reason": "Later"})
    assert fault(late) == (409, "credit_note_too_late")


def test_one_paisa_pays_one_paisa(seller: Client, webhook: str) -> None:
    invoice = created(seller)
    assert send(webhook, paid(invoice, 1, "pay_1")).json()["status"] == "recorded"
    after = read(seller, invoice)
    assert (after["status"], after["paid"], after["outstanding"]) == ("open", 0.01, 1179.99)
    # The link is of what is left, so that the old one cannot be paid in full beside it unnoticed.
    assert seller.post(f"{INVOICES}/{invoice['id']}/pay", {}).json()["data"]["amount"] == 1179.99


def test_a_webhook_pays_invoices_of_its_own_account_alone(seller: Client, webhook: str, open_shop: Open) -> None:
    victim = open_shop().user("tenant_admin")
    profile_saved(victim)
    theirs = created(victim)
    # The thief holds keys of an account of its own, and signs payments of somebody else's invoice.
    assert send(webhook, paid(theirs, 118_000, "pay_1")).json()["status"] == "ignored"
    assert read(victim, theirs)["paid"] == 0
    body = paid(created(seller), 118_000, "pay_2")
    for secret in (b"", b"other", b"s3cret "):
        assert send(webhook, body, secret).status_code == 401
    # Another body under a signature that was seen.
    signature = hmac.digest(b"s3cret", body, "sha256").hex()
    changed = body.replace(b"118000", b"998000")
    answer = requests.post(webhook, changed, headers={"x-razorpay-signature": signature}, timeout=30)
    assert answer.status_code == 401


def test_marking_as_paid_at_once_counts_each_reference_once(seller: Client) -> None:
    invoice = created(seller)
    path = f"{INVOICES}/{invoice['id']}/mark-paid"

    def mark(number: int) -> int:
        body = {"method": "bank_transfer", "reference": f"UTR{number % 2}", "amount": "590.00"}
        return seller.post(path, body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(mark, range(8))) == {200}
    after = read(seller, invoice)
    assert (after["status"], after["paid"], len(after["payments"])) == ("paid", 1180, 2)


def test_a_refund_of_what_was_credited_elsewhere_is_owed_again(seller: Client, webhook: str) -> None:
    """Too much is paid, the surplus pays another invoice, then the payment is refunded: the books still add up."""
    first, second = created(seller), created(seller)
    send(webhook, paid(first, 236_000, "pay_1"))
    drawn = {"method": "customer_credit", "reference": "surplus", "amount": "1180.00"}
    assert seller.post(f"{INVOICES}/{second['id']}/mark-paid", drawn).status_code == 200
    assert send(webhook, refunded(236_000, "pay_1", "rfnd_1")).json()["status"] == "recorded"
    assert [read(seller, each)["outstanding"] for each in (first, second)] == [1180, 0]
    # The customer owes what it drew: nothing can be drawn again.
    third = created(seller)
    again = seller.post(f"{INVOICES}/{third['id']}/mark-paid", {**drawn, "reference": "again", "amount": "0.01"})
    assert fault(again) == (409, "customer_credit_too_small")
