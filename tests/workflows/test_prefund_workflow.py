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
from tests.fakes.prefund_world import DEFINITION, HOUR, STAFF, START, PrefundWorld
from tests.fakes.states import all_edges

Make = Callable[[], PrefundWorld]
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
    worlds: list[PrefundWorld] = []

    def world() -> PrefundWorld:
        worlds.append(PrefundWorld(monkeypatch))
        return worlds[-1]

    yield world
    SEEN.update(*(world.machine.edges for world in worlds))


def test_an_approval_is_credited_and_told_at_once(make: Make) -> None:
    world = make()
    id = world.ask()
    assert world.request(id).state == "submitted"
    assert world.mails == [("prefund_submitted", "staff")]
    world.review(id)
    world.decide(id)
    world.run()
    assert (world.request(id).state, world.credited(), world.now) == ("credited", 500_00, START)
    assert world.mails[-1] == ("prefund_credited", "maker")
    assert world.status(id) == "SUCCEEDED"


def test_a_rejection_credits_nothing_and_is_told(make: Make) -> None:
    world = make()
    id = world.ask()
    world.review(id)
    world.decide(id, "reject")
    world.run()
    assert (world.request(id).state, world.credited(), world.mails[-1]) == (
        "rejected",
        0,
        ("prefund_rejected", "maker"),
    )
    assert world.status(id) == "SUCCEEDED"


def test_what_the_tenant_withdraws_credits_nothing_and_ends(make: Make) -> None:
    world = make()
    id = world.ask()
    world.review(id)
    world.withdraw(id)
    world.run()
    assert (world.request(id).state, world.credited(), world.status(id)) == ("withdrawn", 0, "SUCCEEDED")
    assert resume_stalled_prefunds(world.plain, world.now + 30 * 24 * HOUR) == []


def test_a_lost_signal_heals_when_the_time_is_up(make: Make) -> None:
    world = make()
    id = world.ask()
    world.review(id)
    world.machine.lose_signals = True
    world.decide(id)
    world.run()
    assert (world.request(id).state, world.credited(), world.now) == ("credited", 500_00, START + 4 * HOUR)


def test_a_decision_before_the_waiting_begins_is_not_missed(make: Make) -> None:
    world = make()
    made = world.draft()
    world.plain.commit(record.prefund_creation(made, world.now))
    (execution,) = world.machine.executions.values()
    while execution.state != "AwaitDecision":
        world.machine.step(execution)
    world.review(made.id)
    world.decide(made.id)
    world.run()
    assert (world.credited(), world.now) == (500_00, START)


def test_where_waiting_can_not_begin_it_pauses_and_begins_again(make: Make) -> None:
    world = make()
    world.failing["Await"] = [RuntimeError("no reply")]
    id = world.ask()
    world.review(id)
    world.run(START + 2 * 60_000)
    world.decide(id)
    world.run()
    assert (world.credited(), world.status(id)) == (500_00, "SUCCEEDED")


def test_who_keeps_a_request_waiting_is_reminded_each_day_and_after_three_it_escalates(make: Make) -> None:
    world = make()
    world.ask()
    world.mails.clear()
    world.run(START + DAY - 1)
    assert world.mails == []
    world.run(START + 2 * DAY + 5 * HOUR)
    assert world.mails == 2 * [("prefund_reminder", "staff")]
    world.run(START + 3 * DAY + 5 * HOUR)
    assert world.mails[-1] == ("prefund_escalated", "boss")


def test_the_assigned_alone_is_reminded_and_the_tenant_of_what_it_was_asked(make: Make) -> None:
    world = make()
    id = world.ask()
    world.step(id, "assign", None, STAFF, assignee=STAFF.id)
    world.mails.clear()
    world.run(START + DAY + 5 * HOUR)
    assert world.mails == [("prefund_reminder", "staff")]
    world.review(id)
    world.step(id, "request_clarification", "clarification", STAFF)
    world.mails.clear()
    world.run(world.now + DAY + 5 * HOUR)
    assert world.mails == [("prefund_question", "maker")]
    assert [row["what"] for row in _steps(world, id)].count("remind") == 2


