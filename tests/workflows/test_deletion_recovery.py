"""ResumeDeletions: a deletion whose workflow was lost is carried on once it is overdue."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from batua import clock, ids, workflows
from batua.auth import deletion
from batua.auth.deletion_recovery import resume_overdue_deletions
from batua.store import keys
from batua.store.store import Store
from batua.store.writes import ABSENT, Put
from tests.fakes.dynamodb import FakeDynamoDB, failure

NOW = clock.parse_iso("2026-11-21T09:30:00Z")
HOUR = 3_600_000
TENANT, USER = ids.derived_id("ten", "shop"), ids.derived_id("usr", "asha")


class Executions:
    """Step Functions: which executions were started, and which of them run."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.running: set[str] = set()

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> None:  # noqa: N803
        if name in self.started:
            raise failure("ExecutionAlreadyExists", "StartExecution")
        self.started.append(name)

    def describe_execution(self, *, executionArn: str) -> dict[str, str]:  # noqa: N803
        return {"status": "RUNNING" if executionArn.rpartition(":")[2] in self.running else "FAILED"}


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> Executions:
    made = Executions()
    monkeypatch.setattr(workflows, "client", lambda service: made)
    known = SimpleNamespace(deletion_workflow="arn:x:stateMachine:delete")
    monkeypatch.setattr("batua.auth.deletion_recovery.settings", lambda: known)
    return made


def planned(store: Store, name: str, erase_at: int, state: Any = "scheduled") -> str:
    id = ids.derived_id("del", name)
    item = deletion._deletion_item(deletion.Deletion(id, TENANT, USER, state, erase_at, NOW - 30 * clock.DAY_MS))
    store.write(Put(keys.deletion_key(id), item, when=ABSENT))
    return id


def test_an_overdue_deletion_without_an_execution_is_carried_on(executions: Executions) -> None:
    store = Store(FakeDynamoDB(), "ledger", "directory", sleep=lambda _: None)
    lost, begun = planned(store, "lost", NOW - 2 * HOUR), planned(store, "begun", NOW - 2 * HOUR, "erasing")
    carried, young = planned(store, "carried", NOW - 2 * HOUR), planned(store, "young", NOW - HOUR // 2)
    planned(store, "later", NOW + clock.DAY_MS)
    executions.running = {carried}
    assert set(resume_overdue_deletions(store, NOW)) == {lost, begun}
    assert {name.partition("-")[0] for name in executions.started} == {lost, begun}
    assert set(resume_overdue_deletions(store, NOW + 60_000)) == {
        lost,
        begun,
    }  # the same names
    assert len(executions.started) == 2
    assert young not in resume_overdue_deletions(store, NOW)


def test_a_deletion_that_is_done_or_cancelled_is_looked_for_no_more(executions: Executions) -> None:
    store = Store(FakeDynamoDB(), "ledger", "directory", sleep=lambda _: None)
    for state in ("cancelled", "erased"):
        planned(store, state, NOW - 2 * HOUR, state)
    assert resume_overdue_deletions(store, NOW) == []


def test_the_sweep_goes_on_where_one_cannot_be_started(executions: Executions, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(FakeDynamoDB(), "ledger", "directory", sleep=lambda _: None)
    first, second = sorted(planned(store, name, NOW - 2 * HOUR) for name in ("one", "two"))
    start = executions.start_execution

    def refuse_one(**given: Any) -> None:
        if given["name"].startswith(first):
            raise failure("ThrottlingException", "StartExecution")
        start(**given)

    monkeypatch.setattr(executions, "start_execution", refuse_one)
    assert resume_overdue_deletions(store, NOW) == [second]


def test_the_name_of_a_new_execution_is_valid_for_step_functions(executions: Executions) -> None:
    store = Store(FakeDynamoDB(), "ledger", "directory", sleep=lambda _: None)
    planned(store, "lost", NOW - 2 * HOUR)
    resume_overdue_deletions(store, NOW)
    (name,) = executions.started
    assert len(name) <= 80
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
