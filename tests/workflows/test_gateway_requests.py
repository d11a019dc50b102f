"""Balance requests in virtual time: every way through the state machine, kills between any two steps, races."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from batua import errors, settings
from batua.audit.verify import verify_scope
from batua.errors import Problem
from batua.gateway import recovery, workflow
from batua.gateway.workflow import BalanceRequestBusy, BalanceSettlementRefused
from batua.ledger.posting.tenant_money import TenantLedger
from batua.store.codec import decode
from tests.fakes.dynamodb import failure
from tests.fakes.gateway_town import CHILD, DEFINITION, HOUR, PARENT, SCOPE, START, Boundary, GatewayTown
from tests.fakes.states import Killed, all_edges

Make = Callable[..., GatewayTown]


def silence(name: str) -> Exception:
    return ReadTimeoutError(endpoint_url=name)


SEEN: set[str] = set()


@pytest.fixture(autouse=True)
def _waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DECISION_WAIT_SECONDS", "3600")
    settings.reset_settings()
    yield
    settings.reset_settings()


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    towns: list[GatewayTown] = []

    def town(balance: int = 1_000_00, **more: Any) -> GatewayTown:
        towns.append(GatewayTown(monkeypatch, balance, **more))
        return towns[-1]

    yield town
    SEEN.update(*(town.machine.edges for town in towns))


def code(act: Callable[[], Any]) -> str:
    with pytest.raises(Problem) as refusal:
        act()
    return refusal.value.kind.code


def test_an_approval_is_settled_and_told(make: Make) -> None:
    town = make()
    id = town.ask(400)
    town.run(START + 1000)
    reply = town.approve(id)
    assert (reply.message, reply.data.approved_amount) == ("Balance request full approved successfully", "400")
    assert town.funds(PARENT).held == 400_00  # held with the decision, before the workflow has moved
    town.run()
    assert (town.request(id).step, town.funds(CHILD).balance, town.now - START) == ("SETTLED", 400_00, 1000)
    assert [event["DetailType"] for event in town.events] == ["balance_request.settled"]
    town.is_sound()


def test_a_part_is_approved_and_the_rest_stays(make: Make) -> None:
    town = make()
    id = town.ask(400)
    assert town.approve(id, 150).message == "Balance request partial approved successfully"
    town.run()
    assert (town.funds(PARENT).available, town.funds(CHILD).balance) == (850_00, 150_00)
    town.is_sound()


def test_a_rejection_moves_nothing(make: Make) -> None:
    town = make()
    id = town.ask()
    town.run(START)
    assert town.reject(id).message == "Balance request rejected successfully"
    town.run()
    assert town.funds(PARENT).available == 1_000_00
    town.is_sound()


def test_what_nobody_decides_is_recalled_and_expires(make: Make) -> None:
    town = make()
    id = town.ask()
    town.run()
    assert (town.request(id).status, town.now - START) == ("EXPIRED", 72 * HOUR)
    said = [event["DetailType"].partition(".")[2] for event in town.events]
    assert said == ["reminder", "reminder", "expired"]
    assert code(lambda: town.approve(id)) == "balance_request_decided"
    town.is_sound()


def test_a_lost_signal_heals_by_itself(make: Make) -> None:
    town = make()
    id = town.ask()
    town.run(START + HOUR // 2)
    town.machine.lose_signals = True
    town.approve(id)
    town.run(START + HOUR - 1)
    assert town.request(id).step == "SETTLING"
    town.run(START + HOUR)
    assert town.request(id).step == "SETTLED"
    town.is_sound()


def test_a_decision_before_the_workflow_waits_is_not_missed(make: Make) -> None:
    town = make()
    id = town.ask()
    town.approve(id)
    town.run(START)
    assert town.request(id).step == "SETTLED"


def test_a_decision_between_look_and_wait_wakes_the_workflow_at_once(make: Make) -> None:
    town = make()
    id = town.ask()
    execution = next(iter(town.machine.executions.values()))
    while execution.state != "Wait":
        town.machine.step(execution)
    town.approve(id)
    town.run(START)
    assert town.request(id).step == "SETTLED"


def test_settling_is_tried_again_on_errors_that_pass(make: Make) -> None:
    town = make()
    id = town.ask()
    town.failing = [BalanceRequestBusy, BalanceRequestBusy]
    town.approve(id)
    town.run()
    assert town.request(id).step == "SETTLED"
    town.is_sound()


def test_a_settlement_that_fails_for_good_gives_the_hold_back_and_says_so(make: Make) -> None:
    town = make()
    id = town.ask()
    town.approve(id)
    town.close_child()
    town.run()
    request = town.request(id)
    assert (request.status, request.step) == ("FAILED", "RELEASED")
    assert request.failure == "BalanceSettlementRefused: the child tenant is not active"
    assert town.funds(PARENT).available == 1_000_00
    assert [each.status for each in town.machine.executions.values()] == ["FAILED"]  # which fires the alarm
    assert [event["DetailType"] for event in town.events] == ["balance_request.failed"]
    town.is_sound()


def test_a_release_that_meets_a_settlement_leaves_the_request_settled(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release has read an open request; the settlement commits before it does."""
    town = make()
    id = town.ask()
    town.approve(id)
    event = {"scope": town.request(id).scope, "request": id}
    find_hold = TenantLedger.hold

    def overtaken(ledger: TenantLedger, scope: str, transaction: str) -> Any:
        monkeypatch.setattr(TenantLedger, "hold", find_hold)
        assert workflow.settle_step(town.store, event, town.now) == {"state": "SETTLED"}
        return find_hold(ledger, scope, transaction)

    monkeypatch.setattr(TenantLedger, "hold", overtaken)
    with pytest.raises(BalanceRequestBusy):
        workflow.release_step(town.store, event, town.now)
    assert workflow.release_step(town.store, event, town.now) == {"state": "SETTLED"}
    assert (town.request(id).status, town.request(id).step) == ("APPROVED", "SETTLED")
    town.run()
    town.is_sound()


