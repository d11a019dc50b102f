"""Each entry is counted once, whatever names a row still keeps, and totals say how far they are complete."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from batua import clock
from batua.ledger import counting, totals
from batua.ledger.counting import EntryMark
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.tenant_money import FundsState
from batua.store import keys
from batua.store.codec import decode
from batua.store.store import Store
from batua.store.writes import Put
from tests.fakes.faults import FaultyClient
from tests.unit.totals_fixtures import (  # noqa: F401 - fixtures
    BOOKS,
    MONEY,
    NOW,
    OWNER,
    SCOPE,
    SHOP,
    Spy,
    batch,
    coins,
    lines,
    put,
    store,
    table,
    total,
)

# Names that a row no longer keeps


def counts(store: Store) -> tuple[int, int]:
    (counted,) = totals.daily_totals(store, BOOKS, 20261122, 20261122)
    return counted.count, counted.amount


def spilled(table: Spy) -> list[dict[str, Any]]:
    found = [decode(item) for place, item in table.items.items() if place[1].startswith("COUNTED#TOTALS#")]
    return sorted(found, key=lambda item: str(item["sk"]))


def one_by_one(store: Store, records: Sequence[dict[str, Any]]) -> None:
    for record in records:
        assert totals.add_to_totals(store, batch(record), NOW) == []


def test_names_of_before_are_spilled_and_what_they_name_is_not_added_again(store: Store, table: Spy) -> None:
    records = [coins("issue", name=str(n), at=NOW + 1000 * n) for n in range(130)]
    one_by_one(store, records)
    assert counts(store) == (130, 910)
    there = spilled(table)
    assert len(there) == 3
    assert {item["ttl"] for item in there} == {NOW // 1000 + 7 * 86_400}
    row = decode(table.items["directory", f"TOTALS#{BOOKS}", "20261122#prg_1#issue#posted"])
    assert row["_hi"] == int(there[-1]["sk"])
    assert row["_n"] == len(row["_ids"]) <= 40
    for again in (records, records[::-1], records[::7]):
        one_by_one(store, again)
        assert totals.add_to_totals(store, batch(*again[:90]), NOW) == []
    assert counts(store) == (130, 910)


def test_what_was_spilled_into_many_items_is_found_in_all_of_them(
    store: Store, table: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "FEW", 2)
    records = [coins("issue", name=str(n), at=NOW + 4000 * n) for n in range(90)]
    one_by_one(store, records)
    assert len(spilled(table)) > 25, "more than one query returns"
    assert totals.add_to_totals(store, batch(*records), NOW) == []
    assert counts(store) == (90, 630)


def test_an_entry_before_what_was_spilled_is_added_once_however_late_it_comes(store: Store, table: Spy) -> None:
    records = [coins("issue", name=str(n), at=NOW + 1000 * n) for n in range(60)]
    late = [records.pop(3), records.pop(20), coins("issue", name="new", at=NOW + 3000)]
    one_by_one(store, records)
    assert spilled(table)
    for _ in range(2):
        assert totals.add_to_totals(store, batch(*late, *records), NOW) == []
        one_by_one(store, late)
    assert counts(store) == (61, 427)


def test_the_page_of_a_late_entry_is_that_of_its_books_and_two_seconds_and_is_kept_for_a_week(
    store: Store, table: Spy
) -> None:
    for record in (coins("issue"), *lines(tenant_money.decide_debit(FundsState(), MONEY, 7, NOW))):
        for row, _ in totals.sums_of(record):
            store.write(Put(row, {"count": 0}))  # begun before rows kept names
        assert totals.add_to_totals(store, batch(record), NOW) == []
    pages = {place: decode(item) for place, item in table.items.items() if place[1].startswith("COUNTED#")}
    assert set(pages) == {("directory", f"COUNTED#{scope}", f"{NOW // 2000:012d}") for scope in (SCOPE, BOOKS)}
    assert {page["ttl"] for page in pages.values()} == {NOW // 1000 + 7 * 86_400}
    assert sorted(len(page["ids"]) for page in pages.values()) == [1, 3], "one name for each row"


def test_hundreds_of_entries_of_one_instant_are_counted_once(store: Store, table: Spy) -> None:
    """As with the clock of a sandbox that stands still."""
    records = [coins("issue", name=str(n)) for n in range(900)]
    for start in range(0, 900, 60):
        for _ in range(2):
            assert totals.add_to_totals(store, batch(*records[start : start + 60]), NOW) == []
    one_by_one(store, records[::50])
    assert counts(store) == (900, 6300)
    assert spilled(table)


@pytest.mark.parametrize("room", [40, 400])
def test_names_that_come_while_others_are_spilled_are_not_lost(
    table: Spy, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever adds them spills as well, or not, where it had found that nothing was to be spilled."""
    client = FaultyClient(table)
    store = Store(client, "ledger", "directory", sleep=lambda seconds: None)
    one_by_one(store, [coins("issue", name=str(n), at=NOW + 1000 * n) for n in range(40)])
    other = Store(table, "ledger", "directory", sleep=lambda seconds: None)

    def meanwhile() -> None:
        monkeypatch.setattr(counting, "FEW", room)
        one_by_one(other, [coins("issue", name=str(n), at=NOW + 1000 * n) for n in range(41, 80)])

    client.plan, client.other = iter(["none", "other"]), meanwhile
    records = [coins("issue", name=str(n), at=NOW + 1000 * n) for n in range(80)]
    one_by_one(store, records[40:41])
    assert client.met == ["other"]
    for _ in range(2):
        one_by_one(store, records)
    assert counts(store) == (80, 560)


