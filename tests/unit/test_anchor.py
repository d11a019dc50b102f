"""Yesterday is under a lock: whoever can write both tables rewrites them in vain."""

from __future__ import annotations

import io
from typing import Any

import pytest

from batua import clock, ids
from batua.archive import anchor_records
from batua.archive.anchor import AnchorRun, anchor_history, due_day, last_roll
from batua.archive.anchor_records import list_key, read_list, roll_key
from batua.archive.bucket import ContentConflict
from batua.archive.check import SealedArchive
from batua.archive.lines import content_digest
from batua.audit import verify
from batua.identity import keyring, secrets
from batua.identity.tenant import Tenant, tenant_item
from batua.ledger import totals
from batua.ledger.records.shared import entry_hash
from batua.store import keys
from batua.store.codec import decode, encode
from batua.store.writes import Put
from tests.fakes.archive_world import ASHA, BIRBAL, OTHER, OWNER, SCOPE, SHOP, ArchiveWorld, program

OPERATOR = ids.derived_id("ten", "operator")
DAY = "2026-11-20"
MORNING = clock.parse_iso("2026-11-21T02:00:00Z")
"""When the 20th can be anchored."""

Record = dict[str, Any]


@pytest.fixture(autouse=True)
def signing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    kid, pem, public = keyring._new_key()
    monkeypatch.setattr(secrets, "signing_secrets", lambda: {"active": kid, "keys": {kid: pem}})
    monkeypatch.setattr(secrets, "verifier_secrets", lambda *, newer_than=None: {"keys": [public]})


def add_tenant(world: ArchiveWorld, id: str, parent: str | None, owner: str | None = None) -> None:
    tenant = Tenant(
        id, "operator" if parent is None else "merchant", id, "active", parent, (), "IN", "Asia/Kolkata", 0,
        program=program(owner) if owner else None,
    )  # fmt: skip
    item = {name: value for name, value in tenant_item(tenant).items() if value is not None}
    world.plain.write(Put(keys.tenant_key(id), item))


@pytest.fixture
def world() -> ArchiveWorld:
    """An operator, a network with a shop as its member, another tenant; some of everything on two days."""
    world = ArchiveWorld(pages=3)
    add_tenant(world, OPERATOR, None)
    world.plain.write(Put(keys.platform_key(), {"operator": OPERATOR}))
    add_tenant(world, OWNER, OPERATOR, OWNER)
    add_tenant(world, SHOP, OWNER, OWNER)
    add_tenant(world, OTHER, OPERATOR, OTHER)
    world.issue("2026-11-18T10:00:00Z", coins=30)
    world.credit("2026-11-18T11:00:00Z", 5_000)
    world.issue(f"{DAY}T10:00:00Z", coins=20)
    world.redeem(f"{DAY}T10:05:00Z", coins=5)
    world.issue(f"{DAY}T10:06:00Z", BIRBAL, 7)
    world.credit(f"{DAY}T10:10:00Z", 1_000)
    return world


def anchor(world: ArchiveWorld, now: int = MORNING, pieces: int = 1_000) -> AnchorRun:
    left = iter(range(pieces))
    return anchor_history(world.plain, world.vault, now, lambda: next(left, None) is not None, lock_days=30)


def anchors(world: ArchiveWorld) -> list[str]:
    return [key for key in sorted(world.s3.objects) if key.startswith("anchors/")]


def invariants(world: ArchiveWorld, scope: str = SCOPE) -> set[str]:
    return {finding.invariant for finding in world.verify(scope).findings}


def rewrite_last_issue(world: ArchiveWorld, coins: int) -> str:
    """Makes Birbal's only issue larger, as somebody does who can write both tables and knows the code: the entry with
    its hash, the wallet, the month, the daily totals."""
    (record,) = world.plain.query_all("ledger", keys.wallet_partition(SCOPE, BIRBAL), index="statement")
    id = record["pk"].rpartition("#")[2]
    place, wallet = keys.transaction_key(SCOPE, id), keys.wallet_key(SCOPE, BIRBAL)
    entry, balance = item(world, place), item(world, wallet)
    added = coins - entry["amt"]
    (expiry,) = entry["lots"]
    entry |= {
        "amt": coins, "aft": coins, "lots": {expiry: coins}, "legs": [["mint", -coins], ["wallet", coins]],
    }  # fmt: skip
    entry["sh"] = {"0": coins}
    entry["hash"] = entry_hash(id, {name: value for name, value in entry.items() if name not in ("pk", "sk")})
    balance |= {"lots": {expiry: coins}, "hash": entry["hash"], "earn": {SHOP: coins}, "qual": {"202611": coins}}
    month = keys.month_key(SCOPE, SHOP, 0, 202611)
    put(world, place, entry)
    put(world, wallet, balance)
    put(world, month, {**item(world, month), "issued": item(world, month)["issued"] + added})
    (total, _), *_ = totals.sums_of(entry)
    if tuple(total) in world.table.items:
        put(world, total, {**item(world, total), "amount": item(world, total)["amount"] + added})
    return id