@pytest.mark.parametrize("error", [BalanceSettlementRefused, KeyError, ZeroDivisionError])
def test_errors_without_a_name_in_the_machine_are_not_tried_again(make: Make, error: type[Exception]) -> None:
    town = make()
    id = town.ask()
    town.failing = [error]
    town.approve(id)
    town.run()
    assert town.request(id).status == "FAILED"
    town.is_sound()


def test_an_execution_without_a_record_ends(make: Make) -> None:
    town = make(boundary=Boundary(kill_at=3))  # after the start, before the record
    with pytest.raises(Killed):
        town.ask(key="k")
    assert town.boundary.names == ["batch_get_item", "start_execution", "transact_write_items"]
    town.run()
    assert [each.status for each in town.machine.executions.values()] == ["SUCCEEDED"]
    town.approve(town.ask(key="k"))  # the same request again: made anew, with a workflow of its own
    town.run()
    town.is_sound()


def test_an_execution_whose_request_another_carries_ends_at_once(make: Make) -> None:
    town = make()
    town.ask()
    content = town.machine.inputs[0]
    town.machine.start_execution(stateMachineArn="", name="exec_other", input=content)
    town.run(START)
    assert town.machine.executions["exec_other"].status == "SUCCEEDED"


@pytest.mark.parametrize("approved", [False, True])
def test_a_request_whose_execution_was_lost_is_carried_on_by_the_sweep(make: Make, approved: bool) -> None:
    """ResumeBalanceRequests, every ten minutes."""
    town = make()
    id = town.ask(400)
    town.run(START + 1000)
    lost = town.machine.executions[town.request(id).execution]
    lost.status = "ABORTED"
    lost.wake = None
    if approved:
        town.approve(id)
    assert recovery.resume_stalled_requests(town.plain, town.now + 60_000) == []  # it may be about to move
    town.now += 20 * 60_000
    assert recovery.resume_stalled_requests(town.plain, town.now) == [id]
    assert recovery.resume_stalled_requests(town.plain, town.now) == []
    if not approved:
        town.run(town.now + 1000)
        town.approve(id)
    town.run()
    assert (town.request(id).step, town.funds(CHILD).balance) == ("SETTLED", 400_00)
    assert recovery.resume_stalled_requests(town.plain, town.now + HOUR) == []
    del town.machine.executions[lost.name]
    town.is_sound()


