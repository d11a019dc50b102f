"""Verifies the ledger: `python -m batua.audit.verify --tenant ten_…` (see `--help`).

Exit codes: 0 nothing found, 1 something found, 2 not verified (wrong arguments, or the tables could not be read).
A ledger at work moves under its reader, and the statement index follows the table a moment later. So what is found is
looked at again, and only what stays is reported. A busy scope is best verified on a copy: restore the table to a point
in time, and let LEDGER_TABLE name the copy.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, Protocol, TextIO

from botocore.exceptions import BotoCoreError, ClientError

from .. import clock
from ..ids import is_id
from ..ledger.findings import Finding
from ..ledger.records.customer_coins import sequence_text
from ..ledger.records.tombstones import is_tombstone
from ..store import archive_keys, keys
from ..store.store import Contended, Record, Store, store
from . import cross_check, recount
from .coin_records import CoinRecords, gather_coin_records, related_keys
from .replay import account_totals, replay_scope, replay_wallet

MAX_PASSES: Final = 4
"""How often a finding is looked at before it is reported."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was verified, and what was found. `totals` are the sums of the legs by account, in minor units."""

    subject: str
    wallets: int
    entries: int
    totals: dict[str, int]
    findings: list[Finding]
    anchored: str | None = None
    """The last day (UTC) whose entries were compared with what was anchored under the archive's lock."""


class ArchiveSource(Protocol):
    """What has left the table: gives it back, with what is wrong with the archive itself (`archive.check`)."""

    def complete(self, scope: str, records: Iterable[Record]) -> tuple[list[Record], list[Finding]]:
        """All items of a scope, tombstones replaced by the entries that they stand for."""

    def of_wallet(self, scope: str, wallet: str, records: Iterable[Record]) -> tuple[list[Record], list[Finding]]:
        """The items of a wallet, with its entries that are in no index any more."""

    def anchored(
        self, scope: str, records: Iterable[Record], wallet: str | None = None
    ) -> tuple[int | None, list[Finding]]:
        """The day up to which history is anchored, and every entry that differs from it (`archive.anchor_check`)."""


class NotVerified(Exception):
    """Entries stand in the archive alone, and no archive was named: what is left in the table says nothing."""


def verify_wallet(
    store: Store, scope: str, wallet: str, archive: ArchiveSource | None = None, settled_until: int | None = None
) -> Report:
    """Replays one wallet from its statement and the records beside it; a tenant's own wallet is added up again.

    `settled_until` is the instant up to which the daily totals are complete: with it they are compared too. Raises
    NotVerified.
    """

    def look() -> Report:
        found: list[Finding] = []
        records, anchored = _wallet_records(store, scope, wallet), None
        if archive is not None:
            records, found = archive.of_wallet(scope, wallet, records)
            anchored, differing = archive.anchored(scope, records, wallet)
            found = [*found, *differing]
        elif not _is_complete(records):
            _require_archive(archive, _is_purged(store, scope))
        books = gather_coin_records([*records, *_existing(store, related_keys(scope, wallet, records))])
        books = cross_check.with_tiers(store, scope, books)
        a_customers = books.entries or books.wallets
        funds = recount.gather_funds_records([] if a_customers else _funds_beside(store, scope, wallet, records))
        found = [*found, *replay_wallet(scope, wallet, books), *recount.recount_funds(funds, whole=False)]
        found += [*cross_check.check_funding(store, scope, books), *cross_check.check_partners(store, funds.lines)]
        if _has_totals(scope, settled_until) and funds.lines:
            found += cross_check.check_wallet_totals(store, scope, wallet, records, settled_until or 0)
        return _make_report(f"{scope} {wallet}", books, funds, found, anchored)

    return _persistent_findings(look, store.sleep)


