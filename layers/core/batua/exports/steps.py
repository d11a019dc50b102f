"""The tasks of the workflow `run_export.asl.json`. Each may be run any number of times.

    write a part -> more? -> write the next part ...

The record is the truth: a file is stored under a name that follows from the record, and counts once it is named there.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from .. import clock, files
from ..api.styles import json_text, plain_value
from ..audit_trail import audit_entry
from ..identity.caller import Caller
from ..identity.credentials import Claims
from ..identity.tenant import Tenant, read_tenant
from ..store import keys
from ..store.store import Cancelled, Store
from ..store.writes import Write
from .collections import COLLECTIONS
from .reader import Reader
from .record import Export, ExportFile, export_put, load_export, next_version

ROWS_OF_A_FILE: Final = 20_000
BYTES_OF_A_FILE: Final = 32 * 1024 * 1024
"""Before they are compressed. A file ends with the page that reaches either."""

SECONDS_OF_A_PART: Final = 240
"""A part ends, with the page that is read then, well before the function's time is over."""

EXPORT_MEDIA: Final = "application/gzip"


class ExportNotWritten(Exception):
    """The record is written right after the workflow is started."""


class ExportOvertaken(Exception):
    """Another run of the task wrote the record in between."""


def write_export_part(store: Store, event: Mapping[str, Any], now: int) -> dict[str, bool]:
    """Writes the next file, or says that the collection has no rows. `more`: whether another part follows."""
    export = load_export(store, event)
    if export is None:
        raise ExportNotWritten(event["export"])
    if export.status != "running":
        return {"more": False}
    if export.done == len(export.collections):
        return _finish(store, export, now)
    record = store.read([keys.tenant_key(export.tenant)])[keys.tenant_key(export.tenant)]
    if record is None:
        return _fail(store, export, "The tenant does not exist any more.", now)
    collection = COLLECTIONS[export.collections[export.done]]
    earlier = [file for file in export.files if file.collection == collection.name]
    reader = Reader(store, _caller(export, read_tenant(record)), now)
    if collection.unique:
        reader.seen.update(_ids_in(export, earlier, collection.unique))
    content, rows, cursor = _read_part(reader, export)
    written = list(export.files)
    if rows:
        name = f"{collection.name}-{len(earlier) + 1:04d}.jsonl.gz"
        packed = gzip.compress(content, mtime=0)
        files.store_content(export.file_key(name), packed, EXPORT_MEDIA)
        written.append(ExportFile(name, collection.name, rows, len(packed), hashlib.sha256(packed).hexdigest()))
    done = export.done + (cursor is None)
    _commit_export(store, export, next_version(export, now, done=done, cursor=cursor, files=tuple(written)))
    return {"more": True}


def fail_export(store: Store, event: Mapping[str, Any], now: int) -> dict[str, bool]:
    """The workflow has given up: the record says so."""
    export = load_export(store, event)
    if export is None or export.status != "running":
        return {"more": False}
    cause = str((event.get("error") or {}).get("Error") or "unknown")[:64]
    return _fail(store, export, f"The export stopped with {cause}. Ask for a new one.", now)


def _read_part(reader: Reader, export: Export) -> tuple[bytes, int, str | None]:
    """Lines, their number, and the cursor of what follows; None at the collection's end."""
    collection, cursor = COLLECTIONS[export.collections[export.done]], export.cursor
    lines: list[bytes] = []
    size, ends_at = 0, clock.system() + SECONDS_OF_A_PART * 1000
    while True:
        page, cursor = collection.read(reader, cursor)
        for row in page:
            plain = plain_value(row)
            if collection.unique:
                reader.seen.add(plain[collection.unique])
            lines.append(json_text(plain).encode() + b"\n")
            size += len(lines[-1])
        full = len(lines) >= ROWS_OF_A_FILE or size >= BYTES_OF_A_FILE or clock.system() >= ends_at
        if cursor is None or full:
            return b"".join(lines), len(lines), cursor


def _ids_in(export: Export, written: list[ExportFile], field: str) -> set[str]:
    found: set[str] = set()
    for file in written:
        packed = files.read_content(export.file_key(file.name), file.size)
        if packed is None:
            raise FileNotFoundError(file.name)
        found.update(json.loads(line)[field] for line in gzip.decompress(packed).splitlines())
    return found


def _caller(export: Export, tenant: Tenant) -> Caller:
    """The user who asked for the export, with what they were permitted then."""
    program = tenant.program
    claims = Claims(
        kind="user",
        subject=export.created_by,
        tenant=tenant.id,
        mode=export.mode,
        owner=program.owner if program else tenant.id,
        region=tenant.region,
        program=program.id if program else None,
        names=tenant.id,
    )
    return Caller(claims, tenant, frozenset(export.permissions), export.address)


def _finish(store: Store, export: Export, now: int) -> dict[str, bool]:
    act = audit_entry(
        export.mode,
        export.tenant,
        now,
        what="export finished",
        who=export.created_by,
        address=export.address,
        reference=export.id,
        request_id=None,
        details={"files": len(export.files), "rows": sum(file.rows for file in export.files)},
    )
    _commit_export(store, export, next_version(export, now, status="finished", finished_at=now), act)
    return {"more": False}


def _fail(store: Store, export: Export, reason: str, now: int) -> dict[str, bool]:
    _commit_export(store, export, next_version(export, now, status="failed", reason=reason))
    return {"more": False}


def _commit_export(store: Store, before: Export, after: Export, *more: Write) -> None:
    try:
        store.commit([export_put(before, after), *more])
    except Cancelled:
        raise ExportOvertaken(before.id) from None
