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
from batua.gateway import decisions, recovery, workflow
from batua.gateway.settlement import BalanceRequestBusy, BalanceSettlementRefused
from batua.ledger.posting.tenant_money import TenantLedger
from batua.store.codec import decode
from tests.fakes.dynamodb import failure
from tests.fakes.gateway_world import CHILD, DEFINITION, HOUR, PARENT, SCOPE, START, Boundary, GatewayWorld
from tests.fakes.states import Execution, Killed, all_edges

Make = Callable[..., GatewayWorld]


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
    worlds: list[GatewayWorld] = []

    def world(balance: int = 1_000_00, **more: Any) -> GatewayWorld:
        worlds.append(GatewayWorld(monkeypatch, balance, **more))
        return worlds[-1]

    yield world
    SEEN.update(*(world.machine.edges for world in worlds))


def code(act: Callable[[], Any]) -> str:
    with pytest.raises(Problem) as refusal:
        act()
    return refusal.value.kind.code


def test_an_approval_is_settled_at_once_and_ends_the_only_state_of_its_execution(make: Make) -> None:
    world = make()
    id = world.ask(400)
    world.run(START + 1000)
    reply = world.approve(id)
    assert (reply.message, reply.data.approved_amount) == ("Balance request full approved successfully", "400")
    assert (reply.data.workflow.step, world.request(id).step) == ("SETTLING", "SETTLED")
    world.run()
    assert (world.funds(CHILD).balance, world.now - START) == (400_00, 1000)
    assert world.machine.edges == {"Wait:signal"}
    world.is_sound()


def test_an_approval_that_cannot_be_settled_at_once_is_held_and_settled_by_the_workflow(make: Make) -> None:
    world = make()
    id = world.ask(400)
    world.run(START + 1000)
    world.failing = [BalanceRequestBusy]
    assert world.approve(id).message == "Balance request full approved successfully"
    assert world.funds(PARENT).held == 400_00  # held with the decision, before the workflow has moved
    world.run()
    assert (world.request(id).step, world.funds(CHILD).balance, world.now - START) == ("SETTLED", 400_00, 1000)
    world.is_sound()


def test_a_wait_that_ends_without_a_decision_begins_again(make: Make) -> None:
    world = make()
    id = world.ask()
    world.run(START + 1000)
    decisions.end_wait(world.request(id), settled=False)  # nobody does, but anybody with the right could
    world.run(START + 2000)
    assert (world.request(id).status, world.machine.due()) == ("PENDING", [])
    world.approve(id)
    world.run()
    world.is_sound()


def test_the_sweep_settles_an_approval_whose_signal_was_lost(make: Make) -> None:
    world = make()
    id = world.ask(400)
    world.run(START + 1000)
    world.machine.lose_signals, world.failing = True, [BalanceRequestBusy]
    world.approve(id)
    world.machine.lose_signals = False
    world.now += 20 * 60_000
    assert recovery.resume_stalled_requests(world.plain, world.now) == [id]
    world.run(world.now)
    assert (world.request(id).step, world.funds(CHILD).balance) == ("SETTLED", 400_00)
    assert recovery.resume_stalled_requests(world.plain, world.now + HOUR) == []
    world.is_sound()


