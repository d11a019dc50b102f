"""Prefund requests in virtual time: every way through the state machine, kills at every call, reminders, lost signals.

The steps are those that SubmitPrefundRequest, AwaitPrefundDecision, FollowUpPrefundRequest, SettlePrefundRequest,
FailPrefundRequest and TellPrefundOutcome run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import ReadTimeoutError

from batua import settings
from batua.prefund import execution, record
from batua.prefund.recovery import resume_stalled_prefunds
from batua.prefund.workflow import PrefundBusy
from batua.store import prefund_keys
from tests.fakes.prefund_town import DEFINITION, HOUR, STAFF, START, PrefundTown
from tests.fakes.states import all_edges

Make = Callable[[], PrefundTown]
DAY = 24 * HOUR
SEEN: set[str] = set()


@pytest.fixture(autouse=True)
def _waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PREFUND_WAIT_SECONDS", "14400")
    settings.reset_settings()
    yield
    settings.reset_settings()


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    towns: list[PrefundTown] = []

    def town() -> PrefundTown:
        towns.append(PrefundTown(monkeypatch))
        return towns[-1]

    yield town
    SEEN.update(*(town.machine.edges for town in towns))


def test_an_approval_is_credited_and_told_at_once(make: Make) -> None:
    town = make()
    id = town.ask()
    assert town.request(id).state == "submitted"
    assert town.mails == [("prefund_submitted", "staff")]
    town.review(id)
    town.decide(id)
    town.run()
    assert (town.request(id).state, town.credited(), town.now) == ("credited", 500_00, START)
    assert town.mails[-1] == ("prefund_credited", "maker")
    assert town.status(id) == "SUCCEEDED"


def test_a_rejection_credits_nothing_and_is_told(make: Make) -> None:
    town = make()
    id = town.ask()
    town.review(id)
    town.decide(id, "reject")
    town.run()
    assert (town.request(id).state, town.credited(), town.mails[-1]) == ("rejected", 0, ("prefund_rejected", "maker"))
    assert town.status(id) == "SUCCEEDED"


def test_a_lost_signal_heals_when_the_time_is_up(make: Make) -> None:
    town = make()
    id = town.ask()
    town.review(id)
    town.machine.lose_signals = True
    town.decide(id)
    town.run()
    assert (town.request(id).state, town.credited(), town.now) == ("credited", 500_00, START + 4 * HOUR)


def test_a_decision_before_the_waiting_begins_is_not_missed(make: Make) -> None:
    town = make()
    made = town.draft()
    town.plain.commit(record.prefund_creation(made, town.now))
    (execution,) = town.machine.executions.values()
    while execution.state != "AwaitDecision":
        town.machine.step(execution)
    town.review(made.id)
    town.decide(made.id)
    town.run()
    assert (town.credited(), town.now) == (500_00, START)


def test_where_waiting_can_not_begin_it_pauses_and_begins_again(make: Make) -> None:
    town = make()
    town.failing["Await"] = [RuntimeError("no reply")]
    id = town.ask()
    town.review(id)
    town.run(START + 2 * 60_000)
    town.decide(id)
    town.run()
    assert (town.credited(), town.status(id)) == (500_00, "SUCCEEDED")


def test_who_keeps_a_request_waiting_is_reminded_each_day_and_after_three_it_escalates(make: Make) -> None:
    town = make()
    town.ask()
    town.mails.clear()
    town.run(START + DAY - 1)
    assert town.mails == []
    town.run(START + 2 * DAY + 5 * HOUR)
    assert town.mails == 2 * [("prefund_reminder", "staff")]
    town.run(START + 3 * DAY + 5 * HOUR)
    assert town.mails[-1] == ("prefund_escalated", "boss")


def test_the_assigned_alone_is_reminded_and_the_tenant_of_what_it_was_asked(make: Make) -> None:
    town = make()
    id = town.ask()
    town.step(id, "assign", None, STAFF, assignee=STAFF.id)
    town.mails.clear()
    town.run(START + DAY + 5 * HOUR)
    assert town.mails == [("prefund_reminder", "staff")]
    town.review(id)
    town.step(id, "request_clarification", "clarification", STAFF)
    town.mails.clear()
    town.run(town.now + DAY + 5 * HOUR)
    assert town.mails == [("prefund_question", "maker")]
    assert [row["what"] for row in _steps(town, id)].count("remind") == 2


def test_an_execution_without_a_record_ends(make: Make) -> None:
    town = make()
    town.draft()
    town.run()
    (execution,) = town.machine.executions.values()
    assert (execution.status, execution.state) == ("SUCCEEDED", "Abandoned")
    assert town.now < START + HOUR


def test_a_record_that_comes_late_is_carried(make: Make) -> None:
    town = make()
    made = town.draft()
    town.run(START + 5_000)
    town.plain.commit(record.prefund_creation(made, town.now))
    town.run(START + 60_000)
    assert town.request(made.id).state == "submitted"


def test_an_execution_that_its_record_does_not_name_ends(make: Make) -> None:
    town = make()
    id = town.ask()
    other = execution.start_prefund(id)
    town.run(START + 1_000)
    assert town.machine.executions[other].state == "Abandoned"
    assert town.status(id) == "RUNNING"


@pytest.mark.parametrize("step", ["Submit", "FollowUp", "Settle", "Tell"])
def test_a_step_whose_answer_is_lost_is_taken_again(make: Make, step: str) -> None:
    town = make()
    town.failing[step] = [PrefundBusy("no reply"), PrefundBusy("no reply")]
    id = town.ask()
    town.run(START + HOUR)
    town.review(id)
    town.decide(id)
    town.run()
    assert (town.request(id).state, town.credited(), town.status(id)) == ("credited", 500_00, "SUCCEEDED")


def test_what_can_not_be_told_has_happened_all_the_same(make: Make) -> None:
    town = make()
    town.failing["Tell"] = [RuntimeError("no mail")] * 9
    id = town.ask()
    town.review(id)
    town.decide(id)
    town.run()
    assert (town.request(id).state, town.status(id)) == ("credited", "SUCCEEDED")


def _failed(town: PrefundTown) -> str:
    """A request that was approved, and whose settlement has failed for good."""
    id = town.ask()
    town.review(id)
    town.freeze()
    town.decide(id)
    town.run()
    assert town.request(id).state == "settlement_failed"
    town.freeze(False)
    return id


def test_an_execution_that_starts_before_the_decision_is_committed_waits_for_it(make: Make) -> None:
    """It used to see the old name on the record and end as a success; the approved request was never credited."""
    town = make()
    id = _failed(town)
    again = execution.new_prefund_execution(id)
    execution.launch_prefund(id, again)
    town.run(town.now)
    town.decide(id, exec=again)
    town.run()
    assert (town.request(id).state, town.credited(), town.status(id)) == ("credited", 500_00, "SUCCEEDED")


def test_a_decision_whose_execution_was_never_started_is_carried_on(make: Make) -> None:
    town = make()
    id = _failed(town)
    town.decide(id, exec=execution.new_prefund_execution(id))
    assert resume_stalled_prefunds(town.store, town.now) == [], "it has only just been decided"
    town.now += HOUR
    assert resume_stalled_prefunds(town.store, town.now) == [id]
    town.run()
    assert (town.request(id).state, town.credited(), town.status(id)) == ("credited", 500_00, "SUCCEEDED")
    town.now += HOUR
    assert resume_stalled_prefunds(town.store, town.now) == []


def test_a_request_whose_execution_is_at_work_is_left_alone(make: Make) -> None:
    town = make()
    id = town.ask()
    before = town.request(id).execution
    town.now += HOUR
    assert resume_stalled_prefunds(town.store, town.now) == []
    assert town.request(id).execution == before


def test_a_credit_that_fails_for_good_is_on_record_alarms_and_can_be_decided_anew(make: Make) -> None:
    town = make()
    id = town.ask()
    town.review(id)
    town.freeze()
    town.decide(id)
    town.failing["Fail"] = [PrefundBusy("no reply")]
    town.run()
    first = town.request(id).execution
    assert (town.request(id).state, town.credited(), town.status(id)) == ("settlement_failed", 0, "FAILED")
    assert ("prefund_failed", "boss") in town.mails
    assert _steps(town, id)[-1]["note"] == "PrefundSettlementRefused"
    town.freeze(False)
    again = execution.new_prefund_execution(id)
    town.decide(id, exec=again)
    execution.launch_prefund(id, again)
    town.run()
    assert (town.request(id).state, town.credited(), town.status(id)) == ("credited", 500_00, "SUCCEEDED")
    assert town.machine.executions[first].status == "FAILED"


def test_a_credit_whose_answer_is_lost_for_good_is_found_and_not_called_a_failure(make: Make) -> None:
    town = make()
    town.failing["Settle"] = [RuntimeError("died after posting")]
    id = town.ask()
    town.review(id)
    town.decide(id)
    town.run()
    assert (town.request(id).state, town.credited(), town.status(id)) == ("credited", 500_00, "SUCCEEDED")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("frozen", [False, True], ids=["is credited", "can't be credited"])
def test_killed_at_any_call_it_ends_credited_once_or_not_at_all(make: Make, after: bool, frozen: bool) -> None:
    for kill_at in range(2, 60):  # the first call starts the execution
        town = make()
        town.boundary.kill_at, town.boundary.after = kill_at, after
        id = town.ask()
        town.run(START + 2 * HOUR)
        town.review(id)
        town.freeze(frozen)
        town.decide_unless_killed(id)
        town.run()
        expected = ("settlement_failed", 0, "FAILED") if frozen else ("credited", 500_00, "SUCCEEDED")
        assert (town.request(id).state, town.credited(), town.status(id)) == expected, town.boundary.names[-1]
        credits = [row for row in _steps(town, id) if row["what"] == "credit"]
        assert len(credits) == (0 if frozen else 1)
        if town.boundary.count < kill_at:
            return
    raise AssertionError("there are more calls than were killed")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whatever_gives_no_reply_what_was_approved_is_credited(make: Make, after: bool) -> None:
    for silent_at in range(1, 40):
        town = make()
        id = town.ask()
        town.run(START + 2 * HOUR)
        town.review(id)
        town.decide(id)
        town.boundary.count, town.boundary.kill_at, town.boundary.after = 0, silent_at, after
        town.boundary.fault = lambda name: ReadTimeoutError(endpoint_url=name)
        town.run()
        assert (town.request(id).state, town.credited()) == ("credited", 500_00), town.boundary.names[-1]
        if town.boundary.count < silent_at:
            return
    raise AssertionError("there are more calls than were lost")


def test_the_inputs_hold_ids_and_seconds_alone(make: Make) -> None:
    town = make()
    id = town.ask()
    (given,) = map(json.loads, town.machine.inputs)
    assert given == {"request": id, "wait_seconds": 14400}


def test_every_way_through_the_state_machine_was_taken() -> None:
    missing = set(all_edges(DEFINITION)) - SEEN
    assert not missing
    assert not {edge for edge in SEEN if edge.endswith(":broken")}


def _steps(town: PrefundTown, id: str) -> list[dict[str, str]]:
    rows = town.plain.query_all(
        "directory", prefund_keys.prefund_request_partition(id), beginning="STEP#", consistent=True
    )
    return list(rows)
