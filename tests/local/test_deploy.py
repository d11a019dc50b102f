"""`make deploy`: what is asked, what is kept, and what `sam deploy` is called with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from local import deploy
from local.deploy import DeployError, commands, settled
from local.host import ROOT

ARN = "arn:aws:acm:us-east-1:123456789012:certificate/0f9e7a10-0000-11f0-9a53-0a1b2c3d4e5f"
GIVEN = {
    "region": "ap-south-1",
    "email": "ops@example.com",
    "mail_from": "",
    "domain": "",
    "certificate": "",
    "web_acl": "",
    "origin_rotation": "",
    "ledger_table": "",
    "ledger_stream": "",
    "directory_table": "",
    "directory_stream": "",
}
STREAM = "arn:aws:dynamodb:ap-south-1:123456789012:table/{}/stream/2026-11-29T10:00:00.000"
RESTORED = {
    "ledger_table": "ledger-2",
    "ledger_stream": STREAM.format("ledger-2"),
    "directory_table": "directory-2",
    "directory_stream": STREAM.format("directory-2"),
}


def test_what_is_missing_is_asked_once_and_kept_for_later() -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "ap-south-1" if "region" in question else ""

    first = settled({}, {}, answer)
    assert len(asked) == 4, "the certificate is only asked for with a domain"
    assert settled({}, first, None) == first


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"region": None}, "no region"),
        ({"region": "Mumbai"}, "--region Mumbai"),
        ({"email": "ops"}, "--email ops"),
        ({"domain": "wallet.example.com", "certificate": ""}, "--certificate is needed"),
        ({"domain": "wallet.example.com", "certificate": ARN.replace("us-east-1", "ap-south-1")}, "--certificate arn"),
        ({**RESTORED, "ledger_stream": ""}, "--ledger-stream is missing"),
        ({**RESTORED, "directory_stream": RESTORED["ledger_stream"]}, "--directory-stream is not the stream of"),
    ],
)
def test_what_cannot_be_used_is_named(given: dict[str, str | None], said: str) -> None:
    with pytest.raises(DeployError, match=said):
        settled({**GIVEN, **given}, {}, None)


def test_restored_tables_are_passed_on_and_kept_for_later_deployments() -> None:
    answers = settled({**GIVEN, **RESTORED}, {}, None)
    (call, *_) = commands("default", answers, False, [])
    assert {"RestoredLedgerTable=ledger-2", "RestoredDirectoryTable=directory-2"} <= set(call)
    assert settled({}, answers, None) == answers


def test_sam_is_never_guided_and_never_asks() -> None:
    for environment in ("default", "prod"):
        for call in commands(environment, GIVEN, False, []):
            assert call[:2] == ["sam", "deploy"]
            assert "--no-confirm-changeset" in call
            assert "--guided" not in call
            assert "AlarmEmail=ops@example.com" in call


def test_a_changed_parameter_is_a_release_of_its_own() -> None:
    """Functions behind an alias serve the environment of their version: without a new one nothing would change."""
    assert deploy.release(["Stage=dev"]) == deploy.release(["Stage=dev"])
    assert deploy.release(["Stage=dev"]) != deploy.release(["Stage=dev", "LogLevel=DEBUG"])
    first, second = commands("prod", GIVEN, False, [])
    (of_first,), (of_second,) = ([word for word in call if word.startswith("Release=")] for call in (first, second))
    assert of_first == of_second, "protecting the tables is no release"


def test_tables_of_production_are_protected_after_the_first_success() -> None:
    first, second = commands("prod", GIVEN, False, [])
    assert "DeletionProtection=on" not in first
    assert second[-1] == "DeletionProtection=on"
    for environment, protected in (("prod", True), ("default", False)):
        (only,) = commands(environment, GIVEN, protected, [])
        assert not [word for word in only if word.startswith("DeletionProtection")], "the stack keeps what it has"


def test_sam_reads_what_it_is_given() -> None:
    """An empty answer is left out: SAM refuses `AlarmEmail=`, and a stack that exists keeps its value."""
    from samcli.cli.types import CfnParameterOverridesType

    for answers in (GIVEN, {**GIVEN, "domain": "wallet.example.com", "certificate": ARN}, dict.fromkeys(GIVEN, "")):
        for environment in ("default", "prod"):
            for call in commands(environment, answers, False, []):
                given = call[call.index("--parameter-overrides") + 1 :]
                read = CfnParameterOverridesType().convert(tuple(given), None, None)
                assert all(read.values())
                assert len(read) == len(given)


def test_a_first_deployment_that_fails_stays_unprotected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "samconfig.toml").write_text((ROOT / "samconfig.toml").read_text())
    monkeypatch.setattr(deploy, "ROOT", tmp_path)
    arguments = ["--config-env", "prod", "--region", "ap-south-1", "--email", "", "--mail-from", "", "--domain", ""]
    protecting: list[bool] = []

    def call_of(status: int) -> Callable[[list[str]], int]:
        return lambda call: protecting.append("DeletionProtection=on" in call) or status  # type: ignore[func-returns-value]

    assert deploy.main(arguments, call_of(1)) == 1
    assert protecting == [False]
    assert deploy.main(arguments, call_of(0)) == 0
    assert protecting[1:] == [False, True]
    assert json.loads((tmp_path / ".local/deploy-prod.json").read_text())["protected"] is True
