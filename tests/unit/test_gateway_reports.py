"""The gateway's reports against a naive recomputation, over thirteen months; and what they read.

REPORT_CHARGES sets how many charges there are: 5,000 unless told.
"""

from __future__ import annotations

import os
import random
import sys
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from batua import clock, ids
from batua.api.endpoint import Call
from batua.api.request import Request
from batua.audit.verify import verify_scope
from batua.errors import Problem
from batua.gateway import charge_totals, charges, reports
from batua.gateway.models import NewTransaction
from batua.gateway.report_models import CurrencyPeriod, HeadsQuery, ProfitLossQuery
from batua.identity.caller import Caller
from batua.identity.credentials import Claims
from batua.ledger.decisions import tenant_money
from batua.ledger.model import Origin
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.store.store import Store
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.gateway_world import PARENT, SCOPE

CHARGES = int(os.environ.get("REPORT_CHARGES", "5000"))
ZONE = PARENT.time_zone
NOW = clock.parse_iso("2026-11-21T09:30:00Z")
BEGIN = clock.parse_iso("2025-10-21T00:00:00Z")
HEADS = {
    "Freight": "996511",
    "Packing": "998540",
    "Insurance": "997136",
    "CGST": "996511",
    "IGST": "998540",
    "GST": "998314",
}
COMBINATIONS = len(HEADS) * 2 * 2
"""Of head (which has one code here), who absorbs it, and whether it is billable."""


