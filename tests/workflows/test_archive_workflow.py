"""Closed months sealed and purged in virtual time: every way through the state machine, kills between any two calls."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from batua import clock, ids
from batua.archive import purge, seal
from batua.archive.check import SealedArchive
from batua.audit.verify import verify_wallet
from batua.ledger.decisions import tenant_money
from batua.store import archive_keys
from tests.fakes.archive_world import (
    ASHA,
    BIRBAL,
    DEFINITION,
    OTHER,
    OTHERS,
    OWNER,
    SCOPE,
    ArchiveWorld,
    small_chunks,
)
from tests.fakes.gateway_world import Boundary
from tests.fakes.states import all_edges
from tests.workflows.archive_fixtures import Make, make, manifests, tombstones, worlds, year  # noqa: F401 - fixtures

SEEN: set[str] = set()


@pytest.fixture(autouse=True)
def _seen(worlds: list[ArchiveWorld]) -> Iterator[None]:
    yield
    SEEN.update(*(world.machine.edges for world in worlds))


def test_every_closed_month_is_sealed_and_names_the_one_before(make: Make, year: ArchiveWorld) -> None:
    world = make().like(year)
    assert world.seal().status == "SUCCEEDED"
    sealed = manifests(world)
    assert list(sealed) == [clock.add_months(202508, n) for n in range(15)]  # to October; November is not over
    assert [sealed[month].previous[0] for month in list(sealed)[1:]] == list(sealed)[:-1]
    assert sealed[202508].previous is None
    assert sealed[202509].sums["coins prg_492Q2B9FXQ9A6JCJ1G1ENVJ3RS issue amount"] == 21
    assert sealed[202509].sums["funds INR wallet legs"] == 1001
    assert world.verify().findings == []
    assert world.verify(OTHERS).findings == []


def test_sealing_twice_writes_nothing_anew(make: Make, year: ArchiveWorld) -> None:
    world = make().like(year)
    world.seal("first")
    first = dict(world.sealed)
    world.now += 40 * clock.DAY_MS  # the next month's run, which has November to seal
    assert world.seal("second").status == "SUCCEEDED"
    assert {key: world.sealed[key] for key in first} == first
    assert max(manifests(world)) == 202611
    assert world.verify().findings == []


def test_two_worlds_with_the_same_entries_seal_the_same_bytes(
    make: Make, year: ArchiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = make().like(year)
    whole.seal()
    small_chunks(monkeypatch)
    pieces = make(pages=3).like(year)
    pieces.pieces = 0
    pieces.seal("in pieces")
    assert pieces.sealed == whole.sealed


def test_a_month_in_many_parts_is_sealed_piece_by_piece(
    make: Make, year: ArchiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    monkeypatch.setattr(seal.SealingRun, "__init__", _small_parts(seal.SealingRun.__init__))
    world = make().like(year)
    world.pieces = 0
    assert world.seal().status == "SUCCEEDED"
    assert {len(manifest.parts) for manifest in manifests(world).values()} == {2, 3}
    assert world.verify().findings == []
    archive = SealedArchive(world.plain, world.vault)
    for wallet, entries in ((ASHA, 48), (BIRBAL, 6), (tenant_money.tenant_wallet("live", OWNER).id, 16)):
        report = verify_wallet(world.plain, SCOPE, wallet, archive)
        assert (report.findings, report.entries) == ([], entries)


def _small_parts(init: Any) -> Any:
    return lambda self, *given: init(self, *given, part_entries=2, proved_lines=9)


def test_a_run_that_is_killed_between_any_two_calls_seals_and_purges_the_same(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_chunks(monkeypatch, 12)
    few = ArchiveWorld()
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


def test_two_runs_at_once_seal_and_purge_the_same(make: Make, year: ArchiveWorld) -> None:
    """Whichever is ahead; the other finds sealed what it has collected."""
    calm = make().like(year)
    calm.seal()
    for lead in range(1, 12, 2):
        world = make().like(year)
        world.pieces = 3
        for name in ("one", "other"):
            world.machine.start_execution(stateMachineArn="", name=name, input="{}")
        one, other = world.machine.executions.values()
        for _ in range(lead):
            world.machine.step(other)
        while "RUNNING" in (one.status, other.status):
            for execution in (one, one, other):
                if execution.status == "RUNNING":
                    world.machine.step(execution)
        assert (one.status, other.status) == ("SUCCEEDED", "SUCCEEDED"), lead
        assert world.sealed == calm.sealed
        assert world.table.items == calm.table.items


def test_a_run_that_another_overtakes_finds_its_month_sealed(make: Make, year: ArchiveWorld) -> None:
    calm = make().like(year)
    calm.seal()
    world = make().like(year)
    put, once, overtaken = world.s3.put_object, iter([True]), list[str]()

    def overtake(**given: Any) -> Any:
        answer = put(**given)
        if given["Key"].endswith("/202602/manifest.json") and next(once, False):
            overtaken.append(world.seal("other").status)
        return answer

    world.s3.put_object = overtake  # type: ignore[method-assign]
    assert (world.seal("one").status, overtaken) == ("SUCCEEDED", ["SUCCEEDED"])
    assert "Seal:retry" not in world.machine.edges
    assert world.sealed == calm.sealed
    assert world.table.items == calm.table.items


def test_a_month_is_closed_three_days_after_its_end(make: Make) -> None:
    world = make()
    world.issue("2026-10-31T23:59:59Z")
    world.issue("2026-11-01T00:00:00Z")
    world.now = clock.parse_iso("2026-11-03T23:59:59Z")
    world.seal("early")
    assert manifests(world) == {}
    world.now = clock.parse_iso("2026-11-04T00:00:00Z")
    world.seal("in time")
    assert [manifest.entries for manifest in manifests(world).values()] == [1]


def test_a_late_entry_ends_the_run_with_an_alarm_and_never_leaves_the_table(make: Make, year: ArchiveWorld) -> None:
    world = make().like(year)
    world.seal("first")
    # Nothing posts into the past; so a clock was wrong by years.
    world.issue("2025-09-29T00:00:00Z", ids.derived_id("wal", "a new customer"))
    execution = world.seal("second")
    assert (execution.status, execution.state) == ("FAILED", "Faulty")
    (fault,) = execution.data["sealed"]["cursor"]["faults"]
    assert "202509: 4 entries are sealed, 5 are in the table" in fault
    assert [finding.invariant for finding in world.verify().findings] == ["a sealed month has all of its entries"]


def test_where_an_entry_is_missing_nothing_of_the_tenant_is_sealed(make: Make, year: ArchiveWorld) -> None:
    world = make().like(year)
    place = next(place for place, item in world.table.items.items() if item.get("g1s", {}).get("S") == f"{7:012d}")
    hidden = world.table.items.pop(place)
    execution = world.seal("first")
    assert execution.state == "Faulty"
    assert "the entry with the number 7 is missing" in execution.data["sealed"]["cursor"]["faults"][0]
    assert (manifests(world), len(manifests(world, OTHER))) == ({}, 5)
    world.table.items[place] = hidden
    assert world.seal("second").status == "SUCCEEDED"
    assert world.verify().findings == []


def test_a_last_entry_that_the_reading_passed_over_is_told(make: Make) -> None:
    world = make()
    world.issue("2026-09-01T00:00:00Z")
    last = world.issue("2026-09-02T00:00:00Z").entry.id
    scan = world.table.scan

    def passing_over(**request: Any) -> Any:
        page = scan(**request)
        page["Items"] = [item for item in page["Items"] if not item["pk"]["S"].endswith(last)]
        return page

    world.table.scan = passing_over  # type: ignore[method-assign]
    execution = world.seal("first")
    assert "the entry with the number 2 was not collected" in execution.data["sealed"]["cursor"]["faults"][0]
    world.table.scan = scan  # type: ignore[method-assign]
    assert world.seal("second").status == "SUCCEEDED"


def test_where_totals_say_otherwise_nothing_of_the_tenant_is_sealed(make: Make, year: ArchiveWorld) -> None:
    world = make().like(year)
    lines = [place for place in world.table.items if place[::2] == ("ledger", "FUNDS") and "#K#" in place[1]]
    hidden = world.table.items.pop(lines[3])
    execution = world.seal("first")
    assert "its totals say" in execution.data["sealed"]["cursor"]["faults"][0]
    assert manifests(world) == {}
    world.table.items[lines[3]] = hidden
    assert world.seal("second").status == "SUCCEEDED"


def test_an_entry_made_while_the_table_is_read_does_not_disturb(make: Make, year: ArchiveWorld) -> None:
    """The wallet is read after it, and names an entry that nobody saw."""
    world = make().like(year)
    posted = _behind(world)
    assert world.seal().status == "SUCCEEDED"
    assert world.verify().findings == []
    assert posted == ["2026-11-21T09:29:00.000Z"]


def _behind(world: ArchiveWorld) -> list[str]:
    """Has a customer buy between the first page of the collection, and what comes after it."""
    posted: list[str] = []
    scan = world.table.scan

    def scanned(**request: Any) -> Any:
        page = scan(**request)
        there = {item["pk"]["S"] for item in page["Items"]}
        if not posted and any("#K#" in pk for pk in there) and not any("#W#" in pk for pk in there):
            for number in range(40):  # until one of them stands before the page's end, where the scan has been
                entry = world.issue("2026-11-21T09:29:00Z").entry
                if f"{SCOPE}#K#{entry.id}" < max(there):
                    posted.append(entry.created_at)
                    break
                assert number < 39
        return page

    world.table.scan = scanned  # type: ignore[method-assign]
    return posted


def test_an_index_that_lags_is_waited_for(make: Make, year: ArchiveWorld) -> None:
    world = make().like(year)
    _behind(world)
    query, lags = world.table.query, iter(range(2))

    def behind(**request: Any) -> Any:
        page = query(**request)
        if request.get("IndexName") == "statement" and next(lags, None) is not None:
            page["Items"] = []
        return page

    world.table.query = behind  # type: ignore[method-assign]
    assert world.seal().status == "SUCCEEDED"
    assert "Seal:retry" in world.machine.edges


def test_the_tip_says_how_far_the_books_are_sealed_and_purged(make: Make, year: ArchiveWorld) -> None:
    world = make().like(year)
    world.seal()
    key = archive_keys.sealed_month_key(OWNER)
    found = world.plain.read([key])[key]
    assert found is not None
    assert (found["month"], found["purged"]) == (202610, 202509)


def test_every_way_through_the_definition_was_taken() -> None:
    assert set(all_edges(DEFINITION)) - SEEN == set()
    assert json.loads(DEFINITION.read_text())["StartAt"] == "Begin"