def test_an_execution_without_a_record_ends(make: Make) -> None:
    world = make()
    world.draft()
    world.run()
    (execution,) = world.machine.executions.values()
    assert (execution.status, execution.state) == ("SUCCEEDED", "Abandoned")
    assert world.now < START + HOUR


def test_a_record_that_comes_late_is_carried(make: Make) -> None:
    world = make()
    made = world.draft()
    world.run(START + 5_000)
    world.plain.commit(record.prefund_creation(made, world.now))
    world.run(START + 60_000)
    assert world.request(made.id).state == "submitted"


def test_an_execution_that_its_record_does_not_name_ends(make: Make) -> None:
    world = make()
    id = world.ask()
    other = execution.start_prefund(id)
    world.run(START + 1_000)
    assert world.machine.executions[other].state == "Abandoned"
    assert world.status(id) == "RUNNING"


@pytest.mark.parametrize("step", ["Submit", "FollowUp", "Settle", "Tell"])
def test_a_step_whose_answer_is_lost_is_taken_again(make: Make, step: str) -> None:
    world = make()
    world.failing[step] = [PrefundBusy("no reply"), PrefundBusy("no reply")]
    id = world.ask()
    world.run(START + HOUR)
    world.review(id)
    world.decide(id)
    world.run()
    assert (world.request(id).state, world.credited(), world.status(id)) == ("credited", 500_00, "SUCCEEDED")


def test_what_can_not_be_told_has_happened_all_the_same(make: Make) -> None:
    world = make()
    world.failing["Tell"] = [RuntimeError("no mail")] * 9
    id = world.ask()
    world.review(id)
    world.decide(id)
    world.run()
    assert (world.request(id).state, world.status(id)) == ("credited", "SUCCEEDED")


def _failed(world: PrefundWorld) -> str:
    """A request that was approved, and whose settlement has failed for good."""
    id = world.ask()
    world.review(id)
    world.freeze()
    world.decide(id)
    world.run()
    assert world.request(id).state == "settlement_failed"
    world.freeze(False)
    return id


def test_an_execution_that_starts_before_the_decision_is_committed_waits_for_it(make: Make) -> None:
    """It used to see the old name on the record and end as a success; the approved request was never credited."""
    world = make()
    id = _failed(world)
    again = execution.new_prefund_execution(id)
    execution.launch_prefund(id, again)
    world.run(world.now)
    world.decide(id, exec=again)
    world.run()
    assert (world.request(id).state, world.credited(), world.status(id)) == ("credited", 500_00, "SUCCEEDED")


def test_a_decision_whose_execution_was_never_started_is_carried_on(make: Make) -> None:
    world = make()
    id = _failed(world)
    world.decide(id, exec=execution.new_prefund_execution(id))
    assert resume_stalled_prefunds(world.store, world.now) == [], "it has only just been decided"
    world.now += HOUR
    assert resume_stalled_prefunds(world.store, world.now) == [id]
    world.run()
    assert (world.request(id).state, world.credited(), world.status(id)) == ("credited", 500_00, "SUCCEEDED")
    world.now += HOUR
    assert resume_stalled_prefunds(world.store, world.now) == []


def test_a_request_whose_execution_failed_is_carried_on(make: Make) -> None:
    """As one does that has waited for so long that Step Functions keeps no more of its history."""
    world = make()
    id = world.ask()
    ended = world.machine.executions[world.request(id).execution]
    ended.status, ended.wake, ended.timeout, ended.token = "FAILED", None, None, None
    world.now += 320 * DAY
    assert resume_stalled_prefunds(world.store, world.now) == [id]
    world.run(until=world.now + HOUR)
    world.review(id)
    world.decide(id)
    world.run()
    assert (world.request(id).state, world.credited(), world.status(id)) == ("credited", 500_00, "SUCCEEDED")


