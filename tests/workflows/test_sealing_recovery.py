"""ResumeSealing: a closed month that no execution seals is taken up; what only a person can mend is not."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from batua import clock, workflows
from batua.archive.recovery import NEEDS_A_PERSON, resume_sealing, sealing_due
from tests.fakes.dynamodb import failure

DUE = clock.parse_iso("2026-11-04T03:00:00Z")
HOUR = 3_600_000
MACHINE = "arn:x:stateMachine:archive"


class Executions:
    """Step Functions, as far as it is asked here."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[str, int, str]] = {}

    def add(self, status: str, started: int, error: str = "") -> None:
        self.known[f"run-{len(self.known)}"] = (status, started, error)

    def list_executions(self, *, stateMachineArn: str, maxResults: int) -> dict[str, Any]:  # noqa: N803
        assert stateMachineArn == MACHINE
        rows = [
            {"name": name, "status": status, "startDate": datetime.fromtimestamp(started / 1000, UTC)}
            for name, (status, started, _) in self.known.items()
        ]
        return {"executions": rows[-maxResults:]}

    def describe_execution(self, *, executionArn: str) -> dict[str, str]:  # noqa: N803
        status, _, error = self.known[executionArn.rpartition(":")[2]]
        return {"status": status, **({"error": error} if error else {})}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> None:  # noqa: N803
        if name in self.known:
            raise failure("ExecutionAlreadyExists", "StartExecution")
        self.known[name] = ("RUNNING", DUE + 7 * HOUR, "")


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> Executions:
    made = Executions()
    monkeypatch.setattr(workflows, "client", lambda service: made)
    monkeypatch.setattr("batua.archive.recovery.settings", lambda: SimpleNamespace(archive_workflow=MACHINE))
    return made


def test_a_month_that_no_execution_seals_is_taken_up(executions: Executions) -> None:
    executions.add("SUCCEEDED", DUE - 31 * clock.DAY_MS)
    assert resume_sealing(DUE + 5 * HOUR) is None, "the run that is due may be about to begin"
    assert resume_sealing(DUE + 7 * HOUR) == "seal-2026-11-04T10"
    assert resume_sealing(DUE + 7 * HOUR + 60_000) is None, "one is at work"


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED", "PENDING_REDRIVE"])
def test_a_month_that_is_sealed_or_being_sealed_is_left_alone(executions: Executions, status: str) -> None:
    executions.add("FAILED", DUE, "Lambda.Unknown")
    executions.add(status, DUE + HOUR)
    assert resume_sealing(DUE + 20 * clock.DAY_MS) is None


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
def test_a_run_that_ended_without_an_outcome_is_followed_by_another_one_three_times(
    executions: Executions, status: str
) -> None:
    for attempt in range(3):
        executions.add(status, DUE + attempt * 12 * HOUR, "Lambda.Unknown" if status == "FAILED" else "")
        name = resume_sealing(DUE + (attempt * 12 + 8) * HOUR)
        assert name
        del executions.known[name]
    executions.add(status, DUE + 40 * HOUR)
    assert resume_sealing(DUE + 48 * HOUR) is None


@pytest.mark.parametrize("error", sorted(NEEDS_A_PERSON))
def test_what_another_run_would_find_as_well_is_left_to_a_person(executions: Executions, error: str) -> None:
    executions.add("FAILED", DUE, error)
    assert resume_sealing(DUE + 8 * HOUR) is None


def test_a_run_that_somebody_aborted_is_not_begun_again(executions: Executions) -> None:
    executions.add("ABORTED", DUE)
    assert resume_sealing(DUE + 8 * HOUR) is None


def test_a_run_is_due_on_the_fourth_and_counts_six_hours_later() -> None:
    assert sealing_due(DUE + 6 * HOUR) == DUE
    assert sealing_due(DUE + 6 * HOUR - 1) == clock.parse_iso("2026-10-04T03:00:00Z")
    assert sealing_due(clock.parse_iso("2027-01-01T00:00:00Z")) == clock.parse_iso("2026-12-04T03:00:00Z")


def test_the_errors_and_the_time_are_those_of_the_workflow_and_its_schedule() -> None:
    import json
    from pathlib import Path

    folder = Path(__file__).parents[2] / "functions" / "platform"
    states = json.loads((folder / "archive_month.asl.json").read_text())["States"]
    lasting = {error for state in states.values() for retry in state.get("Retry", []) if retry["MaxAttempts"] == 0
               for error in retry["ErrorEquals"]}  # fmt: skip
    assert {states["Faulty"]["Error"], *lasting} == NEEDS_A_PERSON
    assert "Schedule: cron(0 3 4 * ? *)" in (folder / "template.yaml").read_text()
