"""The sweep for balance requests that no execution carries, where something comes between: in virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from batua import settings
from batua.gateway import recovery
from tests.fakes.gateway_world import CHILD, HOUR, START, GatewayWorld


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayWorld]:
    monkeypatch.setenv("DECISION_WAIT_SECONDS", "3600")
    settings.reset_settings()
    yield GatewayWorld(monkeypatch, 1_000_00)
    settings.reset_settings()


def no_answer(**_: Any) -> None:
    raise ReadTimeoutError(endpoint_url="states")


def lost_request(world: GatewayWorld) -> str:
    """A request whose execution has been stopped, long enough ago for the sweep to look at it."""
    id = world.ask(400)
    world.run(START + 1000)
    lost = world.machine.executions[world.request(id).execution]
    lost.status, lost.wake = "ABORTED", None
    world.now += 20 * 60_000
    return id


def test_an_execution_that_could_not_be_started_is_started_by_a_later_sweep(
    world: GatewayWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = lost_request(world)
    with monkeypatch.context() as patched:
        patched.setattr(world.machine, "start_execution", no_answer)
        assert recovery.resume_stalled_requests(world.plain, world.now) == []
    named = world.request(id).execution
    assert named not in world.machine.executions, "the record names one that never began"
    assert recovery.resume_stalled_requests(world.plain, world.now + 60_000) == []
    world.now += 20 * 60_000
    assert recovery.resume_stalled_requests(world.plain, world.now) == [id]
    assert world.request(id).execution != named
    world.run(world.now + 1000)
    world.approve(id)
    world.run()
    assert (world.request(id).step, world.funds(CHILD).balance) == ("SETTLED", 400_00)


def test_a_request_that_is_decided_as_the_sweep_looks_at_it_is_left_alone(
    world: GatewayWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = lost_request(world)
    looked_at = recovery._open_requests

    def decided_then(*given: Any) -> Any:
        found = looked_at(*given)
        world.reject(id)
        return found

    executions = len(world.machine.executions)
    with monkeypatch.context() as patched:
        patched.setattr(recovery, "_open_requests", lambda *given: decided_then(*given) if given[1] == "live" else [])
        assert recovery.resume_stalled_requests(world.plain, world.now) == []
    assert (world.request(id).status, len(world.machine.executions)) == ("REJECTED", executions)
    assert recovery.resume_stalled_requests(world.plain, world.now + HOUR) == []
