"""The SLA clocks of a ticket: first response, next response, resolution. Pure.

A clock runs in business hours from its start until it is met, and stops while the customer is awaited. The due time is
kept as an instant and moved when the clock goes on, so that a later change of the calendar does not move it by itself.
A clock that has been breached stays breached, however soon the answer comes after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from .business_time import BusinessCalendar, add_business_time, business_time_between
from .states import TicketSide, TicketStatus

SlaClockName = Literal["first_response", "next_response", "resolution"]
CLOCKS: Final[tuple[SlaClockName, ...]] = ("first_response", "next_response", "resolution")
WARNED_AT: Final = 80
"""Percent of a target at which a warning is due."""


@dataclass(frozen=True, slots=True)
class SlaTargets:
    """Business milliseconds for each clock of one priority, and the calendar they are counted in."""

    first_response: int
    next_response: int
    resolution: int
    calendar: BusinessCalendar

    def of(self, clock: SlaClockName) -> int:
        target: int = getattr(self, clock)
        return target


@dataclass(frozen=True, slots=True)
class SlaClock:
    """`used` is the business time before `since`; without `since` the clock is stopped."""

    target: int
    used: int
    since: int | None
    due_at: int | None
    warn_at: int | None
    number: int = 1
    """Counts the clocks of this name on the ticket: there is a next response for each question."""
    breached_at: int | None = None

    @property
    def running(self) -> bool:
        return self.since is not None


@dataclass(frozen=True, slots=True)
class SlaOutcome:
    """How a clock ended: met in time, or breached. `elapsed` is the business time that it took, or its target."""

    clock: SlaClockName
    number: int
    met: bool
    elapsed: int
    at: int


def start_clock(targets: SlaTargets, name: SlaClockName, now: int, *, number: int = 1) -> SlaClock:
    return _start_clock(SlaClock(targets.of(name), 0, None, None, None, number), targets.calendar, now)


def pause_clock(clock: SlaClock, calendar: BusinessCalendar, now: int) -> SlaClock:
    if clock.since is None:
        return clock
    used = clock.used + business_time_between(calendar, clock.since, now)
    return replace(clock, used=used, since=None, due_at=None, warn_at=None)


def resume_clock(clock: SlaClock, calendar: BusinessCalendar, now: int) -> SlaClock:
    return clock if clock.running else _start_clock(clock, calendar, now)


def retarget_clock(clock: SlaClock, calendar: BusinessCalendar, target: int, now: int) -> SlaClock:
    """The clock under another target, such as of a new priority: counted from its start, not from now."""
    stopped = replace(pause_clock(clock, calendar, now), target=target)
    return _start_clock(stopped, calendar, now) if clock.running else stopped


def elapsed_time(clock: SlaClock, calendar: BusinessCalendar, now: int) -> int:
    """The business time that the clock has run."""
    return pause_clock(clock, calendar, now).used


def _start_clock(clock: SlaClock, calendar: BusinessCalendar, now: int) -> SlaClock:
    warn = clock.target * WARNED_AT // 100 - clock.used
    return replace(
        clock,
        since=now,
        due_at=add_business_time(calendar, now, clock.target - clock.used),
        # A clock that goes on after its warning time has been warned of already.
        warn_at=add_business_time(calendar, now, warn) if warn > 0 else None,
    )


@dataclass(frozen=True, slots=True)
class SlaState:
    """The clocks of a ticket that have not ended, and how many next responses there have been."""

    clocks: Mapping[SlaClockName, SlaClock]
    responses: int = 0

    def next_due(self) -> int | None:
        """When the next warning or breach is due."""
        instants = [
            at
            for clock in self.clocks.values()
            for at in (clock.warn_at, clock.due_at if clock.breached_at is None else None)
            if at is not None
        ]
        return min(instants, default=None)


def opened_sla(targets: SlaTargets, now: int) -> SlaState:
    return SlaState({name: start_clock(targets, name, now) for name in ("first_response", "resolution")})


def follow_sla(
    state: SlaState,
    targets: SlaTargets,
    now: int,
    *,
    before: TicketStatus,
    after: TicketStatus,
    commented_by: TicketSide | None = None,
) -> tuple[SlaState, list[SlaOutcome]]:
    """What a change of status and a public comment do to the clocks, and which of them ended by it."""
    state, outcomes = breach_due(state, targets, now)
    clocks, responses = dict(state.clocks), state.responses
    if commented_by == "staff":
        outcomes += _end_clock(clocks, "first_response", targets.calendar, now)
        outcomes += _end_clock(clocks, "next_response", targets.calendar, now)
    if commented_by == "customer" and not {"first_response", "next_response"} & set(clocks):
        responses += 1
        clocks["next_response"] = start_clock(targets, "next_response", now, number=responses)
    if after in ("resolved", "closed") and before not in ("resolved", "closed"):
        for name in CLOCKS:
            outcomes += _end_clock(clocks, name, targets.calendar, now)
    if after == "pending" and before != "pending":
        clocks = {name: pause_clock(clock, targets.calendar, now) for name, clock in clocks.items()}
    elif after != "pending":
        clocks = {name: resume_clock(clock, targets.calendar, now) for name, clock in clocks.items()}
    return SlaState(clocks, responses), outcomes


def retarget_sla(state: SlaState, targets: SlaTargets, now: int) -> SlaState:
    """The clocks under the targets of another priority. What was breached before stays so."""
    state, _ = breach_due(state, targets, now)
    clocks = {
        name: clock if clock.breached_at is not None else retarget_clock(clock, targets.calendar, targets.of(name), now)
        for name, clock in state.clocks.items()
    }
    return SlaState(clocks, state.responses)


def breach_due(state: SlaState, targets: SlaTargets, now: int) -> tuple[SlaState, list[SlaOutcome]]:
    """Breaches every clock whose due time has come. A breached clock runs on, and is not breached again."""
    clocks, outcomes = dict(state.clocks), []
    for name, clock in state.clocks.items():
        if clock.breached_at is None and clock.due_at is not None and clock.due_at <= now:
            clocks[name] = replace(clock, breached_at=clock.due_at, warn_at=None)
            outcomes.append(SlaOutcome(name, clock.number, False, clock.target, clock.due_at))
    return SlaState(clocks, state.responses), outcomes


def warn_due(state: SlaState, now: int) -> tuple[SlaState, list[SlaClockName]]:
    """The clocks whose warning is due, each once."""
    due = [name for name, clock in state.clocks.items() if clock.warn_at is not None and clock.warn_at <= now]
    clocks = {name: replace(clock, warn_at=None) if name in due else clock for name, clock in state.clocks.items()}
    return SlaState(clocks, state.responses), due


def _end_clock(
    clocks: dict[SlaClockName, SlaClock], name: SlaClockName, calendar: BusinessCalendar, now: int
) -> list[SlaOutcome]:
    """Takes a clock away. Its outcome, unless that was given when it was breached."""
    clock = clocks.pop(name, None)
    if clock is None or clock.breached_at is not None:
        return []
    return [SlaOutcome(name, clock.number, True, elapsed_time(clock, calendar, now), now)]


def sla_item(state: SlaState) -> dict[str, Any]:
    return {
        "responses": state.responses,
        "clocks": {
            name: {
                key: value
                for key, value in {
                    "target": clock.target,
                    "used": clock.used,
                    "since": clock.since,
                    "due": clock.due_at,
                    "warn": clock.warn_at,
                    "n": clock.number,
                    "breached": clock.breached_at,
                }.items()
                if value is not None
            }
            for name, clock in state.clocks.items()
        },
    }


def read_sla(item: Mapping[str, Any]) -> SlaState:
    clocks: dict[SlaClockName, SlaClock] = {
        name: SlaClock(
            target=clock["target"],
            used=clock["used"],
            since=clock.get("since"),
            due_at=clock.get("due"),
            warn_at=clock.get("warn"),
            number=clock["n"],
            breached_at=clock.get("breached"),
        )
        for name, clock in item["clocks"].items()
    }
    return SlaState(clocks, item["responses"])
