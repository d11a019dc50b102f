"""What runs at a rate, on a platform that is left running."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from local.model import EventSource, Function, Platform
from local.schedules import Schedules


def function(name: str, *schedules: str) -> Function:
    events = tuple(EventSource(f"At{number}", "Schedule", {"Schedule": text}) for number, text in enumerate(schedules))
    return Function(name, "shop", Path(), name, "handler", {}, 3, 128, events)


def platform(*functions: Function) -> Platform:
    return Platform(Path(), {each.logical_id: each for each in functions})


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_what_is_due_runs_at_its_rate_and_no_sooner() -> None:
    clock, ran = Clock(), []
    all_functions = platform(
        function("Often", "rate(1 minute)"), function("Seldom", "rate(2 hours)"), function("Never", "cron(0 3 4 * ? *)")
    )
    schedules = Schedules(all_functions, lambda name, event: ran.append((name, event)), clock)
    assert schedules.tick() == []
    for _ in range(119):
        clock.now += 60
        assert schedules.tick() == ["Often"]
    clock.now += 60
    assert schedules.tick() == ["Often", "Seldom"]
    assert ran[-1] == ("Seldom", "At0")
    assert len(ran) == 121


def test_a_failure_leaves_the_others_and_its_own_next_time(caplog: pytest.LogCaptureFixture) -> None:
    clock, ran = Clock(), []

    def run(name: str, event: str) -> Any:
        ran.append(name)
        if name == "Bad":
            raise ValueError("not today")

    schedules = Schedules(platform(function("Bad", "rate(1 minute)"), function("Good", "rate(1 minute)")), run, clock)
    for _ in range(2):
        clock.now += 61
        schedules.tick()
    assert ran == ["Bad", "Good"] * 2
    assert "the schedule of Bad failed" in caplog.text


def test_it_runs_by_itself_until_it_is_left() -> None:
    clock, ran = Clock(), Event()
    with Schedules(platform(function("Often", "rate(1 minute)")), lambda *_: ran.set(), clock):
        clock.now += 61
        assert ran.wait(30)