def item(world: ArchiveWorld, key: keys.Key) -> Record:
    return decode(world.table.items[tuple(key)])


def put(world: ArchiveWorld, key: keys.Key, content: Record) -> None:
    world.table.items[tuple(key)] = encode(content)


def test_a_day_is_due_two_hours_after_its_end() -> None:
    assert due_day(MORNING) == 20261120
    assert due_day(MORNING - 1) == 20261119


def test_verify_finds_what_was_rewritten_consistently_in_all_tables(world: ArchiveWorld) -> None:
    assert anchor(world).behind == 0
    before = invariants(world)
    id = rewrite_last_issue(world, 700)
    report = world.verify()
    assert {finding.invariant for finding in report.findings} - before == {
        "the entry says what it said when it was anchored on 20261120"
    }
    assert [finding.subject for finding in report.findings if "anchored" in finding.invariant] == [id]
    one = verify.verify_wallet(world.plain, SCOPE, BIRBAL, SealedArchive(world.plain, world.vault))
    assert [finding.invariant for finding in one.findings] == [
        "the entry says what it said when it was anchored on 20261120"
    ]


def test_the_same_rewriting_before_the_anchor_or_without_one_goes_unnoticed(world: ArchiveWorld) -> None:
    before = invariants(world)
    rewrite_last_issue(world, 700)
    assert invariants(world) == before


def test_verify_names_the_day_up_to_which_history_is_anchored(world: ArchiveWorld) -> None:
    assert world.verify().anchored is None
    anchor(world)
    assert world.verify().anchored == "2026-11-20"
    assert not {invariant for invariant in invariants(world) if "anchor" in invariant}
    out = io.StringIO()
    out.writelines(verify._report_lines([world.verify()]))
    assert "compared with the anchors of every day up to 2026-11-20" in out.getvalue()
    for wallet in (ASHA, BIRBAL):
        report = verify.verify_wallet(world.plain, SCOPE, wallet, SealedArchive(world.plain, world.vault))
        assert (report.findings, report.anchored) == ([], "2026-11-20")


def test_a_whole_wallet_that_is_deleted_with_its_traces_is_missed(world: ArchiveWorld) -> None:
    anchor(world)
    for place in [place for place in world.table.items if BIRBAL in str(world.table.items[place])]:
        del world.table.items[place]
    assert "the entry that was anchored on 20261120 is on record" in invariants(world)


def test_an_entry_that_is_dated_back_into_an_anchored_day_is_found(world: ArchiveWorld) -> None:
    anchor(world)
    world.issue(f"{DAY}T12:00:00Z", BIRBAL, 9)
    assert "an entry of an anchored day was anchored with it" in invariants(world)


def test_a_late_entry_is_in_the_next_days_list(world: ArchiveWorld) -> None:
    anchor(world)
    late = world.issue(f"{DAY}T23:59:59Z", BIRBAL, 9).entry.id
    world.issue("2026-11-21T10:00:00Z", coins=1)
    run = anchor(world, MORNING + clock.DAY_MS)
    assert (run.day, run.entries, run.late) == (20261121, 2, 1)
    listed = read_list(world.s3.objects[list_key(OWNER, 20261121)])
    assert late in {line[1] for line in listed.lines}
    assert not {invariant for invariant in invariants(world) if "anchor" in invariant}


def test_lists_name_the_ones_before_them_and_the_roll_is_signed(world: ArchiveWorld) -> None:
    anchor(world)
    assert anchors(world) == [roll_key(20261120), list_key(OWNER, 20261118), list_key(OWNER, 20261120)]
    first, second = (read_list(world.s3.objects[list_key(OWNER, day)]) for day in (20261118, 20261120))
    assert first.previous is None
    assert second.previous == (20261118, content_digest(world.s3.objects[list_key(OWNER, 20261118)]))
    asset = program(OWNER).id
    assert (second.sums[f"{asset} issue count"], second.sums[f"{asset} issue amount"]) == (2, 27)
    found = last_roll(world.vault)
    assert found is not None
    roll, _, signed = found
    assert (signed, roll.heads[OWNER].entries) == (True, 6)
    assert set(roll.heads[OWNER].merchants) == {OWNER, SHOP}


