"""Incidents: what the operator tells about a disturbance, update by update."""

from __future__ import annotations

from typing import Any, Final

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.styles import Reply
from ..store import landing_keys
from ..store.store import Record, Store, commit_unless_changed
from ..store.versions import VersionedRecord, require_version
from ..store.writes import ABSENT, Condition, Put
from ..tenants.audit_entries import tenant_audit_entry
from .documents import publish_document
from .models import IncidentOut, ReportIncident, UpdateIncident

INCIDENT_NOT_FOUND = errors.define("incident_not_found", 404, "Incident not found.")
INCIDENT_RESOLVED = errors.define(
    "incident_resolved", 409, "The incident was resolved more than a day ago. Report a new one."
)
TOO_MANY_UPDATES = errors.define("too_many_updates", 409, "An incident can have 100 updates. Report a new one.")

PUBLISHED_MS: Final = 90 * clock.DAY_MS
MAX_UPDATES: Final = 100
_REOPENED_WITHIN_MS: Final = clock.DAY_MS


def report_incident(call: Call[ReportIncident]) -> Reply:
    given, now = call.input, clock.system()
    started = _started_at(given.started_at, now, given.state)
    record = {
        "sk": ids.new_id("inc", now),
        "title": given.title,
        "impact": given.impact,
        "components": sorted(set(given.components)),
        "started": started,
        "updates": [{"at": now, "state": given.state, "message": given.message}],
        "version": 1,
    }
    return Reply(_save_incident(call, record, None, "incident reported"), "Incident reported")


def update_incident(call: Call[UpdateIncident]) -> IncidentOut:
    """Adds an update. Resolved for a day, an incident is history."""
    given, now, id = call.input, clock.system(), call.path["id"]
    if not ids.is_id(id, "inc"):
        raise INCIDENT_NOT_FOUND()
    key = landing_keys.incident_key(id)
    before = call.store.read([key])[key]
    if before is None:
        raise INCIDENT_NOT_FOUND()
    require_version(VersionedRecord(key, before), given.version)
    last = before["updates"][-1]
    if last["state"] == "resolved" and now - last["at"] > _REOPENED_WITHIN_MS:
        raise INCIDENT_RESOLVED()
    if len(before["updates"]) >= MAX_UPDATES:
        raise TOO_MANY_UPDATES(figures={"limit": MAX_UPDATES})
    update = {"at": now, "state": given.state, "message": given.message}
    after = {
        **before,
        "impact": given.impact or before["impact"],
        "components": sorted(set(given.components)) if given.components else before["components"],
        "updates": [*before["updates"], update],
        "version": before["version"] + 1,
    }
    return _save_incident(call, after, before["version"], "incident updated")


def publish_incidents(store: Store, now: int) -> None:
    """Publishes the incidents of the last 90 days."""
    since = ids.earliest_id("inc", now - PUBLISHED_MS)
    rows = store.query_all(
        "directory", landing_keys.incidents_partition(), since=since, descending=True, consistent=True
    )
    publish_document("incidents", {"incidents": [incident_out(row).model_dump() for row in rows]})


def incident_out(record: Record) -> IncidentOut:
    updates, last = record["updates"], record["updates"][-1]
    return IncidentOut(
        id=record["sk"],
        title=record["title"],
        impact=record["impact"],
        components=record["components"],
        state=last["state"],
        started_at=clock.iso(record["started"]),
        resolved_at=clock.iso(last["at"]) if last["state"] == "resolved" else None,
        updates=[{**update, "at": clock.iso(update["at"])} for update in reversed(updates)],
        version=record["version"],
    )


def _save_incident(call: Call[Any], record: Record, version: int | None, what: str) -> IncidentOut:
    key = landing_keys.incident_key(record["sk"])
    item = {name: value for name, value in record.items() if name not in ("pk", "sk")}
    item["ttl"] = (clock.system() + 2 * PUBLISHED_MS) // 1000
    when = ABSENT if version is None else Condition(equal={"version": version})
    done = tenant_audit_entry(call, what, key.sk, {"state": record["updates"][-1]["state"], "impact": record["impact"]})
    commit_unless_changed(call.store, [Put(key, item, when=when), done], caller=call.request.id)
    publish_incidents(call.store, clock.system())
    return incident_out(record)


def _started_at(text: str | None, now: int, state: str) -> int:
    if text is None:
        return now
    try:
        started = clock.parse_iso(text)
    except (ValueError, OverflowError) as error:
        raise errors.invalid("started_at", "must be an ISO 8601 time such as 2026-11-28T10:02:00Z") from error
    if state == "scheduled" and not now <= started <= now + PUBLISHED_MS:
        raise errors.invalid("started_at", "must be within the next 90 days if the state is scheduled")
    if state != "scheduled" and not now - 7 * clock.DAY_MS <= started <= now:
        raise errors.invalid("started_at", "must be within the last 7 days")
    return started
