"""Which tickets of a phone number are certainly those of whoever has the number now."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from batua import clock, ids
from batua.me.tickets import until_silent
from batua.support.model import Ticket

NOW = clock.parse_iso("2026-11-29T06:00:00.000Z")


def ticket(days_ago: int, touched: int | None = None) -> Ticket:
    at = NOW - days_ago * clock.DAY_MS
    return Ticket(
        id=ids.derived_id("tkt", str(days_ago)),
        tenant=ids.derived_id("ten", "shop"),
        tenant_name="Lotus Sweets",
        operator=ids.derived_id("ten", "shop"),
        requester=ids.derived_id("cust", "one"),
        requester_name="+91•••••43210",
        subject="Coins are missing",
        description="Of yesterday's bill.",
        category="other",
        priority="normal",
        status="closed",
        created_at=at,
        updated_at=at if touched is None else NOW - touched * clock.DAY_MS,
        status_since=at,
        from_customer=True,
    )


def shown(tickets: list[Ticket], *uses: int) -> list[int]:
    found = until_silent(tickets, (NOW - days * clock.DAY_MS for days in uses), NOW)
    return [(NOW - each.created_at) // clock.DAY_MS for each in found]


@pytest.mark.parametrize(
    ("tickets", "uses", "expected"),
    [
        ((10, 150, 300), (), [10, 150, 300]),
        ((10, 191), (), [10]),
        ((180,), (), [180]),
        ((181,), (), []),
        ((10, 300, 700), (120, 290), [10, 300]),
        ((300,), (100,), []),
        ((300,), (100, 130), [300]),
        ((300,), (2, 1, 90, 125), [300]),
    ],
)
def test_what_came_before_half_a_year_of_silence_is_somebody_elses(
    tickets: tuple[int, ...], uses: tuple[int, ...], expected: list[int]
) -> None:
    assert shown([ticket(days) for days in tickets], *uses) == expected


def test_a_ticket_that_the_merchant_closed_late_is_no_younger() -> None:
    assert shown([ticket(400, touched=3)]) == []


def test_other_uses_are_not_looked_up_where_the_tickets_leave_no_gap() -> None:
    def uses() -> Iterator[int]:
        raise AssertionError("not needed")
        yield 0

    assert len(list(until_silent([ticket(10), ticket(100)], uses(), NOW))) == 2