def verify_scope(
    store: Store, scope: str, archive: ArchiveSource | None = None, settled_until: int | None = None
) -> Report:
    """Replays every wallet of a scope, its merchants' months and its sums. Reads the whole table, at its price.

    `settled_until` is the instant up to which the daily totals are complete: with it they are compared too. Raises
    NotVerified.
    """

    def look() -> Report:
        found: list[Finding] = []
        records = list(store.scan_all("ledger", beginning=f"{scope}#"))
        _require_archive(archive, any(map(is_tombstone, records)))
        anchored = None
        if archive is not None:
            records, found = archive.complete(scope, records)
            anchored, differing = archive.anchored(scope, records)
            found = [*found, *differing]
        books, funds = gather_coin_records(records), recount.gather_funds_records(records)
        books = cross_check.with_tiers(store, scope, books)
        found += [*replay_scope(scope, books), *recount.recount_funds(funds, whole=True)]
        found += cross_check.check_funding(store, scope, books)
        found += cross_check.check_partners(store, funds.lines)
        found += cross_check.check_allowance(store, scope, books)
        if _has_totals(scope, settled_until):
            found += cross_check.check_totals(store, scope, records, settled_until or 0)
        return _make_report(scope, books, funds, found, anchored)

    return _persistent_findings(look, store.sleep)


def _has_totals(scope: str, settled_until: int | None) -> bool:
    """The clock of a sandbox may be moved, so that nobody knows when its days are complete."""
    return settled_until is not None and keys.Scope.of(scope).mode == "live"


def _persistent_findings(look: Callable[[], Report], sleep: Callable[[float], None]) -> Report:
    """What is found at every look: a difference that comes from reading while others write does not stay."""
    report = look()
    findings = report.findings
    for again in range(1, MAX_PASSES):
        if not findings:
            break
        sleep(0.25 * 2**again)
        report = look()
        confirmed = {(finding.subject, finding.invariant) for finding in findings}
        findings = [finding for finding in report.findings if (finding.subject, finding.invariant) in confirmed]
    return replace(report, findings=findings)


def _require_archive(archive: ArchiveSource | None, needed: bool) -> None:
    if needed and archive is None:
        raise NotVerified("entries have left the table: name the archive with --archive")


def _is_complete(records: Iterable[Record]) -> bool:
    """Whether a customer's wallet begins in the table: then nothing of it has left, as the oldest leave first."""
    return any(record["sk"] == "TX" and record.get("g1s") == sequence_text(1) for record in records)


def _is_purged(store: Store, scope: str) -> bool:
    books = keys.Scope.of(scope)
    key = archive_keys.sealed_month_key(books.tenant)
    return books.mode == "live" and "purged" in (store.read([key])[key] or {})


def _wallet_records(store: Store, scope: str, wallet: str) -> list[Record]:
    """A wallet's entries. The statement's index is a copy and only names them; they themselves are read strongly."""
    partitions = (keys.wallet_partition(scope, wallet), keys.funds_statement_partition(scope, wallet))
    listed = (record for each in partitions for record in store.query_all("ledger", each, index="statement"))
    return _existing(store, [keys.Key("ledger", record["pk"], record["sk"]) for record in listed])


def _funds_beside(store: Store, scope: str, wallet: str, lines: list[Record]) -> list[Record]:
    """A tenant wallet with its lines and holds."""
    holds = {keys.funds_hold_key(scope, record["hold"]) for record in lines if record["kind"] == "hold"}
    return [*lines, *_existing(store, [keys.funds_wallet_key(scope, wallet), *sorted(holds)])]


def _existing(store: Store, wanted: Iterable[keys.Key]) -> list[Record]:
    return [record for record in store.read(wanted).values() if record]


def _make_report(
    subject: str, books: CoinRecords, funds: recount.FundsRecords, findings: list[Finding], anchored: int | None
) -> Report:
    totals = {**account_totals(books.entries), **recount.leg_totals(funds)}
    wallets, entries = len(books.wallets) + len(funds.wallets), len(books.entries) + len(funds.lines)
    until = f"{anchored // 10000}-{anchored // 100 % 100:02d}-{anchored % 100:02d}" if anchored else None
    return Report(subject, wallets, entries, dict(sorted(totals.items())), findings, until)


