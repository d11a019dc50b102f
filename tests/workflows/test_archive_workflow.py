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
from batua.ledger.model import Origin
from batua.ledger.posting.request import CoinPostingResult
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.ledger.records.tombstones import MARK
from batua.store import archive_keys, keys
from batua.store.writes import Put, Update
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

Make = Callable[..., ArchiveWorld]
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
    worlds: list[ArchiveWorld] = []

    def world(**more: Any) -> ArchiveWorld:
        worlds.append(ArchiveWorld(**more))
        return worlds[-1]

    yield world
    SEEN.update(*(world.machine.edges for world in worlds))


@pytest.fixture(scope="module")
def year() -> ArchiveWorld:
    world = ArchiveWorld()
    world.a_year()
    return world


def manifests(world: ArchiveWorld, tenant: str = OWNER) -> dict[int, Any]:
    found = {}
    for key, body in world.sealed.items():
        if key.startswith(f"sealed/{tenant}/") and key.endswith("manifest.json"):
            manifest = read_manifest(body)
            found[manifest.month] = manifest
    return found


def tombstones(world: ArchiveWorld) -> list[Any]:
    return [record for record in world.ledger() if MARK in record]


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


def test_what_was_sealed_long_ago_leaves_the_table_and_nothing_else_does(make: Make, year: ArchiveWorld) -> None:
    world = make().like(year)
    before = {(record["pk"], record["sk"]): record for record in world.ledger()}
    world.seal()
    gone = tombstones(world)
    assert {record[MARK] for record in gone} == {202508, 202509}
    assert len(gone) == sum(manifests(world, tenant)[month].entries for tenant, month in _purged())
    for record in world.ledger():
        if MARK not in record:
            assert record == before[record["pk"], record["sk"]]
    listed = world.plain.query_all("ledger", keys.wallet_partition(SCOPE, ASHA), index="statement")
    assert min(record["g2s"] for record in listed).startswith("2025-10")


def _purged() -> list[tuple[str, int]]:
    return [(OWNER, 202508), (OWNER, 202509), (OTHER, 202508)]


def test_a_key_whose_entry_has_left_gets_its_first_answer_again(make: Make) -> None:
    world = make()
    world.a_year("2025-08", 3)
    first = {id: answer(post()) for id, post in world.orders.items()}
    world.seal()
    assert len(tombstones(world)) == 10
    wallet = world.plain.read([keys.wallet_key(SCOPE, ASHA)])
    for id, post in world.orders.items():
        assert answer(post()) == first[id]
    assert world.plain.read([keys.wallet_key(SCOPE, ASHA)]) == wallet


def answer(posted: CoinPostingResult) -> dict[str, Any]:
    """What an answer is made of: all that an entry says but its legs, its address and its place in the chain."""
    assert posted.replayed
    hidden = ("legs", "address", "previous")
    return {name: getattr(posted.entry, name) for name in posted.entry.__slots__ if name not in hidden}


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


def test_nothing_leaves_the_table_that_a_damaged_archive_holds(make: Make, year: ArchiveWorld) -> None:
    world = make().like(year)
    world.seal("first")
    part = next(key for key in world.sealed if "/202510/" in key and key.endswith("gz"))
    world.s3.objects[part] = world.s3.objects[part][:-9] + b"\x00" + world.s3.objects[part][-8:]
    world.now += 40 * clock.DAY_MS
    execution = world.seal("second")
    assert (execution.status, execution.state) == ("FAILED", "Purge")
    assert {record[MARK] for record in tombstones(world)} == {202508, 202509}


def test_nothing_leaves_the_table_where_a_month_is_missing(make: Make, year: ArchiveWorld) -> None:
    world = make().like(year)
    world.seal("first")
    del world.s3.objects[manifest_key(OWNER, 202604)]
    world.now += 40 * clock.DAY_MS
    execution = world.seal("second")
    assert (execution.status, execution.state) == ("FAILED", "Purge")
    assert {record[MARK] for record in tombstones(world) if OWNER in record["pk"]} == {202508, 202509}


