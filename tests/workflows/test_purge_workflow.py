"""What the sealing run takes out of the table, what it leaves there, and what is still known of what has left."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from typing import Any

import pytest

from batua import clock, settings
from batua.archive import purge
from batua.archive.bucket import manifest_key
from batua.ledger.decisions import tenant_money
from batua.ledger.model import Origin
from batua.ledger.posting.request import CoinPostingResult
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.ledger.records.tombstones import MARK
from batua.store import archive_keys, keys
from batua.store.writes import Put, Update
from tests.fakes.archive_world import ASHA, OTHER, OWNER, SCOPE, ArchiveWorld
from tests.workflows.archive_fixtures import Make, make, manifests, tombstones, worlds, year  # noqa: F401 - fixtures


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