def test_a_request_whose_execution_is_at_work_is_left_alone(make: Make) -> None:
    world = make()
    id = world.ask()
    before = world.request(id).execution
    world.now += HOUR
    assert resume_stalled_prefunds(world.store, world.now) == []
    assert world.request(id).execution == before


def test_a_credit_that_fails_for_good_is_on_record_alarms_and_can_be_decided_anew(make: Make) -> None:
    world = make()
    id = world.ask()
    world.review(id)
    world.freeze()
    world.decide(id)
    world.failing["Fail"] = [PrefundBusy("no reply")]
    world.run()
    first = world.request(id).execution
    assert (world.request(id).state, world.credited(), world.status(id)) == ("settlement_failed", 0, "FAILED")
    assert ("prefund_failed", "boss") in world.mails
    assert _steps(world, id)[-1]["note"] == "PrefundSettlementRefused"
    world.freeze(False)
    again = execution.new_prefund_execution(id)
    world.decide(id, exec=again)
    execution.launch_prefund(id, again)
    world.run()
    assert (world.request(id).state, world.credited(), world.status(id)) == ("credited", 500_00, "SUCCEEDED")
    assert world.machine.executions[first].status == "FAILED"


def test_a_credit_whose_answer_is_lost_for_good_is_found_and_not_called_a_failure(make: Make) -> None:
    world = make()
    world.failing["Settle"] = [RuntimeError("died after posting")]
    id = world.ask()
    world.review(id)
    world.decide(id)
    world.run()
    assert (world.request(id).state, world.credited(), world.status(id)) == ("credited", 500_00, "SUCCEEDED")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("frozen", [False, True], ids=["is credited", "can't be credited"])
def test_killed_at_any_call_it_ends_credited_once_or_not_at_all(make: Make, after: bool, frozen: bool) -> None:
    for kill_at in range(2, 60):  # the first call starts the execution
        world = make()
        world.boundary.kill_at, world.boundary.after = kill_at, after
        id = world.ask()
        world.run(START + 2 * HOUR)
        world.review(id)
        world.freeze(frozen)
        world.decide_unless_killed(id)
        world.run()
        expected = ("settlement_failed", 0, "FAILED") if frozen else ("credited", 500_00, "SUCCEEDED")
        assert (world.request(id).state, world.credited(), world.status(id)) == expected, world.boundary.names[-1]
        credits = [row for row in _steps(world, id) if row["what"] == "credit"]
        assert len(credits) == (0 if frozen else 1)
        if world.boundary.count < kill_at:
            return
    raise AssertionError("there are more calls than were killed")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whatever_gives_no_reply_what_was_approved_is_credited(make: Make, after: bool) -> None:
    for silent_at in range(1, 40):
        world = make()
        id = world.ask()
        world.run(START + 2 * HOUR)
        world.review(id)
        world.decide(id)
        world.boundary.count, world.boundary.kill_at, world.boundary.after = 0, silent_at, after
        world.boundary.fault = lambda name: ReadTimeoutError(endpoint_url=name)
        world.run()
        assert (world.request(id).state, world.credited()) == ("credited", 500_00), world.boundary.names[-1]
        if world.boundary.count < silent_at:
            return
    raise AssertionError("there are more calls than were lost")


def test_the_inputs_hold_ids_and_seconds_alone(make: Make) -> None:
    world = make()
    id = world.ask()
    (given,) = map(json.loads, world.machine.inputs)
    assert given == {"request": id, "wait_seconds": 14400}


def test_every_way_through_the_state_machine_was_taken() -> None:
    missing = set(all_edges(DEFINITION)) - SEEN
    assert not missing
    assert not {edge for edge in SEEN if edge.endswith(":broken")}


def _steps(world: PrefundWorld, id: str) -> list[dict[str, str]]:
    rows = world.plain.query_all(
        "directory", prefund_keys.prefund_request_partition(id), beginning="STEP#", consistent=True
    )
    return list(rows)
