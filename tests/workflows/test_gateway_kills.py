"""Balance requests whose functions are killed, or get no reply, between any two calls."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from batua.gateway.settlement import BalanceRequestBusy
from tests.fakes.dynamodb import failure
from tests.fakes.gateway_world import CHILD, START, Boundary
from tests.fakes.states import Killed
from tests.workflows.gateway_fixtures import Make, code, make, worlds  # noqa: F401 - fixtures


def silence(name: str) -> Exception:
    return ReadTimeoutError(endpoint_url=name)


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
