"""Worlds of balance requests for the tests of their workflow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batua import settings
from batua.errors import Problem
from tests.fakes.gateway_world import GatewayWorld

Make = Callable[..., GatewayWorld]


@pytest.fixture
def worlds(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[GatewayWorld]]:
    """Those that a test has made. Its deployment looks at a request again after an hour."""
    monkeypatch.setenv("DECISION_WAIT_SECONDS", "3600")
    settings.reset_settings()
    made: list[GatewayWorld] = []
    yield made
    settings.reset_settings()
    assert not {edge for world in made for edge in world.machine.edges if edge.endswith(":broken")}


@pytest.fixture
def make(worlds: list[GatewayWorld], monkeypatch: pytest.MonkeyPatch) -> Make:
    def world(balance: int = 1_000_00, **more: Any) -> GatewayWorld:
        worlds.append(GatewayWorld(monkeypatch, balance, **more))
        return worlds[-1]

    return world


def code(act: Callable[[], Any]) -> str:
    with pytest.raises(Problem) as refusal:
        act()
    return refusal.value.kind.code
