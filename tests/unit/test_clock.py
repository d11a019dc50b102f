"""Instants, months and days in a tenant's time zone."""

from __future__ import annotations

import pytest

from batua import clock

KOLKATA, NEW_YORK, APIA, SAO_PAULO = "Asia/Kolkata", "America/New_York", "Pacific/Apia", "America/Sao_Paulo"


def test_an_instant_is_written_in_utc_with_milliseconds_and_read_back() -> None:
    assert clock.iso(0) == "1970-01-01T00:00:00.000Z"
    assert clock.iso(1_795_253_400_007) == "2026-11-21T09:30:00.007Z"
    assert clock.parse_iso("2026-11-21T09:30:00.007Z") == 1_795_253_400_007
    assert clock.parse_iso("2026-11-21T15:00:00.007+05:30") == 1_795_253_400_007


def test_a_time_without_an_offset_is_utc() -> None:
    assert clock.parse_iso("1970-01-01T00:00:01") == 1000


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid isoformat"):
        clock.parse_iso("yesterday")


@pytest.mark.parametrize("text", ["1969-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_that_could_not_be_written_back_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        clock.parse_iso(text)


def test_written_instants_sort_as_they_pass() -> None:
    instants = [0, 999, 1000, 1_795_253_400_000, 1_795_253_400_001, 4_000_000_000_000]
    assert sorted(map(clock.iso, instants)) == [clock.iso(instant) for instant in instants]


def test_a_month_begins_at_midnight_of_the_tenant() -> None:
    start = clock.parse_iso("2026-10-31T18:30:00Z")
    assert clock.local_month(start, KOLKATA) == 202611
    assert clock.local_month(start - 1, KOLKATA) == 202610
    assert clock.local_day(start, KOLKATA) == 20261101
    assert clock.month_start(202611, KOLKATA) == start
    assert clock.month_end(202610, KOLKATA) == start - 1


@pytest.mark.parametrize("zone", [KOLKATA, NEW_YORK, APIA, SAO_PAULO, "UTC", "Australia/Lord_Howe", "Africa/Cairo"])
def test_the_months_of_a_zone_meet_without_gap_or_overlap(zone: str) -> None:
    month = 201801
    while month < 202801:
        start, following = clock.month_start(month, zone), clock.add_months(month, 1)
        assert clock.local_month(start, zone) == month
        assert clock.local_month(start - 1, zone) == clock.add_months(month, -1)
        assert clock.month_end(month, zone) + 1 == clock.month_start(following, zone)
        month = following


def test_a_day_that_begins_at_one_oclock_begins_when_the_day_before_ends() -> None:
    # In São Paulo summer time began at midnight: there was no 00:30 on 2018-11-04.
    start = clock.day_start(20181104, SAO_PAULO)
    assert clock.local_day(start, SAO_PAULO) == 20181104
    assert clock.local_day(start - 1, SAO_PAULO) == 20181103


@pytest.mark.parametrize(
    ("month", "count", "later"),
    [(202611, 0, 202611), (202611, 1, 202612), (202612, 1, 202701), (202601, -1, 202512), (202611, 14, 202801)],
)
def test_months_are_added_over_the_end_of_the_year(month: int, count: int, later: int) -> None:
    assert clock.add_months(month, count) == later
