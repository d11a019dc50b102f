"""The archive's own invariants, one by one: months, proofs, staging, what a collection makes of the table."""

from __future__ import annotations

from typing import Any

import pytest

from batua import clock, ids
from batua.archive import collect, months, staging
from batua.archive.completeness import WalletMovements, totals_faults, verify_completeness
from batua.archive.lines import ContentDamaged, pack, unpack
from batua.archive.manifest import Manifest, describe, read_manifest
from batua.archive.staging import Staged
from batua.ledger.records.tombstones import tombstone
from batua.store import keys
from batua.store.store import Record
from batua.store.writes import Put
from tests.fakes.archive_world import ASHA, BIRBAL, OTHER, OWNER, SCOPE, ArchiveWorld, small_chunks


def at(text: str) -> int:
    return clock.parse_iso(text)


@pytest.fixture
def world() -> ArchiveWorld:
    made = ArchiveWorld()
    made.a_year("2026-08", 3)
    return made


@pytest.fixture
def entries(world: ArchiveWorld) -> list[Record]:
    return [record for record in world.ledger() if months.is_entry(record)]


def seen(*lines: bytes) -> list[Staged]:
    return [Staged(int(line[:8], 16), int(line[9:15]), line[16:17].decode(), line[18:]) for line in lines]


def wallet_lines(world: ArchiveWorld, entries: list[Record]) -> list[bytes]:
    """All that is staged of Asha's wallet."""
    wallet = world.plain.read([keys.wallet_key(SCOPE, ASHA)])[keys.wallet_key(SCOPE, ASHA)]
    assert wallet is not None
    own = sorted((each for each in entries if months.entry_wallet(each) == ASHA), key=lambda each: each["g1s"])
    return [*map(staging.entry_line, own), staging.wallet_line(wallet)]


@pytest.mark.parametrize(
    ("now", "closed"),
    [
        ("2026-11-04T00:00:00Z", "2026-11-01T00:00:00.000Z"),
        ("2026-11-03T23:59:59.999Z", "2026-10-01T00:00:00.000Z"),
        ("2026-01-01T00:00:00Z", "2025-12-01T00:00:00.000Z"),
        ("2026-01-04T00:00:00Z", "2026-01-01T00:00:00.000Z"),
    ],
)
def test_a_month_is_closed_three_days_after_its_end(now: str, closed: str) -> None:
    assert months.closed_before(at(now)) == closed


def test_what_may_leave_is_older_than_what_lists_show() -> None:
    now = at("2026-11-21T09:30:00Z")
    assert months.purged_to(now, 13) == 202509
    assert clock.iso(months.kept_from(now, 13) or 0) == "2025-10-01T00:00:00.000Z"
    assert months.purged_to(now, 24) == 202410
    assert (months.purged_to(now, 0), months.kept_from(now, 0)) == (None, None)


def test_lists_of_a_sandbox_know_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(months, "settings", lambda: type("S", (), {"kept_months": 13}))
    now, kept = at("2026-11-21T09:30:00Z"), at("2025-10-01T00:00:00Z")
    assert months.lists_from("test", None, now) == (None, None)
    assert months.lists_from("live", None, now) == (kept, clock.iso(kept))
    assert months.lists_from("live", kept + 1, now) == (kept + 1, clock.iso(kept))
    assert months.lists_from("live", kept - 1, now) == (kept, clock.iso(kept))


def test_refusals_holds_and_sums_are_no_entries(world: ArchiveWorld, entries: list[Record]) -> None:
    assert len(entries) == 14
    assert {record["kind"] for record in entries} == {"issue", "redeem", "reverse_redeem", "credit"}


def test_a_whole_wallet_is_proved(world: ArchiveWorld, entries: list[Record]) -> None:
    proof = verify_completeness(seen(*wallet_lines(world, entries)))
    assert (proof.faults, proof.unseen) == ([], {})


def test_a_wallet_is_proved_in_any_order_and_with_shadows(world: ArchiveWorld, entries: list[Record]) -> None:
    lines = wallet_lines(world, entries)
    own = sorted((each for each in entries if months.entry_wallet(each) == ASHA), key=lambda each: each["g1s"])
    shadows = [staging.shadow_line(each) for each in own[:4]]
    assert verify_completeness(seen(*reversed([*shadows, *lines[4:]]))).faults == []


@pytest.mark.parametrize("missing", range(9))
def test_any_entry_that_is_missing_is_told(world: ArchiveWorld, entries: list[Record], missing: int) -> None:
    lines = wallet_lines(world, entries)
    proof = verify_completeness(seen(*lines[:missing], *lines[missing + 1 :]))
    if missing < 8:
        assert proof.faults == [f"{ASHA}: the entry with the number {missing + 1} is missing"]
    else:
        assert (proof.faults, proof.unseen) == ([], {ASHA: 9})  # the last: it may have been made meanwhile


def test_an_entry_that_comes_twice_is_told(world: ArchiveWorld, entries: list[Record]) -> None:
    lines = wallet_lines(world, entries)
    assert verify_completeness(seen(*lines, lines[3])).faults == [f"{ASHA}: two entries have the number 4"]


