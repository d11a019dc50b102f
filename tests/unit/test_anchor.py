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
from batua.audit import verify
from batua.identity import keyring, secrets
from batua.identity.tenant import Tenant, tenant_item
from batua.ledger import totals
from batua.ledger.records.customer_coins import entry_hash
from batua.store import keys
from batua.store.codec import decode, encode
from batua.store.writes import Put
from tests.fakes.archive_town import ASHA, BIRBAL, OTHER, OWNER, SCOPE, SHOP, ArchiveTown, program

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


def add_tenant(town: ArchiveTown, id: str, parent: str | None, owner: str | None = None) -> None:
    tenant = Tenant(
        id, "operator" if parent is None else "merchant", id, "active", parent, (), "IN", "Asia/Kolkata", 0,
        program=program(owner) if owner else None,
    )  # fmt: skip
    item = {name: value for name, value in tenant_item(tenant).items() if value is not None}
    town.plain.write(Put(keys.tenant_key(id), item))


@pytest.fixture
def town() -> ArchiveTown:
    """An operator, a network with a shop as its member, another tenant; some of everything on two days."""
    town = ArchiveTown(pages=3)
    add_tenant(town, OPERATOR, None)
    town.plain.write(Put(keys.platform_key(), {"operator": OPERATOR}))
    add_tenant(town, OWNER, OPERATOR, OWNER)
    add_tenant(town, SHOP, OWNER, OWNER)
    add_tenant(town, OTHER, OPERATOR, OTHER)
    town.issue("2026-11-18T10:00:00Z", coins=30)
    town.credit("2026-11-18T11:00:00Z", 5_000)
    town.issue(f"{DAY}T10:00:00Z", coins=20)
    town.redeem(f"{DAY}T10:05:00Z", coins=5)
    town.issue(f"{DAY}T10:06:00Z", BIRBAL, 7)
    town.credit(f"{DAY}T10:10:00Z", 1_000)
    return town


def anchor(town: ArchiveTown, now: int = MORNING, pieces: int = 1_000) -> AnchorRun:
    left = iter(range(pieces))
    return anchor_history(town.plain, town.vault, now, lambda: next(left, None) is not None, lock_days=30)


def anchors(town: ArchiveTown) -> list[str]:
    return [key for key in sorted(town.s3.objects) if key.startswith("anchors/")]


def laws(town: ArchiveTown, scope: str = SCOPE) -> set[str]:
    return {finding.invariant for finding in town.verify(scope).findings}


def rewrite_last_issue(town: ArchiveTown, coins: int) -> str:
    """Makes Birbal's only issue larger, as somebody does who can write both tables and knows the code: the entry with
    its hash, the wallet, the month, the daily totals."""
    (record,) = town.plain.query_all("ledger", keys.wallet_partition(SCOPE, BIRBAL), index="statement")
    id = record["pk"].rpartition("#")[2]
    place, wallet = keys.transaction_key(SCOPE, id), keys.wallet_key(SCOPE, BIRBAL)
    entry, balance = item(town, place), item(town, wallet)
    added = coins - entry["amt"]
    (expiry,) = entry["lots"]
    entry |= {
        "amt": coins, "aft": coins, "lots": {expiry: coins}, "legs": [["mint", -coins], ["wallet", coins]],
    }  # fmt: skip
    entry["sh"] = {"0": coins}
    entry["hash"] = entry_hash(id, {name: value for name, value in entry.items() if name not in ("pk", "sk")})
    balance |= {"lots": {expiry: coins}, "hash": entry["hash"], "earn": {SHOP: coins}}
    month = keys.month_key(SCOPE, SHOP, 0, 202611)
    put(town, place, entry)
    put(town, wallet, balance)
    put(town, month, {**item(town, month), "issued": item(town, month)["issued"] + added})
    (total, _), *_ = totals.sums_of(entry)
    if tuple(total) in town.table.items:
        put(town, total, {**item(town, total), "amount": item(town, total)["amount"] + added})
    return id


def item(town: ArchiveTown, key: keys.Key) -> Record:
    return decode(town.table.items[tuple(key)])


def put(town: ArchiveTown, key: keys.Key, content: Record) -> None:
    town.table.items[tuple(key)] = encode(content)


