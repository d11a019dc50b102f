"""SLA clocks over HTTP: due times, warnings, breaches, escalation, closing by time, and a report equal to a recount.

The routes: ReportSla, ReadSlaSettings, ReplaceSlaSettings; the function FollowUpTickets.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from batua import clock
from batua.store import support_keys
from batua.store.store import store
from batua.support import clocks, follow_up
from batua.support.model import read_step_record, read_ticket_record
from batua.support.sla_settings import DEFAULTS, load_sla_settings, sla_targets
from local.host import LocalPlatform
from tests.support_desk import TICKETS, SupportDesk, data, refused, settle, support_desk
from tests.waiting import until

SETTINGS = f"{TICKETS}/sla-settings"
METRICS = f"{TICKETS}/sla-metrics"
ALWAYS = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
TARGETS = {"first_response": 60, "next_response": 60, "resolution": 600, "calendar": "always"}
AROUND_THE_CLOCK: dict[str, Any] = {
    "calendars": {"always": {"time_zone": "Asia/Kolkata", "week": ALWAYS}},
    "targets": dict.fromkeys(("urgent", "high", "normal", "low"), TARGETS),
}
MINUTE = 60_000


@pytest.fixture(scope="module")
def desk(platform: LocalPlatform) -> SupportDesk:
    made = support_desk(platform)
    data(made.lead.put(SETTINGS, AROUND_THE_CLOCK))
    return made


def running(desk: SupportDesk, ticket: str) -> dict[str, str]:
    return {each["clock"]: each["state"] for each in data(desk.agent.get(f"{TICKETS}/{ticket}"))["sla"]}


def opened_at(desk: SupportDesk, ticket: str) -> int:
    return clock.parse_iso(data(desk.agent.get(f"{TICKETS}/{ticket}"))["created_at"])


def internal_steps(desk: SupportDesk, ticket: str) -> list[str]:
    rows = data(desk.agent.get(f"{TICKETS}/{ticket}/history", params={"limit": 100}))
    return [row["after"] for row in rows if row["what"] == "sla"]


def test_clocks_start_stop_and_end_and_customers_see_none_of_them(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    assert running(desk, ticket) == {"first_response": "running", "resolution": "running"}
    seen = data(desk.agent.get(f"{TICKETS}/{ticket}"))
    due = {each["clock"]: clock.parse_iso(each["due_at"]) for each in seen["sla"]}
    assert due["first_response"] == opened_at(desk, ticket) + 60 * MINUTE
    assert due["resolution"] == opened_at(desk, ticket) + 600 * MINUTE
    assert data(desk.customer.get(f"{TICKETS}/{ticket}"))["sla"] is None
    desk.comment(desk.agent, ticket, "Which order?", status="pending")
    assert running(desk, ticket) == {"resolution": "paused"}
    desk.comment(desk.customer, ticket, "Order 1001")
    assert running(desk, ticket) == {"next_response": "running", "resolution": "running"}
    desk.move(ticket, "resolved")
    assert running(desk, ticket) == {}


def test_another_priority_moves_the_due_times(desk: SupportDesk) -> None:
    changed = {**AROUND_THE_CLOCK, "targets": {**AROUND_THE_CLOCK["targets"], "urgent": {**TARGETS, "resolution": 30}}}
    data(desk.lead.put(SETTINGS, changed))
    ticket = desk.ticket(priority="low")
    data(desk.customer.call("PATCH", f"{TICKETS}/{ticket}", json={"priority": "urgent"}))
    due = {each["clock"]: each["due_at"] for each in data(desk.agent.get(f"{TICKETS}/{ticket}"))["sla"]}
    assert clock.parse_iso(due["resolution"]) == opened_at(desk, ticket) + 30 * MINUTE
    data(desk.lead.put(SETTINGS, AROUND_THE_CLOCK))


def run_at(platform: LocalPlatform, monkeypatch: pytest.MonkeyPatch, now: int) -> int:
    """Runs the schedule, under its role, as if it were later."""
    settle(platform)
    with monkeypatch.context() as then:
        then.setattr(clock, "system", lambda: now)
        return int(platform.embedded_aws.run_schedule("FollowUpTickets")["steps"])


def test_what_is_late_is_warned_of_breached_and_escalated_once(
    desk: SupportDesk, platform: LocalPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = desk.ticket(subject="Slow one")
    data(desk.agent.post(f"{TICKETS}/{ticket}/assign", {"user_id": desk.agent.id}))
    opened = opened_at(desk, ticket)
    follow_up.follow_up_tickets(store(), opened + 47 * MINUTE)
    assert internal_steps(desk, ticket) == []
    assert run_at(platform, monkeypatch, opened + 48 * MINUTE) >= 1
    assert internal_steps(desk, ticket) == ["first response: 80 % used"]
    assert run_at(platform, monkeypatch, opened + 60 * MINUTE) >= 1
    assert run_at(platform, monkeypatch, opened + 60 * MINUTE) == 0
    assert internal_steps(desk, ticket) == ["first response: 80 % used", "first response: breached"]
    assert running(desk, ticket) == {"first_response": "breached", "resolution": "running"}
    told = until(lambda: [mail for mail in desk.agent.mails() if "Overdue: Slow one" in mail["subject"]])
    assert len(told) == 1
    desk.agent.mail("Due soon: Slow one")
    desk.lead.mail("Escalated: Slow one")
    assert "sla" not in desk.customer.get(f"{TICKETS}/{ticket}/history").text
    desk.comment(desk.agent, ticket, "Sorry for the wait")
    assert running(desk, ticket) == {"resolution": "running"}


def test_a_resolved_ticket_is_closed_after_a_reminder(desk: SupportDesk, platform: LocalPlatform) -> None:
    settle(platform)
    ticket = desk.ticket(subject="Forgotten")
    desk.move(ticket, "resolved")
    since = clock.system()
    day = clock.DAY_MS
    follow_up.follow_up_tickets(store(), since + 4 * day)
    assert desk.status(ticket) == "resolved"
    follow_up.follow_up_tickets(store(), since + 5 * day)
    assert desk.status(ticket) == "resolved"
    desk.customer.mail("Do you still need help? Forgotten")
    follow_up.follow_up_tickets(store(), since + 7 * day)
    assert desk.status(ticket) == "closed"
    lines = data(desk.customer.get(f"{TICKETS}/{ticket}/history"))
    assert [(line["what"], line["by_type"]) for line in lines[-2:]] == [("reminded", "system"), ("status", "system")]
    assert lines[-1]["note"] == "No reply for seven days"


def test_a_reply_after_the_reminder_keeps_the_ticket_open(desk: SupportDesk) -> None:
    ticket = desk.ticket()
    desk.comment(desk.agent, ticket, "Which order?", status="pending")
    since = clock.system()
    follow_up.follow_up_tickets(store(), since + 5 * clock.DAY_MS)
    desk.comment(desk.customer, ticket, "Order 1001")
    follow_up.follow_up_tickets(store(), clock.system() + 1)
    assert desk.status(ticket) == "open"


def totals(desk: SupportDesk) -> Counter[tuple[str, str, str]]:
    """What the report counts, of yesterday to the day after tomorrow."""
    today = clock.system()
    days = {"from": clock.iso(today - clock.DAY_MS)[:10], "to": clock.iso(today + 2 * clock.DAY_MS)[:10]}
    lines = data(desk.agent.get(METRICS, params=days))["lines"]
    assert all(line["count"] == line["met"] + line["breached"] for line in lines)
    return Counter({(line["priority"], line["clock"], how): line[how] for line in lines for how in ("met", "breached")})


def test_the_report_equals_a_recount_of_every_history(desk: SupportDesk) -> None:
    """The clocks are run again over the history of each ticket, and must end as the report says."""
    before = totals(desk)
    tickets = {desk.ticket(priority=priority): priority for priority in ("urgent", "high", "normal", "low")}
    first, second, *_ = tickets
    desk.comment(desk.agent, first, "On it", status="pending")
    desk.comment(desk.customer, first, "Thanks")
    desk.comment(desk.agent, first, "Done", status="resolved")
    desk.comment(desk.customer, first, "Not quite")
    desk.move(second, "resolved")
    settings, late = load_sla_settings(store()), clock.system() + 61 * MINUTE
    for id in tickets:
        key = support_keys.ticket_key(id)
        follow_up.follow_up_ticket(store(), read_ticket_record(store().read([key])[key] or {}), settings, late)
    recounted: Counter[tuple[str, str, str]] = Counter()
    for id, priority in tickets.items():
        recounted += recount(id, priority, settings)
    assert recounted.total() == 8
    assert totals(desk) - before == recounted


def recount(ticket: str, priority: Any, settings: Any) -> Counter[tuple[str, str, str]]:
    partition, targets = support_keys.ticket_partition(ticket), sla_targets(settings, priority)
    opening, *steps = map(read_step_record, store().query_all("directory", partition, beginning=support_keys.STEP))
    state, status, counts = clocks.opened_sla(targets, opening.at), "new", Counter[tuple[str, str, str]]()
    for step in steps:
        after = step.after if step.what in ("status", "commented") and step.after else status
        by = step.side if step.what == "commented" else None
        state, ended = clocks.follow_sla(
            state,
            targets,
            step.at,
            before=status,  # type: ignore[arg-type]
            after=after,  # type: ignore[arg-type]
            commented_by=by,
        )
        counts.update((priority, each.clock, "met" if each.met else "breached") for each in ended)
        status = after
    return counts


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-13-01"}, "from"),
        ({"to": "yesterday"}, "to"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "from"),
        ({"from": "2026-01-01", "to": "2026-11-01"}, "from"),
    ],
)
def test_days_that_are_none_are_named(desk: SupportDesk, query: dict[str, str], field: str) -> None:
    answer = desk.agent.get(METRICS, params=query)
    assert refused(answer) == (400, "validation_error")
    assert field in answer.json()["errors"]


def test_report_and_settings_are_for_the_operator(desk: SupportDesk) -> None:
    assert refused(desk.customer.get(METRICS)) == (403, "forbidden")
    assert refused(desk.customer.get(SETTINGS)) == (403, "forbidden")
    assert refused(desk.agent.put(SETTINGS, AROUND_THE_CLOCK)) == (403, "forbidden")
    assert data(desk.agent.get(SETTINGS))["targets"]["high"]["first_response"] == 60


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"time_zone": "Asia/Atlantis"}, "calendars.always.time_zone"),
        ({"week": {"mon": ["09:00-10:00"]}}, "calendars.always.week"),
        ({"week": {**ALWAYS, "mon": ["14:00-18:00", "09:00-13:00"]}}, "calendars.always.mon"),
        ({"week": {**ALWAYS, "mon": ["18:00-09:00"]}}, "calendars.always.mon"),
        ({"days": {"2026-02-30": []}}, "calendars.always.days"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(desk: SupportDesk, change: dict[str, Any], field: str) -> None:
    calendar = {**AROUND_THE_CLOCK["calendars"]["always"], **change}
    answer = desk.lead.put(SETTINGS, {**AROUND_THE_CLOCK, "calendars": {"always": calendar}})
    assert refused(answer) == (400, "validation_error"), answer.text
    assert field in answer.json()["errors"]


def test_settings_need_every_priority_and_the_version_as_read(desk: SupportDesk) -> None:
    fewer = {**AROUND_THE_CLOCK, "targets": {"high": TARGETS}}
    assert refused(desk.lead.put(SETTINGS, fewer)) == (400, "validation_error")
    unknown = {priority: {**TARGETS, "calendar": "moon"} for priority in AROUND_THE_CLOCK["targets"]}
    assert refused(desk.lead.put(SETTINGS, {**AROUND_THE_CLOCK, "targets": unknown})) == (400, "validation_error")
    assert refused(desk.lead.put(SETTINGS, {**AROUND_THE_CLOCK, "version": 0})) == (409, "version_conflict")
    assert DEFAULTS.targets["urgent"].first_response == 30