class Metered(FakeDynamoDB):
    """Counts what queries read: items, and read units (4 KB each, strong) by the items' own size."""

    def __init__(self) -> None:
        super().__init__()
        self.read_items = 0
        self.read_units = 0

    def query(self, **request: Any) -> Any:
        answer = super().query(**request)
        size = sum(_size(item) for item in answer["Items"])
        self.read_items += len(answer["Items"])
        self.read_units += max(1, -(-size // 4096))
        assert request["ConsistentRead"]
        return answer


def _size(item: dict[str, Any]) -> int:
    return sum(len(name) + len(str(next(iter(value.values())))) for name, value in item.items())


@dataclass(frozen=True)
class Made:
    """A charge as the test itself remembers it."""

    customer: str
    day: int
    head: str
    code: str
    by: str
    billable: bool
    paise: int
    """Given to the tenant; below zero, taken."""
    parts: tuple[tuple[str, int], ...]


class Ledger:
    def __init__(self) -> None:
        self.table = Metered()
        self.store = Store(self.table, "ledger", "directory", sleep=lambda _: None)
        self.made: list[Made] = []
        wallet = tenant_money.tenant_wallet("live", PARENT.id)
        prefund = funds_request("tests.fund", "live", PARENT.id, Origin("tests", "::1", PARENT.id), "fund", {})
        TenantLedger(self.store, ZONE, BEGIN).post(
            prefund, lambda known: tenant_money.decide_credit(known, wallet, 10**12, BEGIN)
        )

    def call(self, body: Any, customer: str = "") -> Call[Any]:
        request = Request(
            {"headers": {}, "pathParameters": {"customerId": customer}, "requestContext": {"http": {"sourceIp": ""}}}
        )
        claims = Claims("key", ids.derived_id("key", "k"), PARENT.id, "live", PARENT.id, "IN")
        return Call(body, request, self.store, NOW, {}, None, Caller(claims, PARENT, frozenset(), "192.0.2.1"))

    def post(self, dice: random.Random, number: int, count: int) -> None:
        customer = dice.choice(["cust-a", "cust-b"])
        rows, made = [], []
        for _ in range(count):
            head = dice.choice(list(HEADS))
            paise = dice.randrange(1, 500_000)
            gives = dice.random() < 0.3
            at = dice.randrange(BEGIN, NOW)
            parts: list[tuple[str, int]] = []
            if head == "Freight" and paise > 3 and dice.random() < 0.5:
                tax = paise // 4
                parts = [("Base", paise - 2 * tax), ("CGST 9%", tax), ("SGST 9%", tax)]
            rows.append(
                {
                    "head": head,
                    "amount": str(Decimal(paise) / 100),
                    "hsnOrSac": HEADS[head],
                    "isBillable": (billable := dice.random() < 0.7),
                    "absorbedBy": (by := dice.choice(["merchant", "platform"])),
                    "transactionType": "credit" if gives else "debit",
                    "chargedAt": clock.iso(at),
                    "breakup": [{"head": name, "amount": str(Decimal(part) / 100)} for name, part in parts],
                }
            )
            sign = 1 if gives else -1
            day = clock.local_day(at, ZONE)
            made.append(
                Made(customer, day, head, HEADS[head], by, billable, sign * paise, tuple(parts) or ((head, paise),))
            )
        body = {"customerId": customer, "entityType": "order", "referenceId": f"R{number}", "currency": "INR"}
        try:
            charges.create_transaction(self.call(NewTransaction.model_validate({**body, "charges": rows})))
        except Problem as refusal:
            if refusal.kind.code != "credit_exceeds_debits":
                raise
            return
        self.made += made


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    dice, ledger = random.Random(11), Ledger()
    number = 0
    while len(ledger.made) < CHARGES:
        number += 1
        ledger.post(dice, number, dice.randint(1, 8))
    return ledger


PERIODS = [
    ("2026-03-01", "2026-03-31"),
    ("2025-10-21", "2026-11-21"),
    ("2026-02-14", "2026-07-03"),
    ("2026-11-21", "2026-11-21"),
    ("2025-12-31T18:30:00Z", "2026-01-31T18:29:59Z"),  # January in India, as JavaScript sends it
    ("2026-01-01T00:00:00Z", "2026-01-31T23:59:59Z"),  # up to 1 February in India
]


def days(period: tuple[str, str]) -> tuple[int, int]:
    """A date is a day; an instant is one in the tenant's zone."""
    first, last = (
        int(text.replace("-", "")) if len(text) == 10 else clock.local_day(clock.parse_iso(text), ZONE)
        for text in period
    )
    return first, last


def within(ledger: Ledger, period: tuple[str, str], customer: str = "cust-a") -> list[Made]:
    first, last = days(period)
    return [each for each in ledger.made if each.customer == customer and first <= each.day <= last]


def opening(ledger: Ledger, period: tuple[str, str]) -> int:
    first, _ = days(period)
    return sum(each.paise for each in ledger.made if each.customer == "cust-a" and each.day < first)


def rupees(paise: int) -> Decimal:
    return Decimal(paise) / 100


def debit(made: list[Made]) -> Decimal:
    return rupees(-sum(each.paise for each in made if each.paise < 0))


def credit(made: list[Made]) -> Decimal:
    return rupees(sum(each.paise for each in made if each.paise > 0))


def period_query(period: tuple[str, str]) -> CurrencyPeriod:
    return CurrencyPeriod(from_date=period[0], to_date=period[1], currency="INR")


@pytest.mark.parametrize("period", PERIODS)
def test_heads(ledger: Ledger, period: tuple[str, str]) -> None:
    query = HeadsQuery(customer_id="cust-a", from_date=period[0], to_date=period[1])
    report = reports.report_heads(ledger.call(query)).data
    made = within(ledger, period)
    totals = {row.head: (row.debit, row.credit, row.debit_count, row.credit_count) for row in report.heads}
    naive = {}
    for head in {each.head for each in made}:
        own = [each for each in made if each.head == head]
        takes = sum(each.paise < 0 for each in own)
        naive[head] = (debit(own), credit(own), takes, len(own) - takes)
    assert totals == naive
    assert (report.total.debit, report.total.credit) == (debit(made), credit(made))
    some = reports.report_heads(ledger.call(query.model_copy(update={"heads": "CGST, IGST"}))).data
    assert {row.head for row in some.heads} == {"CGST", "IGST"} & set(naive)


def test_heads_without_dates_are_of_everything(ledger: Ledger) -> None:
    report = reports.report_heads(ledger.call(HeadsQuery(customer_id="cust-b"))).data
    assert report.total.net == rupees(sum(each.paise for each in ledger.made if each.customer == "cust-b"))


@pytest.mark.parametrize("period", PERIODS)
def test_profit_and_loss_with_its_breakdown(ledger: Ledger, period: tuple[str, str]) -> None:
    query = ProfitLossQuery(customer_id="cust-a", from_date=period[0], to_date=period[1], include_breakdown=True)
    report = reports.report_profit_loss(ledger.call(query)).data
    made = within(ledger, period)
    assert (report.income, report.expense, report.profit) == (credit(made), debit(made), credit(made) - debit(made))
    naive: dict[Any, list[Made]] = defaultdict(list)
    for each in made:
        naive[each.head, each.code, each.by, each.billable].append(each)
    assert report.breakdown is not None
    totals = {(row.head, row.hsn_or_sac, row.absorbed_by, row.is_billable): row.profit for row in report.breakdown}
    assert totals == {place: credit(own) - debit(own) for place, own in naive.items()}
    plain = reports.report_profit_loss(ledger.call(query.model_copy(update={"include_breakdown": False}))).data
    assert plain.breakdown is None


@pytest.mark.parametrize("period", PERIODS)
def test_date_range_and_summary(ledger: Ledger, period: tuple[str, str]) -> None:
    call = ledger.call(period_query(period), "cust-a")
    report, summary = reports.report_date_range(call).data, reports.summarize_ledger(call).data
    made, before = within(ledger, period), rupees(opening(ledger, period))
    by_day: dict[str, list[Made]] = defaultdict(list)
    for each in made:
        by_day[reports.day_text(each.day)].append(each)
    assert {row.date: (row.debit, row.credit) for row in report.days} == {
        day: (debit(own), credit(own)) for day, own in by_day.items()
    }
    after = before + credit(made) - debit(made)
    assert (report.opening_balance, report.closing_balance) == (before, after)
    assert (summary.opening_balance, summary.closing_balance) == (before, after)
    assert (summary.total_debit, summary.total_credit) == (debit(made), credit(made))
    assert summary.debit_count + summary.credit_count == len(made)


@pytest.mark.parametrize("period", PERIODS)
def test_taxes_by_kind_and_code(ledger: Ledger, period: tuple[str, str]) -> None:
    report = reports.report_tax(ledger.call(period_query(period), "cust-a")).data
    kinds: dict[str, int] = defaultdict(int)
    codes: dict[tuple[str, str], int] = defaultdict(int)
    for each in within(ledger, period):
        sign = -1 if each.paise > 0 else 1
        for head, paise in each.parts:
            tax = head.split(" ")[0] if head.split(" ")[0] in charge_totals.TAXES else ""
            kinds[tax] += sign * paise
            codes[each.code, tax] += sign * paise
    assert {row.tax: row.net for row in report.taxes} == {tax: rupees(sum) for tax, sum in kinds.items() if tax}
    assert report.taxable_value == rupees(kinds[""])
    assert report.total_tax == rupees(sum(sum_ for tax, sum_ in kinds.items() if tax))
    for row in report.codes:
        assert row.taxable_value == rupees(codes[row.hsn_or_sac, ""])
        assert (row.cgst, row.sgst) == (rupees(codes[row.hsn_or_sac, "CGST"]), rupees(codes[row.hsn_or_sac, "SGST"]))
        assert (row.igst, row.gst) == (rupees(codes[row.hsn_or_sac, "IGST"]), rupees(codes[row.hsn_or_sac, "GST"]))


def test_an_empty_period_is_an_empty_report(ledger: Ledger) -> None:
    period = CurrencyPeriod(from_date="2020-01-01", to_date="2020-12-31", currency="INR")
    call = ledger.call(period, "cust-a")
    assert reports.report_date_range(call).data.days == []
    assert reports.report_tax(call).data.codes == []
    summary = reports.summarize_ledger(call).data
    assert (summary.opening_balance, summary.closing_balance, summary.debit_count) == (0, 0, 0)
    assert reports.report_tax(ledger.call(period, "nobody")).data.total_tax == 0


def test_another_currency_and_another_customer_have_nothing_of_it(ledger: Ledger) -> None:
    query = HeadsQuery(customer_id="cust-a", currency="USD")
    assert reports.report_heads(ledger.call(query)).data.heads == []
    assert reports.report_heads(ledger.call(HeadsQuery(customer_id="cust-"))).data.heads == []


@pytest.mark.parametrize(("first", "last"), [("2026-02-01", "2026-01-31"), ("x", "2026-01-31"), ("2026-02-30", "x")])
def test_a_period_that_makes_no_sense_is_refused(ledger: Ledger, first: str, last: str) -> None:
    with pytest.raises(Problem) as refusal:
        reports.report_tax(ledger.call(CurrencyPeriod(from_date=first, to_date=last, currency="INR"), "cust-a"))
    assert refusal.value.kind.status == 400


def test_a_report_reads_a_bounded_number_of_items_per_day(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    whole = ("2025-11-01", "2026-10-31")
    count = 365
    call = ledger.call(period_query(whole), "cust-a")
    heads = ledger.call(HeadsQuery(customer_id="cust-a", from_date=whole[0], to_date=whole[1]))
    bounds = {
        "heads": (lambda: reports.report_heads(heads), COMBINATIONS * count),
        "tax": (
            lambda: reports.report_tax(call),
            (len(charge_totals.TAXES) + 1) * len(set(HEADS.values())) * 2 * count,
        ),
        "date range": (lambda: reports.report_date_range(call), count + 31 + 13),
        "summary": (lambda: reports.summarize_ledger(call), count + 31 + 13),
    }
    with capsys.disabled():
        for name, (run, most) in bounds.items():
            ledger.table.read_items = ledger.table.read_units = 0
            run()
            items, units = ledger.table.read_items, ledger.table.read_units
            sys.stdout.write(f"\n  {name}: {items} items, {units} read units, a year of {len(ledger.made)} charges")
            assert 0 < items <= most
        sys.stdout.write("\n")


def test_the_wallet_equals_the_charges(ledger: Ledger) -> None:
    assert not verify_scope(ledger.store, SCOPE).findings
    months = sum(
        cell.net
        for customer in ("cust-a", "cust-b")
        for cell in charge_totals.totals_by_day(
            ledger.store, SCOPE, charge_totals.customer_digest(customer, "INR"), 0, 99999999
        )
    )
    assert months == sum(each.paise for each in ledger.made)
