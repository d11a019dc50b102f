"""The tasks of the workflow `run_import.asl.json`. Each may be run any number of times.

    begin -> (check | apply or reverse) every part -> finish
                     ^ a distributed map: parts side by side, each retried by itself

The record is the truth: a task whose run is not the record's does nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..audit_trail import audit_entry
from ..store import import_keys
from ..store.keys import Scope
from ..store.store import Store
from ..store.writes import Write
from . import applying, checking
from .applying import ImportBusy, busy_again
from .parts import CheckedRow, RowStage, read_rows
from .record import DONE, Import, ImportPhase, changed, commit_import, file_release, load_import
from .report import ReportWriter


class ImportNotWritten(Exception):
    """The record is written right after the workflow is started."""


def begin_import(store: Store, event: dict[str, Any], now: int) -> dict[str, Any]:
    """Which parts there are for the phase that the record is in; a check splits the file first."""
    record = _load_import_of(store, event)
    if record is None or record.run < event["run"]:
        raise ImportNotWritten(event["import"])
    if record.run != event["run"] or record.phase is None:
        return {"phase": "none", "parts": []}
    phase = record.phase
    if phase == "check":
        split = checking.split_file(store, record, now)
        if split is None or split.status == "rejected":
            return {"phase": "none", "parts": []}
        record = split
    return {"phase": phase, "parts": list(range(1, record.parts + 1))}


def run_check_part(store: Store, event: dict[str, Any], now: int) -> int:
    record = _current(store, event, "check")
    if record:
        with busy_again():
            checking.check_part(store, record, event["part"], now)
    return 1


def run_posting_part(store: Store, event: dict[str, Any], now: int) -> int:
    """Applies a part, or takes it back."""
    record = _load_import_of(store, event)
    if record and record.run == event["run"] and record.phase in ("apply", "reverse"):
        work = applying.apply_part if record.phase == "apply" else applying.reverse_part
        with busy_again():
            work(store, record, event["part"], now)
    return 1


def finish_import(store: Store, event: dict[str, Any], now: int) -> dict[str, str]:
    """Adds the parts up, writes the report, and says in the record that the phase is done."""
    record = _load_import_of(store, event)
    if record is None or record.run != event["run"] or record.phase is None:
        return {"state": "superseded"}
    phase = record.phase
    counts, expiry = Counter[str](), Counter[str]()
    report = ReportWriter(record, phase)
    if phase == "check":
        seen: set[str] = set()
        for rows in checking.find_duplicates(record):
            checking.count_checked(record, counts, expiry, rows, seen)
            report.add(rows)
        changes: dict[str, Any] = {"counts": dict(counts), "expiry": dict(expiry), "checked_at": now}
    else:
        stage: RowStage = "applied" if phase == "apply" else "reversed"
        for part in range(1, record.parts + 1):
            rows = read_rows(record, stage, part)
            _count_rows(counts, phase, rows)
            report.add(rows)
        when = {"applied_at": record.applied_at or now} if phase == "apply" else {"reversed_at": now}
        changes = {"counts": {**record.counts, **counts}, **when}
    report.store()
    after = changed(record, status=DONE[phase], phase=None, reason=None, **changes)
    if not commit_import(store, record, after, *_consequences(record, phase, counts, now)):
        raise ImportBusy("the import changed while it was finished")
    return {"state": after.status}


def fail_import(store: Store, event: dict[str, Any], now: int) -> dict[str, str]:
    """A run has failed for good: the record says so, and what was done stays until it is run again or reversed."""
    record = _load_import_of(store, event)
    if record is None:
        return {"state": "superseded"}
    cause = str((event.get("error") or {}).get("Error") or "unknown")
    reason = f"The run stopped with {cause[:64]}. Start it again: rows that are done already are left as they are."
    checking.fail_run(store, record, event["run"], reason)
    return {"state": record.status}


def _consequences(record: Import, phase: ImportPhase, counts: Counter[str], now: int) -> list[Write]:
    """Applying and reversing move value for many customers: the audit trail says how much."""
    if phase == "check":
        return []
    act = audit_entry(
        Scope.of(record.scope).mode,
        record.tenant,
        now,
        what=f"import {DONE[phase]}",
        who=record.applied_by or record.created_by,
        address=record.address,
        reference=record.id,
        request_id=None,
        details=dict(sorted(counts.items())),
    )
    return [act, file_release(record)] if phase == "reverse" else [act]


def _count_rows(counts: Counter[str], phase: ImportPhase, rows: list[CheckedRow]) -> None:
    for row in rows:
        if phase == "apply":
            if row.state in ("imported", "unchanged", "refused"):
                counts[row.state] += 1
                counts["coins_imported"] += row.moved
        else:
            counts[{"reversed": "reversed", "short": "reversed_short"}.get(row.state, "not_reversed")] += 1
            counts["coins_reversed"] += row.moved


def _load_import_of(store: Store, event: dict[str, Any]) -> Import | None:
    return load_import(store, import_keys.import_key(event["scope"], event["tenant"], event["import"]))


def _current(store: Store, event: dict[str, Any], phase: ImportPhase) -> Import | None:
    record = _load_import_of(store, event)
    return record if record and record.run == event["run"] and record.phase == phase else None
