"""The verifying command: how often it looks, what it says, what it takes and how it ends."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from batua import clock, ids
from batua.audit import recount, verify
from batua.audit.replay import account_totals
from batua.audit.verify import NotVerified, Report
from batua.ledger.findings import Finding
from batua.store.store import Store
from tests.fakes.dynamodb import FakeDynamoDB, failure
from tests.fakes.replayed import Ledger
from tests.unit.recounted import CREDIT

OWNER, WALLET = ids.derived_id("ten", "owner"), ids.derived_id("wal", "asha")
LIVE, SANDBOX = f"L#{OWNER}", f"T#{OWNER}"
GAP = Finding(WALLET, "numbers have no gaps", "3", "4")
LATE = Finding(WALLET, "a hold stands", "True", "False")


def report(*findings: Finding, subject: str = LIVE) -> Report:
    return Report(subject, 2, 15, {"mint": -70, "wallet": 70}, list(findings))


# How often it looks


@pytest.mark.parametrize(
    ("seen", "lasting", "slept"),
    [
        ([[]], [], []),
        ([[LATE], []], [], [0.5]),
        ([[LATE, GAP], [GAP], [GAP, LATE], [GAP]], [GAP], [0.5, 1.0, 2.0]),
        ([[LATE], [GAP], [LATE]], [], [0.5]),
        ([[LATE], [LATE], [LATE], []], [], [0.5, 1.0, 2.0]),
    ],
)
def test_only_what_is_found_at_four_looks_is_reported(
    seen: list[list[Finding]], lasting: list[Finding], slept: list[float]
) -> None:
    looks, pauses = iter(seen), list[float]()
    last = verify._persistent_findings(lambda: report(*next(looks)), pauses.append)
    assert last == report(*lasting)
    assert pauses == slept
    assert verify.MAX_PASSES == 4


def test_an_invariant_that_is_still_broken_is_told_as_it_was_seen_last() -> None:
    looks = iter([report(GAP)] * 3 + [report(Finding(GAP.subject, GAP.invariant, "5", "6"))])
    assert verify._persistent_findings(lambda: next(looks), lambda _: None).findings == [
        Finding(GAP.subject, GAP.invariant, "5", "6")
    ]


# What it says


class Asked:
    """What the command verifies, without a table."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *findings: Finding, fault: Exception | None = None) -> None:
        self.scopes: list[tuple[Any, ...]] = []
        self.findings = findings
        self.fault = fault
        monkeypatch.setattr(verify, "store", lambda: "the store")
        monkeypatch.setattr(verify, "verify_scope", self.verify)
        monkeypatch.setattr(verify, "verify_wallet", self.verify)

    def verify(self, store: str, scope: str, *more: Any) -> Report:
        self.scopes.append((store, scope, *more))
        if self.fault:
            raise self.fault
        return report(*self.findings, subject=scope)

    def run(self, *arguments: str) -> tuple[int, str]:
        out = io.StringIO()
        return verify.verify_main(arguments, out=out), out.getvalue()


HEAD = f"{LIVE}: 2 wallets, 15 entries\n  mint                       -70\n  wallet                      70\n"


def test_what_was_verified_is_told_with_its_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Asked(monkeypatch).run("--scope", LIVE) == (0, f"{HEAD}  nothing found\n")


def test_each_finding_is_told_with_both_of_its_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (
        f"  FOUND {WALLET}: numbers have no gaps\n        expected 3\n        found    4\n"
        f"  FOUND {WALLET}: a hold stands\n        expected True\n        found    False\n"
    )
    assert Asked(monkeypatch, GAP, LATE).run("--scope", LIVE) == (1, f"{HEAD}{found}  2 found\n")


def test_the_report_as_json_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = Asked(monkeypatch, GAP).run("--scope", LIVE, "--json")
    assert code == 1
    finding = {"subject": WALLET, "invariant": GAP.invariant, "expected": "3", "found": "4"}
    expected = {"subject": LIVE, "wallets": 2, "entries": 15, "totals": report().totals, "findings": [finding]}
    expected |= {"anchored": None}
    assert said == json.dumps([expected], indent=2) + "\n"


