"""The public status, from alarms, probes, the doctor's last run and incidents, with 90 days of history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args

from .. import clock, errors, observe
from ..api.endpoint import Call
from ..api.styles import Raw, Reply
from ..aws import client
from ..platform.health import readiness
from ..settings import settings
from ..store.store import Store
from .documents import public_reply, publish_document, published_document
from .models import Component, ComponentOut, DoctorRun, DoctorRunRecorded, IncidentOut, PublicStatus

COMPONENTS: Final[tuple[Component, ...]] = get_args(Component)
COMPONENT_TITLES: Final[Mapping[Component, str]] = {
    "counter": "Issuing and redeeming",
    "prefund": "Prefund, balance requests and invoices",
    "rewards": "Rewards and marketplace",
    "integrations": "Shops and webhooks",
    "accounts": "Sign-in and administration",
    "support": "Support and notifications",
}
_DOMAINS: Final[Mapping[str, Component]] = {
    "coins": "counter",
    "customers": "counter",
    "wallets": "counter",
    "transactions": "counter",
    "prefund": "prefund",
    "gateway": "prefund",
    "billing": "prefund",
    "rewards": "rewards",
    "marketplace": "rewards",
    "integrations": "integrations",
    "events": "integrations",
    "support": "support",
    "notifications": "support",
}
"""Domain of an alarm -> component; any other is one of `accounts`."""

_DOCTOR: Final[Mapping[str, Component]] = {"sandbox": "counter", "webhooks": "integrations", "mail": "support"}
_IMPACT: Final[Mapping[str, str]] = {
    "maintenance": "maintenance",
    "minor": "degraded",
    "major": "degraded",
    "critical": "outage",
}
_ORDER: Final = ("operational", "maintenance", "unknown", "degraded", "outage")
"""From good to bad."""

HISTORY_DAYS: Final = 90
STALE_MS: Final = 20 * 60_000
"""Checked longer ago than this, nobody knows."""

DOCTOR_COUNTS_MS: Final = clock.DAY_MS
_ALARM: Final = re.compile(r"Batua (\S+) (\w+) - ")


def worst(statuses: Iterable[str]) -> str:
    return max(statuses, key=_ORDER.index, default="operational")


def component_statuses(
    alarms: Iterable[str] | None, parts: Mapping[str, str], failed_checks: Iterable[str]
) -> dict[Component, str]:
    """Pure. `alarms`: domains with an alarm, None where unknown; `parts`: what the readiness probe says."""
    found: dict[Component, list[str]] = {component: [] for component in COMPONENTS}
    if "failed" in parts.values():
        for component in COMPONENTS:
            found[component].append("outage")
    if alarms is None:
        for component in COMPONENTS:
            found[component].append("unknown")
    for domain in alarms or ():
        found[_DOMAINS.get(domain, "accounts")].append("degraded")
    for name in failed_checks:
        found[_DOCTOR.get(name, "accounts")].append("degraded")
    return {component: worst(statuses) for component, statuses in found.items()}


def recorded(before: Mapping[str, Any], statuses: Mapping[Component, str], now: int) -> dict[str, Any]:
    """Pure. The document of checks with this one: each component's status, and by day the worst and for how long.

    The minutes since the last check count with the status that it found; a gap counts for nothing.
    """
    last = before.get("checked_at")
    elapsed = now - clock.parse_iso(last) if last else 0
    minutes = round(elapsed / 60_000) if elapsed <= STALE_MS else 0
    today, oldest = _day_of(now), _day_of(now - (HISTORY_DAYS - 1) * clock.DAY_MS)
    components = {}
    for component, status in statuses.items():
        known = before.get("components", {}).get(component, {})
        days = {day: entry for day, entry in known.get("days", {}).items() if day >= oldest}
        was, spent = days.get(today, ("operational", 0))
        bad = known.get("status", "operational") not in ("operational", "unknown")
        days[today] = [worst((was, status)), min(spent + (minutes if bad else 0), 1440)]
        components[component] = {"status": status, "days": days}
    return {"checked_at": clock.iso(now), "components": components}


def public_status(checks: Mapping[str, Any], incidents: list[IncidentOut], now: int) -> PublicStatus:
    """Pure. The public status: open incidents count, whatever the alarms say."""
    checked = checks.get("checked_at")
    fresh = checked is not None and now - clock.parse_iso(checked) <= STALE_MS
    shown = []
    for name in COMPONENTS:
        known = checks.get("components", {}).get(name, {})
        statuses = [known.get("status", "unknown") if fresh else "unknown"]
        statuses += [_IMPACT[each.impact] for each in incidents if name in each.components and _is_open(each, now)]
        days = sorted(known.get("days", {}).items(), reverse=True)
        shown.append(
            ComponentOut(
                name=name,
                title=COMPONENT_TITLES[name],
                status=worst(statuses),
                days=[{"day": day, "status": status, "minutes": minutes} for day, (status, minutes) in days],
            )
        )
    overall = worst(each.status for each in shown)
    return PublicStatus(status=overall, checked_at=checked, components=shown, incidents=incidents)


def check_public_status(call: Call[Any]) -> Reply | Raw:
    published = published_document("incidents").get("incidents", [])
    incidents = [IncidentOut.model_validate(each) for each in published]
    return public_reply(call.request, public_status(published_document("checks"), incidents, clock.system()))


def record_doctor_run(call: Call[DoctorRun]) -> DoctorRunRecorded:
    """Keeps which checks failed. A failure counts on the status page for a day, or until the next run."""
    now = clock.iso(clock.system())
    failed = sorted({each.name for each in call.input.checks if each.outcome == "failed"})
    publish_document("doctor", {"at": now, "failed": failed})
    call.store.write_new(call.act("doctor run recorded", failed=failed or None))
    return DoctorRunRecorded(failed=len(failed), recorded_at=now)


def publish_checks(store: Store, now: int) -> dict[Component, str]:
    doctor = published_document("doctor")
    recent = "at" in doctor and now - clock.parse_iso(doctor["at"]) <= DOCTOR_COUNTS_MS
    statuses = component_statuses(_alarms(), _readiness_parts(store), doctor["failed"] if recent else ())
    publish_document("checks", recorded(published_document("checks"), statuses, now))
    return statuses


def _readiness_parts(store: Store) -> Mapping[str, str]:
    try:
        return readiness(store).model_dump()
    except errors.Problem as problem:
        return {name: str(answer) for name, answer in problem.figures.items()}


def _alarms() -> list[str] | None:
    """The domains that have an alarm; None where CloudWatch does not say."""
    try:
        pages = client("cloudwatch").get_paginator("describe_alarms").paginate(StateValue="ALARM")
        texts = [alarm.get("AlarmDescription", "") for page in pages for alarm in page["MetricAlarms"]]
    except Exception:
        observe.log().exception("the alarms could not be read")
        return None
    found = (_ALARM.match(text) for text in texts)
    return [match[2] for match in found if match and match[1] == settings().stage]


def _is_open(incident: IncidentOut, now: int) -> bool:
    if incident.state == "scheduled":
        return clock.parse_iso(incident.started_at) <= now
    return incident.state != "resolved"


def _day_of(now: int) -> str:
    return clock.iso(now)[:10]