def test_the_sweep_leaves_a_running_execution_alone(make: Make) -> None:
    town = make()
    town.ask(400)
    town.run(START + 1000)
    assert recovery.resume_stalled_requests(town.plain, START + 2 * HOUR) == []


def test_money_that_a_workflow_moved_names_the_execution_as_its_request(make: Make) -> None:
    town = make()
    id = town.ask(400)
    town.approve(id)
    town.run()
    lines = [decode(item) for (_, pk, sk), item in town.table.items.items() if "#K#" in pk and sk.startswith("FUNDS")]
    settled = [line for line in lines if line["kind"] == "capture" and line.get("ref") == id]
    assert settled
    assert {line["req"] for line in settled} == {town.request(id).execution}


def test_tasks_that_fail_for_a_while_do_not_stop_it(make: Make) -> None:
    town = make()
    id = town.ask()
    failures = {"${WatchArn}": 3, "${AwaitArn}": 1, "${ReleaseArn}": 2, "${TellArn}": 2}
    for place, count in failures.items():
        task, left = town.machine.tasks[place], [BalanceRequestBusy] * count

        def failing(event: Any, task: Any = task, left: Any = left) -> Any:
            if left:
                raise left.pop()("for a while")
            return task(event)

        town.machine.tasks[place] = failing
    town.run(START + HOUR)
    town.failing = [BalanceSettlementRefused]
    town.approve(id)
    town.run()
    assert town.request(id).status == "FAILED"
    town.is_sound()


def test_telling_nobody_does_not_undo_the_settlement(make: Make) -> None:
    town = make()

    def mute(event: Any) -> Any:
        raise BalanceRequestBusy("the bus is away")

    town.machine.tasks["${TellArn}"] = mute
    town.approve(town.ask())
    town.run()
    town.is_sound()


def test_the_parents_balance_too_small_changes_nothing(make: Make) -> None:
    town = make(50_00)
    id = town.ask(100)
    before = dict(town.table.items)
    assert code(lambda: town.approve(id, key="k")) == "insufficient_balance"
    assert town.table.items == before
    assert town.approve(id, 50, key="k2").data.approved_amount == "50"


def test_a_request_is_decided_once_and_answered_again_under_its_key(make: Make) -> None:
    town = make()
    id = town.ask(100)
    first = town.approve(id, 60, key="k")
    assert code(lambda: town.approve(id, 60)) == "balance_request_decided"
    assert code(lambda: town.approve(id, 60, key="other")) == "balance_request_decided"
    assert code(lambda: town.reject(id)) == "balance_request_decided"
    assert code(lambda: town.approve(id, 61, key="k")) == "idempotency_key_reused"
    town.run()
    again = town.approve(id, 60, key="k")
    assert (again.data, again.message) == (first.data, first.message)
    assert again.headers == {"Idempotency-Replayed": "true"}


def test_only_the_parent_decides_and_never_more_than_was_asked(make: Make) -> None:
    town = make()
    id = town.ask(100)
    assert code(lambda: town.approve(id, by=CHILD)) == "forbidden"
    assert code(lambda: town.approve(id, 101)) == "validation_error"


def test_an_executions_input_names_the_request_and_nobody(make: Make) -> None:
    town = make()
    id = town.ask()
    assert json.loads(town.machine.inputs[0]) == {"scope": SCOPE, "request": id}


def test_a_request_under_a_key_is_made_once(make: Make) -> None:
    town = make()
    assert town.ask(100, key="k") == town.ask(100, key="k")
    assert code(lambda: town.ask(101, key="k")) == "idempotency_key_reused"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("again", [False, True], ids=["left alone", "sent again"])