@pytest.mark.parametrize(
    "fault",
    [NotVerified("no archive"), failure("Throttled", "x", "no archive"), EndpointConnectionError(endpoint_url="u")],
)
def test_what_could_not_be_verified_is_told_beside_the_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: Exception
) -> None:
    assert Asked(monkeypatch, fault=fault).run("--scope", LIVE) == (2, "")
    assert capsys.readouterr().err == f"not verified: {fault}\n"


# What it takes


def test_a_tenant_is_verified_live_and_in_its_sandbox_and_a_scope_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch)
    as_of = ("--as-of", "2026-11-28T12:00:00Z")
    settled = clock.parse_iso("2026-11-28T11:45:00Z")
    asked.run("--tenant", OWNER, *as_of)
    asked.run("--scope", SANDBOX, *as_of)
    asked.run("--scope", LIVE, "--wallet", WALLET, *as_of)
    assert asked.scopes == [
        ("the store", LIVE, None, settled),
        ("the store", SANDBOX, None, settled),
        ("the store", SANDBOX, None, settled),
        ("the store", LIVE, WALLET, None, settled),
    ]


def test_totals_count_to_a_quarter_of_an_hour_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch)
    monkeypatch.setattr(clock, "system", lambda: 1_000_000)
    asked.run("--scope", LIVE)
    assert asked.scopes == [("the store", LIVE, None, 100_000)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--scope", "L#x"], "a scope looks like L#ten_… or T#ten_…"),
        (["--scope", f"X#{OWNER}"], "a scope looks like L#ten_… or T#ten_…"),
        (["--scope", f"L#{WALLET}"], "a scope looks like L#ten_… or T#ten_…"),
        (["--tenant", WALLET], "a tenant's id looks like ten_…"),
        (["--scope", LIVE, "--wallet", OWNER], "a wallet's id looks like wal_…"),
        (["--scope", LIVE, "--as-of", "today"], "a time looks like 2026-11-21T09:30:00Z"),
        ([], "one of the arguments --scope --tenant is required"),
        (["--scope", LIVE, "--tenant", OWNER], "argument --tenant: not allowed with argument --scope"),
    ],
)
def test_wrong_arguments_are_named(arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        verify.verify_main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(f"error: {expected}\n")


def test_the_command_tells_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        verify.verify_main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("usage: python -m batua.audit.verify [-h] ")
    for words in (
        "] Replays wallets from their entries and reports every difference. LEDGER_TABLE names the table. options:",
        " --scope SCOPE one scope: L#<tenant> is live, T#<tenant> its sandbox --tenant TENANT a tenant that owns"
        " programs: its live scope and its sandbox --wallet WALLET only this wallet --archive [BUCKET] check"
        " the archive and the daily anchors too, and replay from it what has left the table; ARCHIVE_BUCKET names it if"
        " left out, VERIFIER_SECRET the secret with the public keys that signed the anchors"
        " --as-of TIME the instant to which the table was restored, where it is a copy; the daily totals count only to"
        " there --json the report as JSON Exit codes: 0 nothing found, 1 something found, 2 not verified.",
    ):
        assert words in said
    assert said.endswith("2 not verified.")


def test_what_is_found_in_one_of_several_reports_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(monkeypatch)
    monkeypatch.setattr(verify, "verify_scope", lambda store, scope, *_: report(*[GAP] * (scope == LIVE)))
    assert asked.run("--tenant", OWNER)[0] == 1


def test_a_report_adds_up_both_kinds_of_wallets() -> None:
    books, funds = Ledger().books(), recount.gather_funds_records([*CREDIT, {"pk": "L#x#W#w", "sk": "FUNDS"}])
    expected = verify._make_report("s", books, funds, [], None)
    assert (expected.subject, expected.wallets, expected.entries) == ("s", 2, len(books.entries) + 1)
    assert expected.totals == {
        **dict(sorted(account_totals(books.entries).items())),
        "INR bank": -100,
        "INR wallet": 100,
    }


def test_a_wallets_report_names_its_scope_and_the_wallet() -> None:
    empty = Store(FakeDynamoDB(), "ledger", "directory")
    assert verify.verify_wallet(empty, LIVE, WALLET) == Report(f"{LIVE} {WALLET}", 0, 0, {}, [])