def test_an_undecided_request_enters_few_states_and_stays_far_below_the_limit_of_a_history(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """25,000 events a history; a state makes five at most. The longest terms are 30 days with a reminder each hour."""
    monkeypatch.setenv("DECISION_WAIT_SECONDS", "86400")
    settings.reset_settings()
    entered: list[str] = []
    world = make()
    go = world.machine._go

    def noted(execution: Execution, to: str, *more: Any) -> None:
        entered.append(to)
        go(execution, to, *more)

    monkeypatch.setattr(world.machine, "_go", noted)
    id = world.ask()
    world.run()
    assert world.request(id).status == "EXPIRED"
    assert entered == [*["Look", "State", "Wait"] * 2, "Look", "State", "Nothing"]  # reminded twice in 72 hours
    assert 30 * 24 * 3 * 5 < 25_000


def test_a_part_is_approved_and_the_rest_stays(make: Make) -> None:
    world = make()
    id = world.ask(400)
    assert world.approve(id, 150).message == "Balance request partial approved successfully"
    world.run()
    assert (world.funds(PARENT).available, world.funds(CHILD).balance) == (850_00, 150_00)
    world.is_sound()


def test_a_rejection_moves_nothing(make: Make) -> None:
    world = make()
    id = world.ask()
    world.run(START)
    assert world.reject(id).message == "Balance request rejected successfully"
    world.run()
    assert world.funds(PARENT).available == 1_000_00
    world.is_sound()


def test_what_the_child_withdraws_moves_nothing_and_can_not_be_approved(make: Make) -> None:
    world = make()
    id = world.ask()
    world.run(START)
    assert world.withdraw(id, "k1").message == "Balance request withdrawn successfully"
    assert code(lambda: world.approve(id)) == "balance_request_decided"
    again = world.withdraw(id, "k1")
    assert (again.data.status, again.headers) == ("WITHDRAWN", {"Idempotency-Replayed": "true"})
    world.run()
    assert (world.funds(PARENT).available, world.request(id).step) == (1_000_00, "CLOSED")
    world.is_sound()


def test_what_is_approved_can_not_be_withdrawn(make: Make) -> None:
    world = make()
    id = world.ask(400)
    world.approve(id)
    assert code(lambda: world.withdraw(id)) == "balance_request_decided"
    world.run()
    assert world.funds(CHILD).balance == 400_00
    world.is_sound()


def test_what_nobody_decides_is_recalled_and_expires(make: Make) -> None:
    world = make()
    id = world.ask()
    world.run()
    assert (world.request(id).status, world.now - START) == ("EXPIRED", 72 * HOUR)
    assert world.request(id).reminded_at == START + 48 * HOUR  # for the second time
    assert code(lambda: world.approve(id)) == "balance_request_decided"
    world.is_sound()


def test_a_lost_signal_heals_by_itself(make: Make) -> None:
    world = make()
    id = world.ask()
    world.run(START + HOUR // 2)
    world.machine.lose_signals, world.failing = True, [BalanceRequestBusy]
    world.approve(id)
    world.run(START + HOUR - 1)
    assert world.request(id).step == "SETTLING"
    world.run(START + HOUR)
    assert world.request(id).step == "SETTLED"
    world.is_sound()


def test_a_decision_before_the_workflow_waits_is_not_missed(make: Make) -> None:
    world = make()
    id = world.ask()
    world.approve(id)
    world.run(START)
    assert world.request(id).step == "SETTLED"


def test_a_decision_between_look_and_wait_is_not_missed(make: Make) -> None:
    world = make()
    id = world.ask()
    world.run(START + HOUR - 1)
    world.now = START + HOUR
    execution = next(iter(world.machine.executions.values()))
    world.machine.step(execution)
    while execution.state != "Wait":
        world.machine.step(execution)
    world.failing = [BalanceRequestBusy]
    world.approve(id)
    world.run(START + HOUR)
    assert world.request(id).step == "SETTLED"


def test_settling_is_tried_again_on_errors_that_pass(make: Make) -> None:
    world = make()
    id = world.ask()
    world.failing = [BalanceRequestBusy, BalanceRequestBusy]
    world.approve(id)
    world.run()
    assert world.request(id).step == "SETTLED"
    world.is_sound()


def test_a_settlement_that_fails_for_good_gives_the_hold_back_and_says_so(make: Make) -> None:
    world = make()
    id = world.ask()
    world.close_child()
    world.approve(id)
    world.run()
    request = world.request(id)
    assert (request.status, request.step) == ("FAILED", "RELEASED")
    assert request.failure == "BalanceSettlementRefused: the child tenant is not active"
    assert world.funds(PARENT).available == 1_000_00
    assert [each.status for each in world.machine.executions.values()] == ["FAILED"]  # which fires the alarm
    world.is_sound()


def test_a_release_that_meets_a_settlement_leaves_the_request_settled(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release has read an open request; the settlement commits before it does."""
    world = make()
    id = world.ask()
    world.failing = [BalanceRequestBusy]
    world.approve(id)
    event = {"scope": world.request(id).scope, "request": id}
    find_hold = TenantLedger.hold

    def overtaken(ledger: TenantLedger, scope: str, transaction: str) -> Any:
        monkeypatch.setattr(TenantLedger, "hold", find_hold)
        assert workflow.settle_step(world.store, event, world.now) == {"state": "SETTLED"}
        return find_hold(ledger, scope, transaction)

    monkeypatch.setattr(TenantLedger, "hold", overtaken)
    with pytest.raises(BalanceRequestBusy):
        workflow.release_step(world.store, event, world.now)
    assert workflow.release_step(world.store, event, world.now) == {"state": "SETTLED"}
    assert (world.request(id).status, world.request(id).step) == ("APPROVED", "SETTLED")
    world.run()
    world.is_sound()


def test_a_task_that_fails_after_it_has_settled_releases_nothing(make: Make) -> None:
    world = make()
    id = world.ask()
    settle = world.machine.tasks["${SettleArn}"]

    def settles_and_fails(event: Any) -> Any:
        settle(event)
        raise KeyError("something else")

    world.machine.tasks["${SettleArn}"] = settles_and_fails
    world.failing = [BalanceRequestBusy]
    world.approve(id)
    world.run()
    assert world.request(id).step == "SETTLED"
    world.is_sound()


@pytest.mark.parametrize("error", [BalanceSettlementRefused, KeyError, ZeroDivisionError])
def test_errors_without_a_name_in_the_machine_are_not_tried_again(make: Make, error: type[Exception]) -> None:
    world = make()
    id = world.ask()
    world.failing = [BalanceRequestBusy, error]
    world.approve(id)
    world.run()
    assert world.request(id).status == "FAILED"
    world.is_sound()


def test_an_execution_without_a_record_ends(make: Make) -> None:
    world = make(boundary=Boundary(kill_at=3))  # after the start, before the record
    with pytest.raises(Killed):
        world.ask(key="k")
    assert world.boundary.names == ["batch_get_item", "start_execution", "transact_write_items"]
    world.run()
    assert [each.status for each in world.machine.executions.values()] == ["SUCCEEDED"]
    world.approve(world.ask(key="k"))  # the same request again: made anew, with a workflow of its own
    world.run()
    world.is_sound()


def test_an_execution_whose_request_another_carries_ends_at_once(make: Make) -> None:
    world = make()
    world.ask()
    content = world.machine.inputs[0]
    world.machine.start_execution(stateMachineArn="", name="exec_other", input=content)
    world.run(START)
    assert world.machine.executions["exec_other"].status == "SUCCEEDED"


@pytest.mark.parametrize("approved", [False, True])
def test_a_request_whose_execution_was_lost_is_carried_on_by_the_sweep(make: Make, approved: bool) -> None:
    """ResumeBalanceRequests, every ten minutes."""
    world = make()
    id = world.ask(400)
    world.run(START + 1000)
    lost = world.machine.executions[world.request(id).execution]
    lost.status = "ABORTED"
    lost.wake = None
    if approved:
        world.failing = [BalanceRequestBusy]
        world.approve(id)
    assert recovery.resume_stalled_requests(world.plain, world.now + 60_000) == []  # it may be about to move
    world.now += 20 * 60_000
    assert recovery.resume_stalled_requests(world.plain, world.now) == [id]
    assert recovery.resume_stalled_requests(world.plain, world.now) == []
    if not approved:
        world.run(world.now + 1000)
        world.approve(id)
    world.run()
    assert (world.request(id).step, world.funds(CHILD).balance) == ("SETTLED", 400_00)
    assert recovery.resume_stalled_requests(world.plain, world.now + HOUR) == []
    del world.machine.executions[lost.name]
    world.is_sound()


def test_the_sweep_leaves_a_running_execution_alone(make: Make) -> None:
    world = make()
    world.ask(400)
    world.run(START + 1000)
    assert recovery.resume_stalled_requests(world.plain, START + 2 * HOUR) == []


def test_money_that_a_workflow_moved_names_the_execution_as_its_request(make: Make) -> None:
    world = make()
    id = world.ask(400)
    world.approve(id)
    world.run()
    lines = [decode(item) for (_, pk, sk), item in world.table.items.items() if "#K#" in pk and sk.startswith("FUNDS")]
    settled = [line for line in lines if line["kind"] == "capture" and line.get("ref") == id]
    assert settled
    assert {line["req"] for line in settled} == {world.request(id).execution}


def test_tasks_that_fail_for_a_while_do_not_stop_it(make: Make) -> None:
    world = make()
    id = world.ask()
    failures = {"${WatchArn}": 3, "${AwaitArn}": 1, "${ReleaseArn}": 2}
    for place, count in failures.items():
        task, left = world.machine.tasks[place], [BalanceRequestBusy] * count

        def failing(event: Any, task: Any = task, left: Any = left) -> Any:
            if left:
                raise left.pop()("for a while")
            return task(event)

        world.machine.tasks[place] = failing
    world.run(START + HOUR)
    world.failing = [BalanceRequestBusy, BalanceSettlementRefused]
    world.approve(id)
    world.run()
    assert world.request(id).status == "FAILED"
    world.is_sound()


def test_the_parents_balance_too_small_changes_nothing(make: Make) -> None:
    world = make(50_00)
    id = world.ask(100)
    before = dict(world.table.items)
    assert code(lambda: world.approve(id, key="k")) == "insufficient_balance"
    assert world.table.items == before
    assert world.approve(id, 50, key="k2").data.approved_amount == "50"


def test_a_request_is_decided_once_and_answered_again_under_its_key(make: Make) -> None:
    world = make()
    id = world.ask(100)
    first = world.approve(id, 60, key="k")
    assert code(lambda: world.approve(id, 60)) == "balance_request_decided"
    assert code(lambda: world.approve(id, 60, key="other")) == "balance_request_decided"
    assert code(lambda: world.reject(id)) == "balance_request_decided"
    assert code(lambda: world.approve(id, 61, key="k")) == "idempotency_key_reused"
    world.run()
    again = world.approve(id, 60, key="k")
    assert (again.data, again.message) == (first.data, first.message)
    assert again.headers == {"Idempotency-Replayed": "true"}


def test_only_the_parent_decides_and_never_more_than_was_asked(make: Make) -> None:
    world = make()
    id = world.ask(100)
    assert code(lambda: world.approve(id, by=CHILD)) == "forbidden"
    assert code(lambda: world.approve(id, 101)) == "validation_error"


def test_an_executions_input_names_the_request_and_nobody(make: Make) -> None:
    world = make()
    id = world.ask()
    assert json.loads(world.machine.inputs[0]) == {"scope": SCOPE, "request": id, "seen": {"wait": 3600}}


def test_a_request_under_a_key_is_made_once(make: Make) -> None:
    world = make()
    assert world.ask(100, key="k") == world.ask(100, key="k")
    assert code(lambda: world.ask(101, key="k")) == "idempotency_key_reused"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("again", [False, True], ids=["left alone", "sent again"])
@pytest.mark.parametrize("refused", [False, True], ids=["settles", "is released"])
def test_killed_anywhere_it_ends_wholly_settled_or_wholly_open(
    make: Make, after: bool, again: bool, refused: bool
) -> None:
    outcomes, died = set(), 0
    for kill_at in range(1, 40):
        world = make()
        id = world.ask()
        world.run(START + 1000)
        if refused:
            world.close_child()
        world.boundary.count, world.boundary.kill_at, world.boundary.after = 0, kill_at, after
        try:
            world.approve(id, key="k")
        except Killed:
            died += 1
            if again:
                world.approve(id, key="k")
        world.run()
        world.is_sound()
        outcomes.add(world.request(id).status)
        if world.boundary.count < kill_at:
            break
    else:
        raise AssertionError("there are more calls than were killed")
    assert died >= 4
    decided = "FAILED" if refused else "APPROVED"
    assert outcomes == ({decided} if again else {decided, "EXPIRED"})


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whatever_gives_no_reply_an_approval_is_settled(make: Make, after: bool) -> None:
    for silent_at in range(1, 40):
        world = make()
        id = world.ask()
        world.run(START + 1000)
        world.failing = [BalanceRequestBusy]
        world.approve(id)
        world.boundary.count, world.boundary.kill_at, world.boundary.after = 0, silent_at, after
        world.boundary.fault = silence
        world.run()
        world.is_sound()
        assert world.request(id).status == "APPROVED", world.boundary.names[-1]
        if world.boundary.count < silent_at:
            return
    raise AssertionError("there are more calls than were lost")


@pytest.mark.parametrize("fault", [silence, lambda name: failure("ThrottlingException", name)])
def test_a_workflow_that_cannot_be_started_is_no_fault_of_ours(make: Make, fault: Any) -> None:
    world = make()
    world.boundary.kill_at, world.boundary.fault = 2, fault
    assert code(lambda: world.ask(key="k")) == "service_unavailable"
    assert world.boundary.names[-1] == "start_execution"
    world.approve(world.ask(key="k"))
    world.run()
    world.is_sound()


def test_a_function_whose_clock_is_wrong_does_not_give_a_request_up(make: Make) -> None:
    world = make()
    world.wrong = 10 * 60_000  # milliseconds
    world.boundary.kill_at = 3  # the record is not written in the first attempt
    with pytest.raises(Killed):
        world.ask(key="k")
    world.run(START)  # the workflow looks, and finds nothing
    (execution,) = world.machine.executions.values()
    assert execution.status == "RUNNING"


def test_killed_anywhere_while_asking_and_sent_again_there_is_one_request(make: Make) -> None:
    for after in (False, True):
        for kill_at in (1, 2, 3):
            world = make(boundary=Boundary(kill_at, after))
            with pytest.raises(Killed):
                world.ask(key="k")
            world.approve(world.ask(key="k"))
            world.run()
            world.is_sound()
            assert world.funds(CHILD).balance == 100_00


@pytest.mark.parametrize("seed", range(30))
def test_decisions_and_expiries_race_over_a_balance_for_seven_of_twenty(make: Make, seed: int) -> None:
    dice = random.Random(seed)
    world = make(700_00)
    wanted = [world.ask(100) for _ in range(20)]
    world.run(START)
    answers: list[str] = []
    for number in range(100):
        id = dice.choice(wanted)
        world.machine.lose_signals = dice.random() < 0.2
        try:
            dice.choice([world.approve, world.approve, world.reject, world.withdraw])(id, key=f"k{number}")
            answers.append("done")
        except Problem as refusal:
            answers.append(refusal.kind.code)
        for execution in dice.sample(due := world.machine.due(), dice.randint(0, len(due))):
            world.machine.step(execution)
        if dice.random() < 0.1:
            world.now += dice.randrange(6 * HOUR)
    world.run()
    world.is_sound()
    assert sum(world.request(id).step == "SETTLED" for id in wanted) <= 7
    assert set(answers) <= {"done", errors.BALANCE_REQUEST_DECIDED.code, errors.INSUFFICIENT_BALANCE.code}
    assert not verify_scope(world.plain, SCOPE).findings


def test_every_way_through_the_machine_was_taken() -> None:
    """The last of this file: it sums up the others."""
    missing = set(all_edges(DEFINITION)) - SEEN
    assert not missing
    assert not {edge for edge in SEEN if edge.endswith(":broken")}
