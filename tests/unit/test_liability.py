"""The liability report out of a program's months, and the months out of its entries."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

from batua import clock, ids
from batua.ledger.decisions import customer_coins
from batua.ledger.decisions.customer_coins import Merchant
from batua.ledger.model import Hold, Origin, Original, Posting, Program, Wallet
from batua.ledger.records.customer_coins import entry_item
from batua.ledger.totals import ProgramMonth, program_months, sums_of
from batua.rewards.liability import liability_of
from batua.store import keys
from batua.store.program_keys import program_months_partition

OWNER, SHOP = ids.derived_id("ten", "owner"), ids.derived_id("ten", "shop")
PROGRAM = Program(
    ids.derived_id("prg", "p"), OWNER, "p", "application", "Asia/Kolkata", scale=1, coin_value=50, expiry_months=2
)
SCOPE, MERCHANT = keys.scope("live", OWNER), Merchant(SHOP, 0)
OCTOBER, NOVEMBER = clock.parse_iso("2026-10-10T10:00:00Z"), clock.parse_iso("2026-11-28T10:00:00Z")
JANUARY = clock.parse_iso("2027-01-05T10:00:00Z")


class Books:
    """Entries of one customer, added up as the stream does it."""

    def __init__(self) -> None:
        self.wallet = Wallet(ids.derived_id("wal", "asha"), ids.derived_id("cust", "asha"))
        self.sums: Counter[tuple[keys.Key, str]] = Counter()
        self.count = 0

    def post(self, posting: Any) -> Posting:
        assert isinstance(posting, Posting)
        self.count += 1
        id = ids.derived_id("txn", str(self.count))
        day = clock.local_day(posting.at, PROGRAM.time_zone)
        item = entry_item(SCOPE, id, posting, Origin("usr", "127.0.0.1", SHOP), b"", day, day // 100)
        key = keys.transaction_key(SCOPE, id)
        self.sums.update(sums_of({"pk": key.pk, "sk": key.sk, **item}))
        self.wallet = posting.after
        return posting

    def months(self) -> list[ProgramMonth]:
        found: dict[int, dict[str, int]] = {}
        for (key, name), amount in self.sums.items():
            if key.sk.startswith("P#"):
                found.setdefault(int(key.sk[2:]), {})[name] = amount
        return [
            ProgramMonth(
                month,
                {name: amount for name, amount in sums.items() if name[0] not in "px"},
                {int(name[1:]): amount for name, amount in sums.items() if name[0] == "x"},
                {int(name[1:]): amount for name, amount in sums.items() if name[0] == "p"},
            )
            for month, sums in sorted(found.items())
        ]


def a_year() -> Books:
    books = Books()
    issue = lambda now, coins: customer_coins.decide_issue(  # noqa: E731
        books.wallet, PROGRAM, MERCHANT, now, coins=coins, bill=None
    )
    books.post(issue(OCTOBER, 1000))
    books.post(customer_coins.decide_redemption(books.wallet, PROGRAM, MERCHANT, OCTOBER, coins=300))
    books.post(customer_coins.decide_import(books.wallet, PROGRAM, NOVEMBER, coins=500, expires=clock.NO_EXPIRY))
    issued = books.post(issue(NOVEMBER, 400))
    original = Original(ids.derived_id("txn", "4"), "issue", books.wallet.id, 400, issued.lots, 202611, 0, SHOP)
    books.post(customer_coins.decide_reversal(books.wallet, PROGRAM, original, NOVEMBER, coins=100))
    held = books.post(
        customer_coins.decide_hold(
            books.wallet, PROGRAM, MERCHANT, NOVEMBER, id=ids.derived_id("hold", "h"), coins=50, expires_at=JANUARY
        )
    )
    assert isinstance(held.hold, Hold)
    return books


def test_movements_and_months_of_expiry_come_to_what_customers_hold() -> None:
    books = a_year()
    report = liability_of(PROGRAM, books.months(), NOVEMBER)
    assert report.outstanding == books.wallet.balance / 10 == 150
    assert (report.value, report.held, report.debts) == (75, 5, 0)
    assert [(one.expires, one.coins) for one in report.by_expiry] == [("2026-12", 65), ("2027-01", 30), ("never", 50)]
    assert books.wallet.lots == {202612: 650, 202701: 300, clock.NO_EXPIRY: 500}, "what is held is in no lot"
    october, november = report.movements
    assert (october.opening, october.issued, october.redeemed, october.closing) == (0, 100, -30, 70)
    assert (november.opening, november.issued, november.imported, november.closing) == (70, 30, 50, 150)
    for one in report.movements:
        changes = one.issued + one.imported + one.redeemed + one.expired + one.transferred
        assert one.opening + changes == one.closing


def test_coins_that_cannot_be_spent_yet_are_owed_and_named() -> None:
    program, books = replace(PROGRAM, pending_days=30), Books()
    issued = books.post(customer_coins.decide_issue(books.wallet, program, MERCHANT, NOVEMBER, coins=400, bill=None))
    original = Original(
        ids.derived_id("txn", "1"), "issue", books.wallet.id, 400, issued.lots, 202611, 0, SHOP, pending=issued.pending
    )
    books.post(customer_coins.decide_reversal(books.wallet, program, original, NOVEMBER, coins=100))
    report = liability_of(program, books.months(), NOVEMBER)
    assert (report.outstanding, report.pending, report.by_expiry[0].expires) == (30, 30, "2027-02")
    ripe = clock.day_start(20261229, program.time_zone)
    assert [liability_of(program, books.months(), at).pending for at in (ripe - 1, ripe)] == [30, 0]


def test_what_is_past_is_breakage_before_it_has_left_the_wallet() -> None:
    books = a_year()
    report = liability_of(PROGRAM, books.months(), JANUARY)
    assert report.outstanding == 150 - 65
    assert report.breakage.expired == 65
    assert report.movements[-1].month == "2027-01"
    assert (report.movements[-1].expired, report.movements[-1].closing) == (-65, 85)
    swept = replace(books.wallet)
    books.post(customer_coins.decide_expiry(swept, PROGRAM, JANUARY))
    again = liability_of(PROGRAM, books.months(), JANUARY)
    assert again == report, "the sweep changes nothing in the report"


def test_expected_breakage_is_the_rate_so_far_times_what_will_expire() -> None:
    report = liability_of(PROGRAM, a_year().months(), JANUARY)
    assert report.breakage.rate == Decimal("0.6842"), "65 of 65 + 30"
    assert [(one.expires, one.expected_breakage) for one in report.by_expiry] == [
        ("2027-01", Decimal("20.5")), ("never", 0),
    ]  # fmt: skip
    assert report.breakage.coins == Decimal("20.5")
    assert report.liability == Decimal("32.25"), "85 coins less 20.5, at 0.50 INR"
    assert liability_of(PROGRAM, [], NOVEMBER).liability == 0


def test_a_stored_month_is_read_as_legs_and_lots() -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        program_months_partition(SCOPE, PROGRAM.id): [
            {"sk": "P#202611", "mint": -500, "wallet": 450, "x202701": 500, "x202612": -50, "p20261215": 40}
        ],
        keys.daily_totals_partition(SCOPE): [
            {"sk": f"20261129#{PROGRAM.id}#issue#posted", "count": 2, "amount": 9, "mint": -9, "x202701": 9, "_n": 2},
            {"sk": f"20261129#{PROGRAM.id}#redeem#refused", "count": 1, "amount": 0},
            {"sk": "20261129#prg_2#issue#posted", "count": 1, "amount": 5, "mint": -5},
            {"sk": f"20261201#{PROGRAM.id}#issue#posted", "count": 1, "amount": 3, "mint": -3, "x202701": 3},
        ],
    }

    class Stored:
        def query_all(self, table: str, partition: str) -> list[dict[str, Any]]:
            assert table == "directory"
            return [{"pk": partition, **row} for row in rows[partition]]

    store: Any = Stored()
    month, following = program_months(store, SCOPE, PROGRAM.id)
    assert month.pending == {20261215: 40}
    assert (month.month, month.legs, month.lots) == (202611, {"mint": -509, "wallet": 450}, {202701: 509, 202612: -50})
    assert (following.month, following.legs, following.lots) == (202612, {"mint": -3}, {202701: 3})
