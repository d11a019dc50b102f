"""Closed months sealed and purged in virtual time: every way through the state machine, kills between any two calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batua import clock, ids, settings
from batua.archive import purge, seal
from batua.archive.bucket import manifest_key
from batua.archive.check import SealedArchive
from batua.archive.manifest import read_manifest
from batua.audit.verify import verify_wallet
from batua.ledger.decisions import tenant_money
from batua.ledger.posting.request import CoinPostingResult
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.ledger.records.customer_coins import Origin
from batua.ledger.records.tombstones import MARK
from batua.store import archive_keys, keys
from batua.store.writes import Put, Update
from tests.fakes.archive_town import (
    ASHA,
    BIRBAL,
    DEFINITION,
    OTHER,
    OTHERS,
    OWNER,
    SCOPE,
    ArchiveTown,
    small_chunks,
)
from tests.fakes.gateway_town import Boundary
from tests.fakes.states import all_edges

Make = Callable[..., ArchiveTown]
SEEN: set[str] = set()


@pytest.fixture(autouse=True)
def _kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A deployment that keeps thirteen months: on 21 November 2026 everything up to September 2025 may leave."""
    monkeypatch.setenv("KEPT_MONTHS", "13")
    monkeypatch.setenv("LOG_LEVEL", "CRITICAL")
    settings.reset_settings()
    yield
    settings.reset_settings()


@pytest.fixture
def make() -> Iterator[Make]:
    towns: list[ArchiveTown] = []

    def town(**more: Any) -> ArchiveTown:
        towns.append(ArchiveTown(**more))
        return towns[-1]

    yield town
    SEEN.update(*(town.machine.edges for town in towns))


@pytest.fixture(scope="module")
def year() -> ArchiveTown:
    town = ArchiveTown()
    town.a_year()
    return town


def manifests(town: ArchiveTown, tenant: str = OWNER) -> dict[int, Any]:
    found = {}
    for key, body in town.sealed.items():
        if key.startswith(f"sealed/{tenant}/") and key.endswith("manifest.json"):
            manifest = read_manifest(body)
            found[manifest.month] = manifest
    return found


def tombstones(town: ArchiveTown) -> list[Any]:
    return [record for record in town.ledger() if MARK in record]


def test_every_closed_month_is_sealed_and_names_the_one_before(make: Make, year: ArchiveTown) -> None:
    town = make().like(year)
    assert town.seal().status == "SUCCEEDED"
    sealed = manifests(town)
    assert list(sealed) == [clock.add_months(202508, n) for n in range(15)]  # to October; November is not over
    assert [sealed[month].previous[0] for month in list(sealed)[1:]] == list(sealed)[:-1]
    assert sealed[202508].previous is None
    assert sealed[202509].sums["coins prg_492Q2B9FXQ9A6JCJ1G1ENVJ3RS issue amount"] == 21
    assert sealed[202509].sums["funds INR wallet legs"] == 1001
    assert town.verify().findings == []
    assert town.verify(OTHERS).findings == []


def test_what_was_sealed_long_ago_leaves_the_table_and_nothing_else_does(make: Make, year: ArchiveTown) -> None:
    town = make().like(year)
    before = {(record["pk"], record["sk"]): record for record in town.ledger()}
    town.seal()
    gone = tombstones(town)
    assert {record[MARK] for record in gone} == {202508, 202509}
    assert len(gone) == sum(manifests(town, tenant)[month].entries for tenant, month in _purged())
    for record in town.ledger():
        if MARK not in record:
            assert record == before[record["pk"], record["sk"]]
    listed = town.plain.query_all("ledger", keys.wallet_partition(SCOPE, ASHA), index="statement")
    assert min(record["g2s"] for record in listed).startswith("2025-10")


def _purged() -> list[tuple[str, int]]:
    return [(OWNER, 202508), (OWNER, 202509), (OTHER, 202508)]