def test_what_is_anchored_is_locked_in_compliance_mode(world: ArchiveWorld) -> None:
    anchor(world)
    assert set(world.s3.locks) == set(anchors(world))
    assert {lock["ObjectLockMode"] for lock in world.s3.locks.values()} == {"COMPLIANCE"}
    assert {f"{lock['ObjectLockRetainUntilDate']:%Y-%m-%d}" for lock in world.s3.locks.values()} == {"2026-12-21"}


def test_it_is_done_once_a_day_and_goes_on_where_its_time_was_up(world: ArchiveWorld) -> None:
    whole = ArchiveWorld(pages=3).like(world)
    anchor(whole)
    runs = [anchor(world, pieces=0)]
    assert (runs[0].behind, roll_key(20261120) in world.s3.objects) == (1, False)
    while runs[-1].behind:
        runs.append(anchor(world, pieces=0))
        assert len(runs) < 20
    assert len(runs) > 2
    kept = {key: world.s3.objects[key] for key in anchors(world) if not key.startswith(anchor_records.ROLLS)}
    assert kept == {key: whole.s3.objects[key] for key in kept}
    before = dict(world.s3.objects)
    assert anchor(world) == AnchorRun(20261120, 0)
    assert world.s3.objects == before


def test_a_run_that_died_before_it_noted_anything_is_taken_over(world: ArchiveWorld) -> None:
    anchor(world)
    for key in [key for key in world.s3.objects if key.startswith((anchor_records.ROLLS, "staging/"))]:
        del world.s3.objects[key]
    world.issue(f"{DAY}T23:00:00Z", coins=1)
    assert anchor(world).behind == 0
    anchor(world, MORNING + clock.DAY_MS)
    assert not {invariant for invariant in invariants(world) if "anchor" in invariant}


def test_days_without_a_run_are_made_up_for(world: ArchiveWorld) -> None:
    anchor(world)
    for day in (21, 22, 25):
        world.issue(f"2026-11-{day}T10:00:00Z", coins=1)
    run = anchor(world, MORNING + 6 * clock.DAY_MS)
    assert (run.day, run.behind, run.entries) == (20261126, 0, 3)
    assert {invariant for invariant in invariants(world) if "anchor" in invariant} == set()


def test_a_tenant_that_no_roll_has_named_yet_is_anchored_from_its_beginning(world: ArchiveWorld) -> None:
    found = world.table.items.pop(tuple(keys.tenant_key(OTHER)))
    world.credit("2026-11-17T10:00:00Z", 100, OTHER)
    world.issue("2026-11-17T12:00:00Z", coins=1)
    world.credit("2026-11-19T10:00:00Z", 100, OTHER)
    anchor(world)
    assert "an entry of an anchored day was anchored with it" in invariants(world, keys.scope("live", OTHER))
    world.table.items[tuple(keys.tenant_key(OTHER))] = found
    runs = [anchor(world, MORNING + clock.DAY_MS, pieces=0)]
    while runs[-1].behind:
        runs.append(anchor(world, MORNING + clock.DAY_MS, pieces=0))
    assert sum(run.entries for run in runs) == sum(run.late for run in runs) == 2
    assert not {invariant for invariant in invariants(world, keys.scope("live", OTHER)) if "anchor" in invariant}


def test_a_member_that_has_left_the_program_still_has_its_entries_anchored(world: ArchiveWorld) -> None:
    anchor(world)
    add_tenant(world, SHOP, OWNER)
    world.issue("2026-11-21T01:00:00Z", coins=1)
    assert anchor(world, MORNING + clock.DAY_MS).entries == 1


def test_a_roll_that_the_deployment_did_not_sign_is_refused(
    world: ArchiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchor(world)
    _, _, public = keyring._new_key()
    monkeypatch.setattr(secrets, "verifier_secrets", lambda *, newer_than=None: {"keys": [public]})
    assert "this deployment signed the last roll of anchors" in invariants(world)
    with pytest.raises(ContentConflict):
        anchor(world, MORNING + clock.DAY_MS)


def test_a_forged_list_or_one_that_stood_there_before_is_found(world: ArchiveWorld) -> None:
    anchor(world)
    world.s3.objects[list_key(OWNER, 20261118)] = world.s3.objects[list_key(OWNER, 20261120)]
    assert "a list of anchored entries is what its successor names" in invariants(world)
    world.s3.objects[list_key(OWNER, 20261121)] = world.s3.objects[list_key(OWNER, 20261120)]
    world.issue("2026-11-21T01:00:00Z", coins=1)
    with pytest.raises(ContentConflict):
        anchor(world, MORNING + clock.DAY_MS)


def test_the_sandbox_is_not_anchored(world: ArchiveWorld) -> None:
    anchor(world)
    assert world.verify(keys.scope("test", OWNER)).anchored is None