def test_a_row_begun_before_rows_kept_names_goes_by_the_pages(store: Store, table: Spy) -> None:
    before, after = coins("issue", name="before"), coins("issue", name="after", amt=5)
    mark = EntryMark.of(before)
    store.write(Put(mark.page, {"ids": frozenset([mark.digest]), "ttl": 1}))
    store.write(Put(total(20261122, "prg_1", "issue", "posted"), {"count": 1, "amount": 7}))
    for _ in range(2):
        assert totals.add_to_totals(store, batch(before, after), NOW) == []
    assert counts(store) == (2, 12)
    put(store, before, after)
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW


@pytest.mark.parametrize("seed", range(20))
def test_in_any_order_in_any_batches_and_however_often_each_is_added_once(
    table: Spy, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "FEW", 6)
    monkeypatch.setattr(counting, "MANY", 25)
    chance = random.Random(seed)
    client = FaultyClient(table)
    store = Store(client, "ledger", "directory", sleep=lambda seconds: None)
    records = [coins("issue", name=str(n), at=NOW + chance.randrange(60) * 700) for n in range(150)]
    put(store, *records)
    waiting = sorted(records, key=lambda one: (str(one["g2s"])[:21], chance.random()))
    while waiting:
        size = chance.choice([1, 1, 2, 5, 20])
        taken, waiting = waiting[:size], waiting[size:]
        taken += chance.sample(records[: max(1, 150 - len(waiting))], 1)
        client.plan = iter(chance.choices(["none", "conflict", "lost_after", "throttle"], [20, 1, 2, 1], k=10))
        failed = totals.add_to_totals(store, batch(*taken), NOW)
        again = [taken[int(number)] for number in failed]
        waiting = sorted([*waiting, *again], key=lambda one: (str(one["g2s"])[:20], chance.random()))
    client.plan = iter(())
    assert counts(store) == (150, 1050)
    assert totals.totals_complete_to(store, PLACES, NOW + 60_000) == NOW + 60_000
    assert totals.add_to_totals(store, batch(*records), NOW) == []
    assert counts(store) == (150, 1050)


def entries(*ages: int) -> list[dict[str, Any]]:
    return [coins("issue", at=NOW - age, name=str(age)) for age in ages]


PLACES = [keys.activity_partition(SCOPE, SHOP)]


def test_totals_are_complete_to_just_before_the_earliest_entry_without_a_mark(store: Store, table: Spy) -> None:
    records = entries(50, 40, 30, 20)
    put(store, *records)
    totals.add_to_totals(store, batch(records[0], records[2]), NOW)
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW - 41
    totals.add_to_totals(store, batch(records[1]), NOW)
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW - 21
    totals.add_to_totals(store, batch(records[3]), NOW)
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW
    assert totals.totals_complete_to(store, [keys.funds_activity_partition(BOOKS, SHOP)], NOW) == NOW
    assert {request["Limit"] for request in table.queried if request.get("IndexName")} == {500}


def test_of_several_places_the_earliest_decides(store: Store) -> None:
    mine, elsewhere = entries(50)[0], entries(20)[0]
    put(store, mine, {**elsewhere, "g2p": keys.activity_partition(SCOPE, OWNER)})
    both = [*PLACES, keys.activity_partition(SCOPE, OWNER)]
    assert totals.totals_complete_to(store, both, NOW) == totals.totals_complete_to(store, both[::-1], NOW) == NOW - 51


def test_what_is_older_than_a_stream_remembers_is_not_waited_for(store: Store) -> None:
    put(store, *entries(clock.DAY_MS, clock.DAY_MS + 1, 5))
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW - clock.DAY_MS - 1


def test_every_page_that_has_an_entry_without_a_mark_is_followed_by_the_one_before_it() -> None:
    store = Store(Spy(page=2), "ledger", "directory", sleep=lambda seconds: None)
    records = entries(70, 60, 50, 40, 30, 20)
    put(store, *records)
    totals.add_to_totals(store, batch(records[2], records[5]), NOW)
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW - 71


def test_from_the_latest_on_it_looks_back_to_a_page_that_has_all_its_marks() -> None:
    store = Store(Spy(page=2), "ledger", "directory", sleep=lambda seconds: None)
    records = entries(70, 60, 50, 40, 30, 20)
    put(store, *records)
    totals.add_to_totals(store, batch(records[1], records[2], records[3], records[5]), NOW)
    # What hangs behind a page that was counted is told by an alarm (docs/runbooks/late_totals.md).
    assert totals.totals_complete_to(store, PLACES, NOW) == NOW - 31
