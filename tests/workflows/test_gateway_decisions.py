"""Balance requests as they are decided: by whom, how much, once, and what is answered under the same key."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

import json
import random

import pytest

from batua import errors
from batua.audit.verify import verify_scope
from batua.errors import Problem
from batua.store.codec import decode
from tests.fakes.gateway_world import CHILD, HOUR, PARENT, SCOPE, START
from tests.workflows.gateway_fixtures import Make, code, make, worlds  # noqa: F401 - fixtures


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


def test_money_that_a_workflow_moved_names_the_execution_as_its_request(make: Make) -> None:
    world = make()
    id = world.ask(400)
    world.approve(id)
    world.run()
    lines = [decode(item) for (_, pk, sk), item in world.table.items.items() if "#K#" in pk and sk.startswith("FUNDS")]
    settled = [line for line in lines if line["kind"] == "capture" and line.get("ref") == id]
    assert settled
    assert {line["req"] for line in settled} == {world.request(id).execution}


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
