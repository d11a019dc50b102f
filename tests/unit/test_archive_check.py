"""Whatever is changed in the archive, or in the table beside it, is found."""

from __future__ import annotations

import copy
import gzip
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batua import ids, settings
from batua.archive.bucket import ArchiveBucket, ContentConflict, manifest_key, part_key
from batua.archive.chain import entries_of, follow_chain
from batua.archive.check import SealedArchive
from batua.archive.lines import ContentDamaged, content_digest, from_line, pack, to_line
from batua.archive.manifest import Manifest, describe
from batua.audit import verify
from batua.audit.verify import NotVerified, verify_scope, verify_wallet
from batua.ledger.records.tombstones import MARK, is_tombstone, rehydrate, tombstone, tombstone_item
from batua.store import archive_keys, keys
from batua.store.store import Contended
from batua.store.writes import Put, Update
from tests.fakes.archive_world import ASHA, BIRBAL, OTHER, OTHERS, OWNER, SCOPE, ArchiveWorld


@pytest.fixture(scope="module")
def sealed() -> Iterator[ArchiveWorld]:
    """Fifteen months sealed, two of them purged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEPT_MONTHS", "13")
        settings.reset_settings()
        world = ArchiveWorld()
        world.a_year()
        assert world.seal().status == "SUCCEEDED"
        yield world
    settings.reset_settings()


@pytest.fixture
def world(sealed: ArchiveWorld) -> ArchiveWorld:
    made = ArchiveWorld(pages=1000).like(sealed)
    made.s3.objects = dict(sealed.s3.objects)
    return made


def invariants(world: ArchiveWorld, scope: str = SCOPE) -> set[str]:
    return {finding.invariant for finding in world.verify(scope).findings}


def manifest(world: ArchiveWorld, month: int, tenant: str = OWNER) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(world.s3.objects[manifest_key(tenant, month)])
    return said


def part_of(world: ArchiveWorld, month: int, tenant: str = OWNER) -> str:
    return part_key(tenant, month, manifest(world, month, tenant)["parts"][0]["sha256"])


def test_a_sound_archive_and_table_have_nothing_to_find(world: ArchiveWorld) -> None:
    assert world.verify().findings == []
    for wallet in (ASHA, BIRBAL):
        report = verify_wallet(world.plain, SCOPE, wallet, SealedArchive(world.plain, world.vault))
        assert report.findings == []
    assert verify_wallet(world.plain, SCOPE, ASHA, SealedArchive(world.plain, world.vault)).entries == 48


def test_a_tenants_own_wallet_is_counted_from_what_has_left_too(world: ArchiveWorld) -> None:
    from batua.ledger.decisions import tenant_money

    wallet = tenant_money.tenant_wallet("live", OWNER).id
    report = verify_wallet(world.plain, SCOPE, wallet, SealedArchive(world.plain, world.vault))
    assert (report.findings, report.entries) == ([], 16)


def test_any_flipped_byte_of_any_part_or_manifest_is_found(world: ArchiveWorld) -> None:
    """A part in the middle, from end to end, headers of the compression included; the others at one place each."""
    chain = lambda: bool(follow_chain(world.plain, world.vault, OWNER).findings or not _parts_read(world))  # noqa: E731
    assert not chain()
    whole_ones = [part_of(world, 202512), manifest_key(OWNER, 202512)]
    places = [(key, at) for key in whole_ones for at in range(0, len(world.s3.objects[key]), 7)]
    places += [(key, len(body) // 2) for key, body in world.sealed.items() if OWNER in key]
    for key, at in places:
        body = world.s3.objects[key]
        world.s3.objects[key] = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        assert chain(), (key, at)
        world.s3.objects[key] = body
    assert not chain()


def _parts_read(world: ArchiveWorld) -> bool:
    found = SealedArchive(world.plain, world.vault)
    chain = follow_chain(world.plain, world.vault, OWNER)
    found._all(chain)
    return not chain.findings


def test_a_removed_line_is_found(world: ArchiveWorld) -> None:
    key = part_of(world, 202601)
    lines = gzip.decompress(world.s3.objects[key]).splitlines(keepends=True)
    world.s3.objects[key] = gzip.compress(b"".join(lines[1:]), mtime=0)
    assert "a part is what its manifest names" in invariants(world)


def test_a_removed_line_is_found_though_the_manifest_was_written_anew(world: ArchiveWorld) -> None:
    """Whoever changes a part and its manifest would have to change every manifest after it, and the directory."""
    said = manifest(world, 202601)
    said["parts"][0]["entries"] -= 1
    said["entries"] -= 1
    world.s3.objects[manifest_key(OWNER, 202601)] = json.dumps(said).encode()
    assert invariants(world) >= {
        "a manifest is what its successor names",
        "a part's entries come to what its manifest says",
    }


def test_swapped_parts_are_found(world: ArchiveWorld) -> None:
    one, other = part_of(world, 202601), part_of(world, 202602)
    objects = world.s3.objects
    objects[one], objects[other] = objects[other], objects[one]
    assert "a part is what its manifest names" in invariants(world)


@pytest.mark.parametrize("month", [202508, 202604, 202610])
def test_a_missing_month_is_found(world: ArchiveWorld, month: int) -> None:
    for key in [key for key in world.sealed if f"{OWNER}/{month}/" in key]:
        del world.s3.objects[key]
    assert "a manifest is what its successor names" in invariants(world)


def test_a_missing_part_is_found(world: ArchiveWorld) -> None:
    del world.s3.objects[part_of(world, 202605)]
    assert "a part is what its manifest names" in invariants(world)


def test_a_month_that_nobody_names_is_found(world: ArchiveWorld) -> None:
    world.s3.objects[manifest_key(OWNER, 202507)] = world.s3.objects[manifest_key(OWNER, 202508)]
    assert invariants(world) == {"every sealed month is in the chain"}


def test_an_archive_without_its_tip_is_found(world: ArchiveWorld) -> None:
    key = archive_keys.sealed_month_key(OWNER)
    world.table.items.pop((key.table, key.pk, key.sk))
    assert "the directory names the last sealed month" in invariants(world)


def test_another_tenants_month_in_the_place_of_ones_own_is_found(world: ArchiveWorld) -> None:
    world.s3.objects[manifest_key(OTHER, 202510)] = world.s3.objects[manifest_key(OWNER, 202510)]
    assert invariants(world, OTHERS)


def test_a_tenants_archive_gives_nothing_of_anothers(world: ArchiveWorld) -> None:
    records, _ = SealedArchive(world.plain, world.vault).complete(OTHERS, [])
    assert records
    assert {record["pk"].split("#")[1] for record in records} == {OTHER}
    with pytest.raises(ValueError, match="not an id"):
        manifest_key(f"{OTHER}/../{OWNER}", 202510)


@pytest.mark.parametrize("name", ["amt", "aft", "ref", "wal", MARK])
def test_a_changed_tombstone_is_found(world: ArchiveWorld, name: str) -> None:
    place = next(place for place, item in world.table.items.items() if MARK in item and place[2] == "TX")
    item = world.table.items[place]
    item[name] = {"N": str(int(item[name]["N"]) + 1)} if "N" in item[name] else {"S": item[name]["S"][:-1] + "Z"}
    assert "the table has what was sealed" in invariants(world)


def test_a_tombstone_that_is_gone_is_found(world: ArchiveWorld) -> None:
    place = next(place for place, item in world.table.items.items() if MARK in item)
    world.table.items.pop(place)
    assert "a sealed entry stands in the table, or its tombstone" in invariants(world, place[1].partition("#K#")[0])


def test_a_tombstone_of_nothing_is_found(world: ArchiveWorld) -> None:
    place = next(place for place, item in world.table.items.items() if MARK in item and SCOPE in place[1])
    forged = copy.deepcopy(world.table.items[place])
    forged["pk"] = {"S": place[1][:-1] + ("0" if place[1][-1] != "0" else "1")}
    world.table.items[place[0], forged["pk"]["S"], place[2]] = forged
    assert "what left the table is in the archive" in invariants(world)


def test_a_sealed_entry_that_was_changed_in_the_table_is_found(world: ArchiveWorld) -> None:
    place = next(p for p, i in world.table.items.items() if i.get("g2s", {}).get("S", "").startswith("2026-03"))
    world.table.items[place]["amt"] = {"N": "9000000"}
    assert "the table has what was sealed" in invariants(world, place[1].partition("#K#")[0])


def test_without_the_archive_a_purged_ledger_is_not_said_to_be_sound(world: ArchiveWorld) -> None:
    with pytest.raises(NotVerified):
        verify_scope(world.plain, SCOPE)
    with pytest.raises(NotVerified):
        verify_wallet(world.plain, SCOPE, ASHA)


def test_a_wallet_that_begins_after_the_purge_needs_no_archive(world: ArchiveWorld) -> None:
    newcomer = ids.derived_id("wal", "newcomer")
    for entries, at in enumerate(("2026-11-20T00:00:00Z", "2026-11-20T00:00:01Z"), 1):
        world.issue(at, newcomer)
        report = verify_wallet(world.plain, SCOPE, newcomer)
        assert (report.findings, report.entries) == ([], entries)


def test_the_command_takes_the_archive(world: ArchiveWorld, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(verify, "store", lambda: world.plain)
    out = io.StringIO()
    assert verify.verify_main(["--scope", SCOPE], out=out) == 2
    assert "--archive" in capsys.readouterr().err
    monkeypatch.setattr("batua.archive.bucket.client", lambda _: world.s3)
    assert verify.verify_main(["--tenant", OWNER, "--archive", "archive", "--as-of", "2000-01-01"], out=out) == 0
    assert "nothing found" in out.getvalue()
    assert verify.verify_main(["--scope", SCOPE, "--archive"], out=out) == 2
    assert "ARCHIVE_BUCKET" in capsys.readouterr().err
    del world.s3.objects[part_of(world, 202605)]
    assert verify.verify_main(["--scope", SCOPE, "--archive", "archive", "--wallet", ASHA], out=out) == 1
    assert "a part is what its manifest names" in out.getvalue()


def test_a_line_is_read_back_as_it_was(world: ArchiveWorld) -> None:
    record = {
        "pk": "a",
        "sk": "b",
        "n": -1,
        "b": b"\x00\xff",
        "t": True,
        "l": [["wallet", 1], []],
        "m": {"S": {"B": "x"}},
    }
    assert from_line(to_line(record)) == record
    assert to_line(dict(reversed(record.items()))) == to_line(record)
    for damaged in (b"", b"{}", b'{"Item": {"pk": {"B": "?"}}}', b'{"Item": {"pk": "S"}}'):
        with pytest.raises(ContentDamaged):
            from_line(damaged)


def test_what_is_sealed_is_never_overwritten(world: ArchiveWorld) -> None:
    vault = ArchiveBucket(world.s3, "archive")
    key = part_of(world, 202605)
    body = world.s3.objects[key]
    vault.put_identical(key, body)
    with pytest.raises(ContentConflict):
        vault.put_identical(key, b"something else")
    assert world.s3.objects[key] == body
    with pytest.raises(ValueError, match="staged"):
        vault.clear([key])


def test_a_tombstone_is_whole_again_but_for_legs_and_addresses(world: ArchiveWorld) -> None:
    record = next(r for r in world.ledger() if r["sk"] == "TX" and not is_tombstone(r))
    left = tombstone_item(record, 202511)
    assert is_tombstone(left)
    assert {"g1p", "g2p", "legs", "ip", "prev"}.isdisjoint(left)
    assert rehydrate(left) == {**left, "g1p": record["g1p"], "g2p": record["g2p"], "legs": [], "ip": "", "prev": b""}
    assert rehydrate(record) is record
    world.plain.write(tombstone(record, 202511))
    key = keys.Key("ledger", record["pk"], "TX")
    assert world.plain.read([key])[key] == left
    assert len(json.dumps(left, default=bytes.hex)) < len(json.dumps(record, default=bytes.hex)) * 0.8


def forge(world: ArchiveWorld, change: Callable[[dict[int, list[Any]]], None]) -> None:
    """Seals anew what `change` makes of the months, every hash and the directory with them: invariants reveal it."""
    chain = follow_chain(world.plain, world.vault, OWNER)
    held = {m.month: [r for part in m.parts for r in entries_of(world.vault, m, part)] for m in chain.months}
    change(held)
    previous: tuple[int, str] | None = None
    for key in [key for key in world.sealed if OWNER in key]:
        del world.s3.objects[key]
    for month, records in sorted(held.items()):
        body = pack(map(to_line, records))
        part = describe(content_digest(body), len(body), records)
        made = Manifest(OWNER, month, previous, (part,)).to_bytes()
        world.s3.objects[part_key(OWNER, month, part.sha256)] = body
        world.s3.objects[manifest_key(OWNER, month)] = made
        previous = (month, content_digest(made))
    assert previous
    world.plain.write(Update(archive_keys.sealed_month_key(OWNER), set={"month": previous[0], "sha": previous[1]}))


def test_a_forgery_that_changes_nothing_is_none(world: ArchiveWorld) -> None:
    forge(world, lambda held: None)
    assert world.verify().findings == []


@pytest.mark.parametrize(
    ("change", "invariant"),
    [
        (lambda held: held[202601].pop(1), "numbers and hashes of a wallet go on from month to month"),
        (lambda held: held[202601].pop(1), "a sealed month has all of its entries"),
        (lambda held: held[202601].append(held[202602].pop(0)), "an entry is sealed in its tenant's month"),
        (lambda held: held[202601].append(held[202602][0]), "an entry is sealed once"),
        (lambda held: held[202601].reverse(), "entries stand in their order"),
        (lambda held: held[202601][0].update(amt=1), "a sealed entry says what it said when it was made"),
        (lambda held: held[202601][0].update(amt=1), "the table has what was sealed"),
    ],
)
def test_a_forgery_with_all_its_hashes_breaks_an_invariant(world: ArchiveWorld, change: Any, invariant: str) -> None:
    forge(world, change)
    assert invariant in invariants(world)


def test_a_forged_beginning_is_missed_in_the_table(world: ArchiveWorld) -> None:
    """Whoever drops the first month altogether, with its tombstones in the table still there."""
    forge(world, lambda held: held.pop(202508))
    assert "what left the table is in the archive" in invariants(world)


def test_a_manifest_in_anothers_place_is_found(world: ArchiveWorld) -> None:
    body = world.s3.objects[manifest_key(OTHER, 202608)]
    world.s3.objects[manifest_key(OWNER, 202610)] = body
    world.plain.write(Update(archive_keys.sealed_month_key(OWNER), set={"month": 202610, "sha": content_digest(body)}))
    assert "a manifest is of its place" in invariants(world)


def test_manifests_that_name_each_other_do_not_go_on_for_ever(world: ArchiveWorld) -> None:
    said = manifest(world, 202601)
    said["previous"] = [202602, "0" * 64]
    world.s3.objects[manifest_key(OWNER, 202601)] = json.dumps(said).encode()
    assert "a month follows an earlier one" in invariants(world)


def test_a_tip_that_others_moved_meanwhile_is_no_fault_of_the_archive(world: ArchiveWorld) -> None:
    """A look between the sealing of a month and the move of the tip finds a month too many, and does not last."""
    key = archive_keys.sealed_month_key(OWNER)
    tip = world.plain.read([key])[key]
    assert tip is not None
    slept: list[float] = []
    world.plain.sleep = lambda seconds: (slept.append(seconds), world.plain.write(Put(key, _bare(tip))))[0]
    world.plain.write(Put(key, {**_bare(tip), "month": 202609, "sha": _named(world, 202609)}))
    assert world.verify().findings == []
    assert slept


def _bare(record: Any) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in ("pk", "sk")}


def _named(world: ArchiveWorld, month: int) -> str:
    sha256: str = manifest(world, month + 1)["previous"][1]
    return sha256


def test_an_unreachable_bucket_is_not_verified(world: ArchiveWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(**_: Any) -> Any:
        raise Contended("no reply")

    monkeypatch.setattr(world.s3, "get_object", gone)
    with pytest.raises(Contended):
        world.verify()