def verify_main(arguments: Sequence[str] | None = None, *, out: TextIO = sys.stdout) -> int:
    asked = _arguments(arguments)
    try:
        reports = list(_verify(asked))
    except (ClientError, BotoCoreError, Contended, NotVerified) as fault:
        sys.stderr.write(f"not verified: {fault}\n")
        return 2
    if asked.json:
        json.dump([asdict(report) for report in reports], out, indent=2)
        out.write("\n")
    else:
        out.writelines(_report_lines(reports))
    return 1 if any(report.findings for report in reports) else 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m batua.audit.verify",
        description="Replays wallets from their entries and reports every difference. LEDGER_TABLE names the table.",
        epilog="Exit codes: 0 nothing found, 1 something found, 2 not verified.",
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--scope", help="one scope: L#<tenant> is live, T#<tenant> its sandbox")
    where.add_argument("--tenant", help="a tenant that owns programs: its live scope and its sandbox")
    parser.add_argument("--wallet", help="only this wallet")
    parser.add_argument(
        "--archive",
        nargs="?",
        const="",
        metavar="BUCKET",
        help="check the archive and the daily anchors too, and replay from it what has left the table; ARCHIVE_BUCKET "
        "names it if left out, VERIFIER_SECRET the secret with the public keys that signed the anchors",
    )
    parser.add_argument(
        "--as-of",
        metavar="TIME",
        help="the instant to which the table was restored, where it is a copy; the daily totals count only to there",
    )
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    asked = parser.parse_args(arguments)
    if asked.scope:
        try:
            keys.Scope.of(asked.scope)
        except ValueError:
            parser.error("a scope looks like L#ten_… or T#ten_…")
    if asked.tenant and not is_id(asked.tenant, "ten"):
        parser.error("a tenant's id looks like ten_…")
    if asked.wallet and not is_id(asked.wallet, "wal"):
        parser.error("a wallet's id looks like wal_…")
    try:
        asked.as_of = clock.parse_iso(asked.as_of) if asked.as_of else clock.system()
    except ValueError:
        parser.error("a time looks like 2026-11-21T09:30:00Z")
    return asked


def _verify(asked: argparse.Namespace) -> Iterator[Report]:
    scopes = [asked.scope] if asked.scope else [keys.scope("live", asked.tenant), keys.scope("test", asked.tenant)]
    archive = None if asked.archive is None else _archive(asked.archive)
    settled_until = asked.as_of - cross_check.SETTLED_AFTER_MS
    for scope in scopes:
        if asked.wallet:
            yield verify_wallet(store(), scope, asked.wallet, archive, settled_until)
        else:
            yield verify_scope(store(), scope, archive, settled_until)


def _archive(bucket: str) -> ArchiveSource:
    from ..archive.bucket import BucketNotConfigured, archive_bucket
    from ..archive.check import SealedArchive as Sealed

    try:
        return Sealed(store(), archive_bucket(bucket))
    except BucketNotConfigured as fault:
        raise NotVerified(str(fault)) from fault


def _report_lines(reports: Iterable[Report]) -> Iterator[str]:
    for report in reports:
        yield f"{report.subject}: {report.wallets} wallets, {report.entries} entries\n"
        for account, total in report.totals.items():
            yield f"  {account:<10}{total:>20}\n"
        if report.anchored:
            yield f"  compared with the anchors of every day up to {report.anchored}\n"
        for finding in report.findings:
            yield f"  FOUND {finding.subject}: {finding.invariant}\n"
            yield f"        expected {finding.expected}\n        found    {finding.found}\n"
        yield "  nothing found\n" if not report.findings else f"  {len(report.findings)} found\n"


if __name__ == "__main__":
    sys.exit(verify_main())