def test_a_key_whose_entry_has_left_gets_its_first_answer_again(make: Make) -> None:
    town = make()
    town.a_year("2025-08", 3)
    first = {id: answer(post()) for id, post in town.orders.items()}
    town.seal()
    assert len(tombstones(town)) == 10
    wallet = town.plain.read([keys.wallet_key(SCOPE, ASHA)])
    for id, post in town.orders.items():
        assert answer(post()) == first[id]
    assert town.plain.read([keys.wallet_key(SCOPE, ASHA)]) == wallet


def answer(posted: CoinPostingResult) -> dict[str, Any]:
    """What an answer is made of: all that an entry says but its legs, its address and its place in the chain."""
    assert posted.replayed
    hidden = ("legs", "address", "previous")
    return {name: getattr(posted.entry, name) for name in posted.entry.__slots__ if name not in hidden}


def test_sealing_twice_writes_nothing_anew(make: Make, year: ArchiveTown) -> None:
    town = make().like(year)
    town.seal("first")
    first = dict(town.sealed)
    town.now += 40 * clock.DAY_MS  # the next month's run, which has November to seal
    assert town.seal("second").status == "SUCCEEDED"
    assert {key: town.sealed[key] for key in first} == first
    assert max(manifests(town)) == 202611
    assert town.verify().findings == []