@pytest.mark.parametrize("refused", [False, True], ids=["settles", "is released"])
def test_killed_anywhere_it_ends_wholly_settled_or_wholly_open(
    make: Make, after: bool, again: bool, refused: bool
) -> None:
    outcomes, died = set(), 0
    for kill_at in range(1, 40):
        town = make()
        id = town.ask()
        town.run(START + 1000)
        town.boundary.count, town.boundary.kill_at, town.boundary.after = 0, kill_at, after
        try:
            town.approve(id, key="k")
        except Killed:
            died += 1
            if again:
                town.approve(id, key="k")
        if refused:
            town.close_child()
        town.run()
        town.is_sound()
        outcomes.add(town.request(id).status)
        if town.boundary.count < kill_at:
            break
    else:
        raise AssertionError("there are more calls than were killed")
    assert died >= 4
    decided = "FAILED" if refused else "APPROVED"
    assert outcomes == ({decided} if again else {decided, "EXPIRED"})


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whatever_gives_no_reply_an_approval_is_settled(make: Make, after: bool) -> None:
    for silent_at in range(1, 40):
        town = make()
        id = town.ask()
        town.run(START + 1000)
        town.approve(id)
        town.boundary.count, town.boundary.kill_at, town.boundary.after = 0, silent_at, after
        town.boundary.fault = silence
        town.run()
        town.is_sound()
        assert town.request(id).status == "APPROVED", town.boundary.names[-1]
        if town.boundary.count < silent_at:
            return
    raise AssertionError("there are more calls than were lost")


@pytest.mark.parametrize("fault", [silence, lambda name: failure("ThrottlingException", name)])
def test_a_workflow_that_cannot_be_started_is_no_fault_of_ours(make: Make, fault: Any) -> None:
    town = make()
    town.boundary.kill_at, town.boundary.fault = 2, fault
    assert code(lambda: town.ask(key="k")) == "service_unavailable"
    assert town.boundary.names[-1] == "start_execution"
    town.approve(town.ask(key="k"))
    town.run()
    town.is_sound()


def test_a_function_whose_clock_is_wrong_does_not_give_a_request_up(make: Make) -> None:
    town = make()
    town.wrong = 10 * 60_000  # milliseconds
    town.boundary.kill_at = 3  # the record is not written in the first attempt
    with pytest.raises(Killed):
        town.ask(key="k")
    town.run(START)  # the workflow looks, and finds nothing
    (execution,) = town.machine.executions.values()
    assert execution.status == "RUNNING"


def test_killed_anywhere_while_asking_and_sent_again_there_is_one_request(make: Make) -> None:
    for after in (False, True):
        for kill_at in (1, 2, 3):
            town = make(boundary=Boundary(kill_at, after))
            with pytest.raises(Killed):
                town.ask(key="k")
            town.approve(town.ask(key="k"))
            town.run()
            town.is_sound()
            assert town.funds(CHILD).balance == 100_00


@pytest.mark.parametrize("seed", range(30))
def test_decisions_and_expiries_race_over_a_balance_for_seven_of_twenty(make: Make, seed: int) -> None:
    dice = random.Random(seed)
    town = make(700_00)
    wanted = [town.ask(100) for _ in range(20)]
    town.run(START)
    answers: list[str] = []
    for number in range(100):
        id = dice.choice(wanted)
        town.machine.lose_signals = dice.random() < 0.2
        try:
            dice.choice([town.approve, town.approve, town.reject])(id, key=f"k{number}")
            answers.append("done")
        except Problem as refusal:
            answers.append(refusal.kind.code)
        for execution in dice.sample(due := town.machine.due(), dice.randint(0, len(due))):
            town.machine.step(execution)
        if dice.random() < 0.1:
            town.now += dice.randrange(6 * HOUR)
    town.run()
    town.is_sound()
    assert sum(town.request(id).step == "SETTLED" for id in wanted) <= 7
    assert set(answers) <= {"done", errors.BALANCE_REQUEST_DECIDED.code, errors.INSUFFICIENT_BALANCE.code}
    assert not verify_scope(town.plain, SCOPE).findings


def test_every_way_through_the_machine_was_taken() -> None:
    """The last of this file: it sums up the others."""
    missing = set(all_edges(DEFINITION)) - SEEN
    assert not missing
    assert not {edge for edge in SEEN if edge.endswith(":broken")}