def test_a_day_is_due_two_hours_after_its_end() -> None:
    assert due_day(MORNING) == 20261120
    assert due_day(MORNING - 1) == 20261119


def test_verify_finds_what_was_rewritten_consistently_in_all_tables(town: ArchiveTown) -> None:
    assert anchor(town).behind == 0
    before = laws(town)
    id = rewrite_last_issue(town, 700)
    report = town.verify()
    assert {finding.invariant for finding in report.findings} - before == {
        "the entry says what it said when it was anchored on 20261120"
    }
    assert [finding.subject for finding in report.findings if "anchored" in finding.invariant] == [id]
    one = verify.verify_wallet(town.plain, SCOPE, BIRBAL, SealedArchive(town.plain, town.vault))
    assert [finding.invariant for finding in one.findings] == [
        "the entry says what it said when it was anchored on 20261120"
    ]


def test_the_same_rewriting_before_the_anchor_or_without_one_goes_unnoticed(town: ArchiveTown) -> None:
    before = laws(town)
    rewrite_last_issue(town, 700)
    assert laws(town) == before


def test_verify_names_the_day_up_to_which_history_is_anchored(town: ArchiveTown) -> None:
    assert town.verify().anchored is None
    anchor(town)
    assert town.verify().anchored == "2026-11-20"
    assert not {law for law in laws(town) if "anchor" in law}
    out = io.StringIO()
    out.writelines(verify._lines([town.verify()]))
    assert "compared with the anchors of every day up to 2026-11-20" in out.getvalue()
    for wallet in (ASHA, BIRBAL):
        report = verify.verify_wallet(town.plain, SCOPE, wallet, SealedArchive(town.plain, town.vault))
        assert (report.findings, report.anchored) == ([], "2026-11-20")


def test_a_whole_wallet_that_is_deleted_with_its_traces_is_missed(town: ArchiveTown) -> None:
    anchor(town)
    for place in [place for place in town.table.items if BIRBAL in str(town.table.items[place])]:
        del town.table.items[place]
    assert "the entry that was anchored on 20261120 is on record" in laws(town)


def test_an_entry_that_is_dated_back_into_an_anchored_day_is_found(town: ArchiveTown) -> None:
    anchor(town)
    town.issue(f"{DAY}T12:00:00Z", BIRBAL, 9)
    assert "an entry of an anchored day was anchored with it" in laws(town)


def test_a_late_entry_is_in_the_next_days_list(town: ArchiveTown) -> None:
    anchor(town)
    late = town.issue(f"{DAY}T23:59:59Z", BIRBAL, 9).entry.id
    town.issue("2026-11-21T10:00:00Z", coins=1)
    run = anchor(town, MORNING + clock.DAY_MS)
    assert (run.day, run.entries, run.late) == (20261121, 2, 1)
    listed = read_list(town.s3.objects[list_key(OWNER, 20261121)])
    assert late in {line[1] for line in listed.lines}
    assert not {law for law in laws(town) if "anchor" in law}


def test_lists_name_the_ones_before_them_and_the_roll_is_signed(town: ArchiveTown) -> None:
    anchor(town)
    assert anchors(town) == [roll_key(20261120), list_key(OWNER, 20261118), list_key(OWNER, 20261120)]
    first, second = (read_list(town.s3.objects[list_key(OWNER, day)]) for day in (20261118, 20261120))
    assert first.previous is None
    assert second.previous == (20261118, anchor_records.content_digest(town.s3.objects[list_key(OWNER, 20261118)]))
    asset = program(OWNER).id
    assert (second.sums[f"{asset} issue count"], second.sums[f"{asset} issue amount"]) == (2, 27)
    found = last_roll(town.vault)
    assert found is not None
    roll, _, signed = found
    assert (signed, roll.heads[OWNER].entries) == (True, 6)
    assert set(roll.heads[OWNER].merchants) == {OWNER, SHOP}


def test_what_is_anchored_is_locked_in_compliance_mode(town: ArchiveTown) -> None:
    anchor(town)
    assert set(town.s3.locks) == set(anchors(town))
    assert {lock["ObjectLockMode"] for lock in town.s3.locks.values()} == {"COMPLIANCE"}
    assert {f"{lock['ObjectLockRetainUntilDate']:%Y-%m-%d}" for lock in town.s3.locks.values()} == {"2026-12-21"}