def test_two_towns_with_the_same_entries_seal_the_same_bytes(
    make: Make, year: ArchiveTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = make().like(year)
    whole.seal()
    small_chunks(monkeypatch)
    pieces = make(pages=3).like(year)
    pieces.pieces = 0
    pieces.seal("in pieces")
    assert pieces.sealed == whole.sealed


def test_a_month_in_many_parts_is_sealed_piece_by_piece(
    make: Make, year: ArchiveTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    monkeypatch.setattr(seal.SealingRun, "__init__", _small_parts(seal.SealingRun.__init__))
    town = make().like(year)
    town.pieces = 0
    assert town.seal().status == "SUCCEEDED"
    assert {len(manifest.parts) for manifest in manifests(town).values()} == {2, 3}
    assert town.verify().findings == []
    archive = SealedArchive(town.plain, town.vault)
    for wallet, entries in ((ASHA, 48), (BIRBAL, 6), (tenant_money.tenant_wallet("live", OWNER).id, 16)):
        report = verify_wallet(town.plain, SCOPE, wallet, archive)
        assert (report.findings, report.entries) == ([], entries)


def _small_parts(init: Any) -> Any:
    return lambda self, *given: init(self, *given, part_entries=2, proved_lines=9)


def test_a_run_that_is_killed_between_any_two_calls_seals_and_purges_the_same(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_chunks(monkeypatch, 12)
    few = ArchiveTown()
    few.a_year("2025-08", 3)
    few.now = clock.parse_iso("2026-11-21T09:30:00Z")
    calm = make(pages=20).like(few)
    calm.seal()
    assert calm.verify().findings == []
    calls = calm.boundary.count
    assert calls > 60
    for number in range(1, calls + 1):
        killed = make(pages=20, boundary=Boundary(number, after=number % 2 == 0)).like(few)
        assert killed.seal().status == "SUCCEEDED", number
        assert killed.sealed == calm.sealed, number
        assert killed.table.items == calm.table.items, number


def test_two_runs_at_once_seal_and_purge_the_same(make: Make, year: ArchiveTown) -> None:
    """Whichever is ahead; the other finds sealed what it has collected."""
    calm = make().like(year)
    calm.seal()
    for lead in range(1, 12, 2):
        town = make().like(year)
        town.pieces = 3
        for name in ("one", "other"):
            town.machine.start_execution(stateMachineArn="", name=name, input="{}")
        one, other = town.machine.executions.values()
        for _ in range(lead):
            town.machine.step(other)
        while "RUNNING" in (one.status, other.status):
            for execution in (one, one, other):
                if execution.status == "RUNNING":
                    town.machine.step(execution)
        assert (one.status, other.status) == ("SUCCEEDED", "SUCCEEDED"), lead
        assert town.sealed == calm.sealed
        assert town.table.items == calm.table.items


def test_a_run_that_another_overtakes_finds_its_month_sealed(make: Make, year: ArchiveTown) -> None:
    calm = make().like(year)
    calm.seal()
    town = make().like(year)
    put, once, overtaken = town.s3.put_object, iter([True]), list[str]()

    def overtake(**given: Any) -> Any:
        answer = put(**given)
        if given["Key"].endswith("/202602/manifest.json") and next(once, False):
            overtaken.append(town.seal("other").status)
        return answer

    town.s3.put_object = overtake  # type: ignore[method-assign]
    assert (town.seal("one").status, overtaken) == ("SUCCEEDED", ["SUCCEEDED"])
    assert "Seal:retry" not in town.machine.edges
    assert town.sealed == calm.sealed
    assert town.table.items == calm.table.items


def test_a_month_is_closed_three_days_after_its_end(make: Make) -> None:
    town = make()
    town.issue("2026-10-31T23:59:59Z")
    town.issue("2026-11-01T00:00:00Z")
    town.now = clock.parse_iso("2026-11-03T23:59:59Z")
    town.seal("early")
    assert manifests(town) == {}
    town.now = clock.parse_iso("2026-11-04T00:00:00Z")
    town.seal("in time")
    assert [manifest.entries for manifest in manifests(town).values()] == [1]


def test_a_late_entry_ends_the_run_with_an_alarm_and_never_leaves_the_table(make: Make, year: ArchiveTown) -> None:
    town = make().like(year)
    town.seal("first")
    # Nothing posts into the past; so a clock was wrong by years.
    town.issue("2025-09-29T00:00:00Z", ids.derived_id("wal", "a new customer"))
    execution = town.seal("second")
    assert (execution.status, execution.state) == ("FAILED", "Faulty")
    (fault,) = execution.data["sealed"]["cursor"]["faults"]
    assert "202509: 4 entries are sealed, 5 are in the table" in fault
    assert [finding.invariant for finding in town.verify().findings] == ["a sealed month has all of its entries"]


def test_where_an_entry_is_missing_nothing_of_the_tenant_is_sealed(make: Make, year: ArchiveTown) -> None:
    town = make().like(year)
    place = next(place for place, item in town.table.items.items() if item.get("g1s", {}).get("S") == f"{7:012d}")
    hidden = town.table.items.pop(place)
    execution = town.seal("first")
    assert execution.state == "Faulty"
    assert "the entry with the number 7 is missing" in execution.data["sealed"]["cursor"]["faults"][0]
    assert (manifests(town), len(manifests(town, OTHER))) == ({}, 5)
    town.table.items[place] = hidden
    assert town.seal("second").status == "SUCCEEDED"
    assert town.verify().findings == []


def test_a_last_entry_that_the_reading_passed_over_is_told(make: Make) -> None:
    town = make()
    town.issue("2026-09-01T00:00:00Z")
    last = town.issue("2026-09-02T00:00:00Z").entry.id
    scan = town.table.scan

    def passing_over(**request: Any) -> Any:
        page = scan(**request)
        page["Items"] = [item for item in page["Items"] if not item["pk"]["S"].endswith(last)]
        return page

    town.table.scan = passing_over  # type: ignore[method-assign]
    execution = town.seal("first")
    assert "the entry with the number 2 was not collected" in execution.data["sealed"]["cursor"]["faults"][0]
    town.table.scan = scan  # type: ignore[method-assign]
    assert town.seal("second").status == "SUCCEEDED"


def test_where_totals_say_otherwise_nothing_of_the_tenant_is_sealed(make: Make, year: ArchiveTown) -> None:
    town = make().like(year)
    lines = [place for place in town.table.items if place[::2] == ("ledger", "FUNDS") and "#K#" in place[1]]
    hidden = town.table.items.pop(lines[3])
    execution = town.seal("first")
    assert "its totals say" in execution.data["sealed"]["cursor"]["faults"][0]
    assert manifests(town) == {}
    town.table.items[lines[3]] = hidden
    assert town.seal("second").status == "SUCCEEDED"


def test_an_entry_made_while_the_table_is_read_does_not_disturb(make: Make, year: ArchiveTown) -> None:
    """The wallet is read after it, and names an entry that nobody saw."""
    town = make().like(year)
    posted = _behind(town)
    assert town.seal().status == "SUCCEEDED"
    assert town.verify().findings == []
    assert posted == ["2026-11-21T09:29:00.000Z"]


def _behind(town: ArchiveTown) -> list[str]:
    """Has a customer buy between the first page of the collection, and what comes after it."""
    posted: list[str] = []
    scan = town.table.scan

    def scanned(**request: Any) -> Any:
        page = scan(**request)
        there = {item["pk"]["S"] for item in page["Items"]}
        if not posted and any("#K#" in pk for pk in there) and not any("#W#" in pk for pk in there):
            for number in range(40):  # until one of them stands before the page's end, where the scan has been
                entry = town.issue("2026-11-21T09:29:00Z").entry
                if f"{SCOPE}#K#{entry.id}" < max(there):
                    posted.append(entry.created_at)
                    break
                assert number < 39
        return page

    town.table.scan = scanned  # type: ignore[method-assign]
    return posted


def test_an_index_that_lags_is_waited_for(make: Make, year: ArchiveTown) -> None:
    town = make().like(year)
    _behind(town)
    query, lags = town.table.query, iter(range(2))

    def behind(**request: Any) -> Any:
        page = query(**request)
        if request.get("IndexName") == "statement" and next(lags, None) is not None:
            page["Items"] = []
        return page

    town.table.query = behind  # type: ignore[method-assign]
    assert town.seal().status == "SUCCEEDED"
    assert "Seal:retry" in town.machine.edges


def test_nothing_leaves_the_table_that_a_damaged_archive_holds(make: Make, year: ArchiveTown) -> None:
    town = make().like(year)
    town.seal("first")
    part = next(key for key in town.sealed if "/202510/" in key and key.endswith("gz"))
    town.s3.objects[part] = town.s3.objects[part][:-9] + b"\x00" + town.s3.objects[part][-8:]
    town.now += 40 * clock.DAY_MS
    execution = town.seal("second")
    assert (execution.status, execution.state) == ("FAILED", "Purge")
    assert {record[MARK] for record in tombstones(town)} == {202508, 202509}


def test_nothing_leaves_the_table_where_a_month_is_missing(make: Make, year: ArchiveTown) -> None:
    town = make().like(year)
    town.seal("first")
    del town.s3.objects[manifest_key(OWNER, 202604)]
    town.now += 40 * clock.DAY_MS
    execution = town.seal("second")
    assert (execution.status, execution.state) == ("FAILED", "Purge")
    assert {record[MARK] for record in tombstones(town) if OWNER in record["pk"]} == {202508, 202509}


def test_an_entry_that_is_not_as_it_was_sealed_stays(make: Make, year: ArchiveTown) -> None:
    town = make().like(year)
    town.now = clock.parse_iso("2026-10-05T00:00:00Z")  # only August may leave
    town.seal("first")
    record = next(r for r in town.ledger() if r["sk"] == "TX" and r["g2s"].startswith("2025-09-11"))
    key = keys.Key("ledger", record["pk"], "TX")
    forged = {name: value for name, value in record.items() if name not in ("pk", "sk")}
    town.plain.write(Put(key, {**forged, "amt": 2, "hash": b"\x01" * 32}))
    town.now = clock.parse_iso("2026-11-05T00:00:00Z")
    execution = town.seal("second")
    assert execution.status == "FAILED"
    assert MARK not in (town.plain.read([key])[key] or {})


@pytest.mark.parametrize("mark", [{"N": "202507"}, None])
def test_a_tombstone_that_is_not_of_the_seal_stops_the_purge(
    make: Make, year: ArchiveTown, mark: dict[str, str] | None
) -> None:
    town = make().like(year)
    town.seal("first")
    place = next(place for place, item in town.table.items.items() if MARK in item and OWNER in place[1])
    town.table.items[place].pop(MARK)
    if mark:
        town.table.items[place][MARK] = mark
    town.plain.write(Update(archive_keys.sealed_month_key(OWNER), remove=("purged",)))
    with pytest.raises(purge.NotSealed):
        purge.purge_sealed(town.plain, town.vault, 202509, {}, lambda: True)


def test_a_deployment_that_keeps_everything_purges_nothing(
    make: Make, year: ArchiveTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_MONTHS", "0")
    settings.reset_settings()
    town = make().like(year)
    assert town.seal().status == "SUCCEEDED"
    assert (len(manifests(town)), tombstones(town)) == (15, [])


def test_fewer_months_than_thirteen_are_never_kept(
    make: Make, year: ArchiveTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_MONTHS", "1")
    settings.reset_settings()
    town = make().like(year)
    town.seal()
    assert {record[MARK] for record in tombstones(town)} == {202508, 202509}


def test_a_reversal_of_what_has_left_still_finds_what_it_undoes(make: Make) -> None:
    town = make()
    spent = [town.issue("2025-08-01T00:00:00Z", coins=50), town.redeem("2025-08-02T00:00:00Z", coins=20)][1]
    town.seal()
    assert len(tombstones(town)) == 2
    back = town.reverse("2026-11-21T09:00:00Z", spent.entry.id, 20)
    assert (back.entry.kind, back.entry.amount) == ("reverse_redeem", 20)
    assert town.verify().findings == []


def test_what_left_a_tenants_wallet_can_still_be_refunded_and_asked_for_again(make: Make) -> None:
    town = make()
    town.credit("2025-08-01T00:00:00Z", 10_000)
    wallet, source = tenant_money.tenant_wallet("live", OWNER), Origin("usr_1", "::1", OWNER)
    order = funds_request("wallets.debit", "live", OWNER, source, "d1", {})

    def debit(at: int) -> Any:
        return TenantLedger(town.plain, "UTC", at).post(
            order, lambda known: tenant_money.decide_debit(known, wallet, 4000, at)
        )

    spent = debit(clock.parse_iso("2025-08-02T00:00:00Z"))
    town.count(spent.id, OWNER)
    town.seal()
    assert len(tombstones(town)) == 2
    treasury = TenantLedger(town.plain, "UTC", town.now)
    original = treasury.load_original(treasury.transaction(SCOPE, spent.id) or pytest.fail("it is gone"))
    refund = funds_request("refund", "live", OWNER, source, "r1", {})
    back = treasury.post(refund, lambda known: tenant_money.decide_refund(known, original, town.now, amount=4000))
    assert (back.entry.kind, back.entry.total) == ("refund", 4000)
    assert debit(town.now).replayed
    assert town.verify().findings == []


def test_the_tip_says_how_far_the_books_are_sealed_and_purged(make: Make, year: ArchiveTown) -> None:
    town = make().like(year)
    town.seal()
    key = archive_keys.sealed_month_key(OWNER)
    found = town.plain.read([key])[key]
    assert found is not None
    assert (found["month"], found["purged"]) == (202610, 202509)


def test_every_way_through_the_definition_was_taken() -> None:
    assert set(all_edges(DEFINITION)) - SEEN == set()
    assert json.loads(DEFINITION.read_text())["StartAt"] == "Begin"