def test_an_entry_that_is_not_as_it_was_sealed_stays(make: Make, year: ArchiveWorld) -> None:
    world = make().like(year)
    world.now = clock.parse_iso("2026-10-05T00:00:00Z")  # only August may leave
    world.seal("first")
    record = next(r for r in world.ledger() if r["sk"] == "TX" and r["g2s"].startswith("2025-09-11"))
    key = keys.Key("ledger", record["pk"], "TX")
    forged = {name: value for name, value in record.items() if name not in ("pk", "sk")}
    world.plain.write(Put(key, {**forged, "amt": 2, "hash": b"\x01" * 32}))
    world.now = clock.parse_iso("2026-11-05T00:00:00Z")
    execution = world.seal("second")
    assert execution.status == "FAILED"
    assert MARK not in (world.plain.read([key])[key] or {})


@pytest.mark.parametrize("mark", [{"N": "202507"}, None])
def test_a_tombstone_that_is_not_of_the_seal_stops_the_purge(
    make: Make, year: ArchiveWorld, mark: dict[str, str] | None
) -> None:
    world = make().like(year)
    world.seal("first")
    place = next(place for place, item in world.table.items.items() if MARK in item and OWNER in place[1])
    world.table.items[place].pop(MARK)
    if mark:
        world.table.items[place][MARK] = mark
    world.plain.write(Update(archive_keys.sealed_month_key(OWNER), remove=("purged",)))
    with pytest.raises(purge.NotSealed):
        purge.purge_sealed(world.plain, world.vault, 202509, {}, lambda: True)


def test_a_deployment_that_keeps_everything_purges_nothing(
    make: Make, year: ArchiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_MONTHS", "0")
    settings.reset_settings()
    world = make().like(year)
    assert world.seal().status == "SUCCEEDED"
    assert (len(manifests(world)), tombstones(world)) == (15, [])


def test_fewer_months_than_thirteen_are_never_kept(
    make: Make, year: ArchiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_MONTHS", "1")
    settings.reset_settings()
    world = make().like(year)
    world.seal()
    assert {record[MARK] for record in tombstones(world)} == {202508, 202509}


def test_a_reversal_of_what_has_left_still_finds_what_it_undoes(make: Make) -> None:
    world = make()
    spent = [world.issue("2025-08-01T00:00:00Z", coins=50), world.redeem("2025-08-02T00:00:00Z", coins=20)][1]
    world.seal()
    assert len(tombstones(world)) == 2
    back = world.reverse("2026-11-21T09:00:00Z", spent.entry.id, 20)
    assert (back.entry.kind, back.entry.amount) == ("reverse_redeem", 20)
    assert world.verify().findings == []


def test_what_left_a_tenants_wallet_can_still_be_refunded_and_asked_for_again(make: Make) -> None:
    world = make()
    world.credit("2025-08-01T00:00:00Z", 10_000)
    wallet, source = tenant_money.tenant_wallet("live", OWNER), Origin("usr_1", "::1", OWNER)
    order = funds_request("wallets.debit", "live", OWNER, source, "d1", {})

    def debit(at: int) -> Any:
        return TenantLedger(world.plain, "UTC", at).post(
            order, lambda known: tenant_money.decide_debit(known, wallet, 4000, at)
        )

    spent = debit(clock.parse_iso("2025-08-02T00:00:00Z"))
    world.count(spent.id, OWNER)
    world.seal()
    assert len(tombstones(world)) == 2
    tenant_ledger = TenantLedger(world.plain, "UTC", world.now)
    original = tenant_ledger.load_original(tenant_ledger.transaction(SCOPE, spent.id) or pytest.fail("it is gone"))
    refund = funds_request("refund", "live", OWNER, source, "r1", {})
    back = tenant_ledger.post(refund, lambda known: tenant_money.decide_refund(known, original, world.now, amount=4000))
    assert (back.entry.kind, back.entry.total) == ("refund", 4000)
    assert debit(world.now).replayed
    assert world.verify().findings == []


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