def test_entries_without_a_wallet_are_told(world: ArchiveWorld, entries: list[Record]) -> None:
    assert verify_completeness(seen(*wallet_lines(world, entries)[:-1])).faults == [f"{ASHA}: entries, but no wallet"]


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [
        ("amt", 1, "does not say what it said"),
        ("prev", b"\x00" * 32, "the chain of hashes is broken"),
        ("hash", b"\x00" * 32, "the chain of hashes is broken"),
        ("legs", [["wallet", 1]], "do not add up to zero"),
    ],
)
def test_an_entry_that_was_changed_is_told(
    world: ArchiveWorld, entries: list[Record], name: str, value: Any, finding: str
) -> None:
    lines = wallet_lines(world, entries)
    own = sorted((each for each in entries if months.entry_wallet(each) == ASHA), key=lambda each: each["g1s"])
    lines[4] = staging.entry_line({**own[4], name: value})
    assert finding in " ".join(verify_completeness(seen(*lines)).faults)


def test_a_wallet_that_names_another_last_entry_is_told(world: ArchiveWorld, entries: list[Record]) -> None:
    lines = wallet_lines(world, entries)
    forged = staging.wallet_line({"pk": f"{SCOPE}#W#{ASHA}", "seq": 9, "hash": b"\x01" * 32})
    assert "is not the one that the wallet names" in verify_completeness(seen(*lines[:-1], forged)).faults[0]


def test_totals_must_agree_both_ways(entries: list[Record]) -> None:
    proof = verify_completeness(seen(*(staging.entry_line(each) for each in entries if each["sk"] == "FUNDS")))
    ((wallet, _), *_) = proof.moved
    counted = {(wallet, 202608): (1000, 0, 1), (wallet, 202609): (1001, 0, 1), (wallet, 202610): (1002, 0, 1)}

    def faults(**more: Any) -> int:
        return len(totals_faults(proof.moved, WalletMovements({**counted, **more.get("but", {})})))

    assert faults() == 0
    assert len(totals_faults(proof.moved, WalletMovements())) == 3
    assert faults(but={(wallet, 202607): (5, 0, 1)}) == 1  # a month of which nothing was seen
    assert faults(but={(wallet, 202608): (1000, 0, 2)}) == 1


def test_a_collection_that_was_cut_anywhere_stages_the_same(
    world: ArchiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = months.closed_before(at("2026-11-21T00:00:00Z"))
    whole = collect.collect_entries(world.plain, world.vault, "whole", before, {}, lambda: True)
    assert whole == {"state": "done", "cursor": {}}
    cursor: dict[str, Any] = {}
    for _ in range(100):
        small_chunks(monkeypatch, 2)
        collect.collect_entries(
            world.plain, world.vault, "cut", before, cursor, lambda: True
        )  # began more, and was not heard of
        small_chunks(monkeypatch, 5)
        done = collect.collect_entries(world.plain, world.vault, "cut", before, cursor, lambda: False)
        if done["state"] == "done":
            break
        cursor = done["cursor"]
    assert staged(world, "cut") == staged(world, "whole")
    assert len(staged(world, "cut")[OWNER]) == 16  # 13 entries, two customers' wallets and one of the tenant's


def staged(world: ArchiveWorld, run: str) -> dict[str, list[bytes]]:
    chunks = staging.chunks_by_tenant(world.vault, run)
    return {
        tenant: sorted(line for key in those for line in unpack(world.s3.objects[key]))
        for tenant, those in chunks.items()
    }


def test_a_tombstone_is_never_taken_for_an_entry(world: ArchiveWorld, entries: list[Record]) -> None:
    """Even where the directory has forgotten that its month was sealed."""
    world.plain.write(tombstone(entries[0], 202608))
    collect.collect_entries(world.plain, world.vault, "run", "2026-11-01T00:00:00.000Z", {}, lambda: True)
    lines = [line for those in staged(world, "run").values() for line in those]
    assert sum(b" S " in line[:20] for line in lines) == 1


def test_a_sandbox_is_not_collected(world: ArchiveWorld) -> None:
    wallet, sandbox = keys.wallet_key(SCOPE, BIRBAL), keys.wallet_key(keys.scope("test", OWNER), BIRBAL)
    record = world.plain.read([wallet])[wallet]
    assert record is not None
    world.plain.write(Put(sandbox, {name: value for name, value in record.items() if name not in ("pk", "sk")}))
    collect.collect_entries(world.plain, world.vault, "run", "2026-11-01T00:00:00.000Z", {}, lambda: True)
    assert set(staged(world, "run")) == {OWNER, OTHER}
    assert sum(BIRBAL.encode() in line and b" B " in line for line in staged(world, "run")[OWNER]) == 1


def test_a_manifest_is_read_back_as_it_was(entries: list[Record]) -> None:
    part = describe("a" * 64, 5, [each for each in entries if each["sk"] == "TX"])
    made = Manifest(OWNER, 202608, (202607, "b" * 64), (part, part))
    assert read_manifest(made.to_bytes()) == made
    assert made.entries == 2 * part.entries
    for damaged in (b"", b"[]", made.to_bytes().replace(b'"entries": ', b'"entries": 1', 1)):
        with pytest.raises(ContentDamaged):
            read_manifest(damaged)


def test_the_same_lines_are_the_same_bytes_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    first = pack([b"one", b"two"])
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert pack([b"one", b"two"]) == first
    assert unpack(first) == [b"one", b"two"]


def test_wallets_are_dealt_evenly_and_for_ever() -> None:
    assert staging.partition_hash(ASHA) == 1698029203
    dealt = [staging.partition_hash(ids.derived_id("wal", str(number))) % 4 for number in range(4000)]
    assert all(900 < dealt.count(bucket) < 1100 for bucket in range(4))
