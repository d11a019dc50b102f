"""Business hours and SLA clocks: adding and measuring agree, over every change of the clocks that a zone makes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from batua import clock
from batua.support.business_time import BusinessCalendar, Spans, add_business_time, business_time_between
from batua.support.clocks import (
    SlaTargets,
    breach_due,
    follow_sla,
    opened_sla,
    pause_clock,
    resume_clock,
    retarget_clock,
    start_clock,
)

HOUR = 3_600_000
ZONES = [
    "Asia/Kolkata",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",  # a day was left out in 2011
    "Asia/Kathmandu",
    "UTC",
]
FROM, UNTIL = clock.parse_iso("2009-01-01"), clock.parse_iso("2028-12-31")


@st.composite
def spans(draw: st.DrawFn) -> Spans:
    edges = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    edges = edges[: len(edges) // 2 * 2]
    return tuple(zip(edges[::2], edges[1::2], strict=True))


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    week = [draw(spans()) for _ in range(6)] + [((draw(st.integers(0, 600)), 900),)]
    days = draw(st.dictionaries(st.integers(2009, 2028).map(lambda year: year * 10000 + 329), spans(), max_size=3))
    return BusinessCalendar(draw(st.sampled_from(ZONES)), tuple(week), days)


instants = st.integers(FROM, UNTIL)
durations = st.integers(1, 40 * HOUR)
ALL_DAY: Spans = ((0, 1440),)


def always(zone: str) -> BusinessCalendar:
    return BusinessCalendar(zone, (ALL_DAY,) * 7)


@settings(max_examples=60, deadline=None)
@given(calendars(), instants, durations)
@example(always("Pacific/Apia"), clock.parse_iso("2011-12-29T12:00:00Z"), 50 * HOUR)
@example(always("Europe/Berlin"), clock.parse_iso("2026-03-28T23:30:00Z"), 3 * HOUR)
def test_what_was_added_is_what_lies_between(calendar: BusinessCalendar, start: int, duration: int) -> None:
    end = add_business_time(calendar, start, duration)
    assert end > start
    assert business_time_between(calendar, start, end) == duration
    assert business_time_between(calendar, start, end - 1) == duration - 1, "and not a millisecond later than needed"


@settings(max_examples=40, deadline=None)
@given(calendars(), instants, durations, durations)
def test_added_in_two_steps_it_ends_at_the_same_instant(
    calendar: BusinessCalendar, start: int, one: int, two: int
) -> None:
    there = add_business_time(calendar, start, one)
    assert add_business_time(calendar, there, two) == add_business_time(calendar, start, one + two)


@settings(max_examples=40, deadline=None)
@given(calendars(), st.lists(instants, min_size=3, max_size=3))
def test_parts_of_a_time_add_up_to_the_whole(calendar: BusinessCalendar, three: list[int]) -> None:
    first, second, third = sorted(FROM + (each - FROM) // 50 for each in three)
    parts = business_time_between(calendar, first, second) + business_time_between(calendar, second, third)
    assert parts == business_time_between(calendar, first, third)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(ZONES), instants, durations)
def test_around_the_clock_business_time_is_time(zone: str, start: int, duration: int) -> None:
    assert add_business_time(always(zone), start, duration) == start + duration


@settings(max_examples=25, deadline=None)
@given(calendars(), st.sampled_from(ZONES), instants, st.lists(st.integers(1, 5 * HOUR), min_size=1, max_size=6))
def test_a_clock_that_stops_and_goes_on_is_due_after_exactly_its_target(
    calendar: BusinessCalendar, zone: str, start: int, pauses: list[int]
) -> None:
    """Also where the calendar is given another time zone while the clock is stopped."""
    targets = SlaTargets(1, 1, 40 * HOUR, calendar)
    running, now, ran = start_clock(targets, "resolution", start), start, 0
    for number, pause in enumerate(pauses):
        stop = now + 2 * HOUR
        ran += business_time_between(calendar, now, stop)
        running = pause_clock(running, calendar, stop)
        assert (running.used, running.due_at) == (ran, None)
        now = stop + pause
        calendar = replace(calendar, zone=zone) if number == 0 else calendar
        running = resume_clock(running, calendar, now)
    assert running.due_at is not None
    assert ran + business_time_between(calendar, now, running.due_at) == 40 * HOUR
    assert running.warn_at is not None
    assert ran + business_time_between(calendar, now, running.warn_at) == 32 * HOUR


@settings(max_examples=25, deadline=None)
@given(calendars(), instants, st.integers(1, 30 * HOUR))
def test_another_priority_counts_from_the_opening(calendar: BusinessCalendar, start: int, passed: int) -> None:
    targets = SlaTargets(1, 1, 40 * HOUR, calendar)
    moved = retarget_clock(start_clock(targets, "resolution", start), calendar, 20 * HOUR, start + passed)
    used = business_time_between(calendar, start, start + passed)
    expected = add_business_time(calendar, start, 20 * HOUR) if used < 20 * HOUR else start + passed
    assert moved.due_at == expected


OFFICE = BusinessCalendar(
    "Asia/Kolkata",
    (((540, 780), (840, 1080)),) * 5 + (((600, 780),), ()),
    {20261225: (), 20261224: ((540, 720),)},
)
"""Nine to six with an hour for lunch, Saturday until one; Christmas off, the day before a half day."""


def at(text: str) -> int:
    return clock.parse_iso(f"{text}+05:30")


def test_lunch_nights_weekends_half_days_and_holidays_do_not_count() -> None:
    assert add_business_time(OFFICE, at("2026-12-21T12:30:00"), HOUR) == at("2026-12-21T14:30:00")
    assert add_business_time(OFFICE, at("2026-12-21T17:30:00"), HOUR) == at("2026-12-22T09:30:00")
    assert add_business_time(OFFICE, at("2026-12-24T11:00:00"), 2 * HOUR) == at("2026-12-26T11:00:00")
    assert add_business_time(OFFICE, at("2026-12-26T12:30:00"), HOUR) == at("2026-12-28T09:30:00")
    assert business_time_between(OFFICE, at("2026-12-24T00:00:00"), at("2026-12-28T00:00:00")) == 6 * HOUR


def test_a_first_response_that_is_late_stays_late_and_is_counted_once() -> None:
    targets, opened = SlaTargets(2 * HOUR, HOUR, 16 * HOUR, OFFICE), at("2026-12-21T10:00:00")
    state = opened_sla(targets, opened)
    late = at("2026-12-21T15:00:00")
    state, outcomes = follow_sla(state, targets, late, before="new", after="open", commented_by="staff")
    assert [(each.clock, each.met, each.at) for each in outcomes] == [
        ("first_response", False, at("2026-12-21T12:00:00"))
    ]
    assert set(state.clocks) == {"resolution"}
    assert breach_due(state, targets, late)[1] == []


def test_the_clocks_stop_while_the_customer_is_awaited_and_each_question_has_its_own() -> None:
    targets, opened = SlaTargets(2 * HOUR, HOUR, 16 * HOUR, OFFICE), at("2026-12-21T10:00:00")
    state = opened_sla(targets, opened)
    asked = at("2026-12-21T11:00:00")
    state, outcomes = follow_sla(state, targets, asked, before="new", after="pending", commented_by="staff")
    assert [(each.clock, each.met, each.elapsed) for each in outcomes] == [("first_response", True, HOUR)]
    assert state.next_due() is None
    answered = at("2026-12-23T11:00:00")
    state, outcomes = follow_sla(state, targets, answered, before="pending", after="open", commented_by="customer")
    assert (outcomes, state.responses) == ([], 1)
    assert state.clocks["next_response"].due_at == at("2026-12-23T12:00:00")
    assert state.clocks["resolution"].due_at == at("2026-12-28T12:00:00")
    done = at("2026-12-23T11:30:00")
    state, outcomes = follow_sla(state, targets, done, before="open", after="resolved", commented_by="staff")
    assert {(each.clock, each.met, each.elapsed) for each in outcomes} == {
        ("next_response", True, HOUR // 2),
        ("resolution", True, HOUR + HOUR // 2),
    }
    assert state.clocks == {}
