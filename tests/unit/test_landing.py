"""The decisions of the public pages: what a figure may disclose, and what a status is made of."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batua import clock
from batua.landing.metrics import LEAST_TENANTS, MOST_SHARE, NOTHING_YET, disclosed, metrics_from, round_down
from batua.landing.status import COMPONENTS, HISTORY_DAYS, STALE_MS, component_statuses, public_status, recorded

NOW = clock.parse_iso("2026-11-28T10:00:00Z")
READY = {"ledger": "ok", "directory": "ok", "verifier": "ok"}


def test_a_new_deployment_says_zero() -> None:
    assert NOTHING_YET["merchants"] == NOTHING_YET["transactions"] == 0
    assert NOTHING_YET["withheld"] == []


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (9, 0), (10, 10), (99, 90), (137, 130), (12_345, 12_000)])
def test_figures_are_rounded_down_to_two_digits(count: int, shown: int) -> None:
    assert round_down(count) == shown


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_a_sum_that_tells_about_one_tenant_is_withheld(counts: list[int]) -> None:
    shown, real = disclosed(counts), [count for count in counts if count]
    if not real:
        assert shown == 0
    elif len(real) < LEAST_TENANTS or max(real) * 100 > sum(real) * MOST_SHARE:
        assert shown is None
    else:
        assert shown is not None
        assert shown <= sum(real)


def test_a_withheld_figure_cannot_be_computed_from_the_others() -> None:
    counts = {f"t{number}": {"issue": 100, "redeem": 1000 if number == 0 else 1} for number in range(6)}
    shown = metrics_from(6, counts, NOW)
    assert shown["issues"] == 600
    assert shown["withheld"] == ["redemptions", "transactions"]


def test_an_alarm_degrades_its_component_and_lost_tables_are_an_outage_of_all() -> None:
    assert component_statuses(["coins", "auth"], READY, ["mail"]) == {
        "counter": "degraded",
        "prefund": "operational",
        "rewards": "operational",
        "integrations": "operational",
        "accounts": "degraded",
        "support": "degraded",
    }
    assert set(component_statuses([], {**READY, "ledger": "failed"}, []).values()) == {"outage"}
    assert set(component_statuses(None, READY, []).values()) == {"unknown"}


def test_the_history_counts_minutes_of_trouble_for_ninety_days() -> None:
    document: dict[str, object] = {}
    for minute in range(0, 100 * 24 * 60, 12 * 60):
        document = recorded(document, dict.fromkeys(COMPONENTS, "operational"), NOW + minute * 60_000)
    for status in ("degraded", "degraded", "operational"):
        now = clock.parse_iso(str(document["checked_at"])) + 5 * 60_000
        document = recorded(document, dict.fromkeys(COMPONENTS, status), now)
    days = public_status(document, [], now).components[0].days
    assert len(days) == HISTORY_DAYS
    assert (days[0].status, days[0].minutes) == ("degraded", 10)
    assert all(day.minutes == 0 for day in days[1:])


def test_without_a_recent_check_nobody_knows() -> None:
    document = recorded({}, dict.fromkeys(COMPONENTS, "operational"), NOW)
    assert public_status(document, [], NOW + STALE_MS).status == "operational"
    assert public_status(document, [], NOW + STALE_MS + 1).status == "unknown"
    assert public_status({}, [], NOW).status == "unknown"