def test_it_is_done_once_a_day_and_goes_on_where_its_time_was_up(town: ArchiveTown) -> None:
    whole = ArchiveTown(pages=3).like(town)
    anchor(whole)
    runs = [anchor(town, pieces=0)]
    assert (runs[0].behind, roll_key(20261120) in town.s3.objects) == (1, False)
    while runs[-1].behind:
        runs.append(anchor(town, pieces=0))
        assert len(runs) < 20
    assert len(runs) > 2
    kept = {key: town.s3.objects[key] for key in anchors(town) if not key.startswith(anchor_records.ROLLS)}
    assert kept == {key: whole.s3.objects[key] for key in kept}
    before = dict(town.s3.objects)
    assert anchor(town) == AnchorRun(20261120, 0)
    assert town.s3.objects == before


def test_a_run_that_died_before_it_noted_anything_is_taken_over(town: ArchiveTown) -> None:
    anchor(town)
    for key in [key for key in town.s3.objects if key.startswith((anchor_records.ROLLS, "staging/"))]:
        del town.s3.objects[key]
    town.issue(f"{DAY}T23:00:00Z", coins=1)
    assert anchor(town).behind == 0
    anchor(town, MORNING + clock.DAY_MS)
    assert not {law for law in laws(town) if "anchor" in law}


def test_days_without_a_run_are_made_up_for(town: ArchiveTown) -> None:
    anchor(town)
    for day in (21, 22, 25):
        town.issue(f"2026-11-{day}T10:00:00Z", coins=1)
    run = anchor(town, MORNING + 6 * clock.DAY_MS)
    assert (run.day, run.behind, run.entries) == (20261126, 0, 3)
    assert {law for law in laws(town) if "anchor" in law} == set()


def test_a_tenant_that_no_roll_has_named_yet_is_anchored_from_its_beginning(town: ArchiveTown) -> None:
    found = town.table.items.pop(tuple(keys.tenant_key(OTHER)))
    town.credit("2026-11-17T10:00:00Z", 100, OTHER)
    town.issue("2026-11-17T12:00:00Z", coins=1)
    town.credit("2026-11-19T10:00:00Z", 100, OTHER)
    anchor(town)
    assert "an entry of an anchored day was anchored with it" in laws(town, keys.scope("live", OTHER))
    town.table.items[tuple(keys.tenant_key(OTHER))] = found
    runs = [anchor(town, MORNING + clock.DAY_MS, pieces=0)]
    while runs[-1].behind:
        runs.append(anchor(town, MORNING + clock.DAY_MS, pieces=0))
    assert sum(run.entries for run in runs) == sum(run.late for run in runs) == 2
    assert not {law for law in laws(town, keys.scope("live", OTHER)) if "anchor" in law}


def test_a_member_that_has_left_the_program_still_has_its_entries_anchored(town: ArchiveTown) -> None:
    anchor(town)
    add_tenant(town, SHOP, OWNER)
    town.issue("2026-11-21T01:00:00Z", coins=1)
    assert anchor(town, MORNING + clock.DAY_MS).entries == 1


def test_a_roll_that_the_deployment_did_not_sign_is_refused(town: ArchiveTown, monkeypatch: pytest.MonkeyPatch) -> None:
    anchor(town)
    _, _, public = keyring._new_key()
    monkeypatch.setattr(secrets, "verifier_secrets", lambda *, newer_than=None: {"keys": [public]})
    assert "this deployment signed the last roll of anchors" in laws(town)
    with pytest.raises(ContentConflict):
        anchor(town, MORNING + clock.DAY_MS)


def test_a_forged_list_or_one_that_stood_there_before_is_found(town: ArchiveTown) -> None:
    anchor(town)
    town.s3.objects[list_key(OWNER, 20261118)] = town.s3.objects[list_key(OWNER, 20261120)]
    assert "a list of anchored entries is what its successor names" in laws(town)
    town.s3.objects[list_key(OWNER, 20261121)] = town.s3.objects[list_key(OWNER, 20261120)]
    town.issue("2026-11-21T01:00:00Z", coins=1)
    with pytest.raises(ContentConflict):
        anchor(town, MORNING + clock.DAY_MS)


def test_the_sandbox_is_not_anchored(town: ArchiveTown) -> None:
    anchor(town)
    assert town.verify(keys.scope("test", OWNER)).anchored is None
