"""Balance requests in virtual time: every way through the state machine, and a sweep that carries on what was lost."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batua import settings
from batua.gateway import decisions, recovery, workflow
from batua.gateway.settlement import BalanceRequestBusy, BalanceSettlementRefused
from batua.ledger.posting.tenant_money import TenantLedger
from tests.fakes.gateway_world import CHILD, DEFINITION, HOUR, PARENT, START, Boundary, GatewayWorld
from tests.fakes.states import Execution, Killed, all_edges
from tests.workflows.gateway_fixtures import Make, code, make, worlds  # noqa: F401 - fixtures

SEEN: set[str] = set()


@pytest.fixture(autouse=True)
def _seen(worlds: list[GatewayWorld]) -> Iterator[None]:
    yield
    SEEN.update(*(world.machine.edges for world in worlds))


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


def test_every_way_through_the_machine_was_taken() -> None:
    """The last of this file: it sums up the others."""
    missing = set(all_edges(DEFINITION)) - SEEN
    assert not missing
    assert not {edge for edge in SEEN if edge.endswith(":broken")}
