"""Asking for an export, and looking at it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from .. import clock, errors, files, ids, workflows
from ..api import cursor
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..identity.credentials import Claims
from ..identity.roles import ROLES
from ..settings import settings
from ..store import export_keys, keys
from ..store.keys import Key
from ..store.store import commit_creation
from ..store.writes import ABSENT, Put
from .models import COLLECTION_NAMES, CreateExport, ExportFileOut, ExportOut, ExportProgress, ExportRead, ExportsQuery
from .record import EXPORT_KEPT_MS, Export, export_item, read_export_record

CREATE_EXPORT_ERRORS: Final = (errors.EXPORT_RUNNING, errors.IDEMPOTENCY_KEY_REUSED, errors.SERVICE_UNAVAILABLE)

_LINK_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class ExportLookup:
    """The export in the path, of this tenant alone."""

    key: Key

    @property
    def keys(self) -> list[Key]:
        return [self.key]


def prefetch_export(claims: Claims, content: object, request: Request) -> ExportLookup:
    id = request.path["id"]
    if not ids.is_id(id, "exp"):
        raise errors.EXPORT_NOT_FOUND()
    return ExportLookup(export_keys.export_key(keys.scope(claims.mode, claims.tenant), id))


def create_export(call: Call[CreateExport]) -> Reply:
    """Starts an export of what the caller may list. One runs at a time."""
    caller, now = call.caller, call.now
    given = call.idempotency_key
    id = ids.derived_id("exp", caller.mode, caller.tenant.id, given) if given else ids.new_id("exp", now)
    export = Export(
        id=id,
        tenant=caller.tenant.id,
        mode=caller.mode,
        status="running",
        collections=tuple(_collections(call)),
        permissions=tuple(sorted(_own_permissions(call))),
        created_at=now,
        created_by=caller.id,
        address=caller.address,
        advanced_at=now,
    )
    for other in _exports(call):
        if other.id == id:
            return _created_again(other, export, now)
        if other.status == "running" and not other.is_stalled(now):
            raise errors.EXPORT_RUNNING(
                errors.EXPORT_RUNNING.describe({"export_id": other.id}), figures={"export_id": other.id}
            )
    # Started in vain, the execution finds no record and ends.
    workflows.launch_execution(
        settings().export_workflow,
        f"{id}-{ids.new_id('run').rpartition('_')[2][-8:]}",
        {"scope": keys.scope(caller.mode, caller.tenant.id), "export": id},
    )
    writes = [
        Put(export.key, export_item(export), when=ABSENT),
        call.act(
            "export started",
            id,
            announce="An export of your data was started. Administrators can download it for seven days.",
            collections=", ".join(export.collections),
        ),
    ]
    if made := commit_creation(call.store, writes, caller=call.request.id):
        return _created_again(read_export_record(made), export, now)
    return Reply(ExportOut(**_export_fields(export)), "Export started", status=202)


def read_export(call: Call[None]) -> ExportRead:
    """An export with links to its files."""
    stored = call.loaded[call.lookup.key]
    if stored is None:
        raise errors.EXPORT_NOT_FOUND()
    export = read_export_record(stored)
    available = export.status == "finished" and clock.system() < export.created_at + EXPORT_KEPT_MS
    return ExportRead(**_export_fields(export), files=_files(export) if available else [])


def list_exports(call: Call[ExportsQuery]) -> Reply:
    """The newest first, without links."""
    query, tenant = call.input, call.caller.tenant.id
    filters = {"list": "exports", "mode": call.caller.mode}
    before = cursor.open_cursor(tenant, filters, query.cursor) if query.cursor else None
    found = sorted(_exports(call), key=_export_position, reverse=True)
    rows = (
        (_export_position(one), ExportOut(**_export_fields(one)))
        for one in found
        if before is None or _export_position(one) < before
    )
    page, following = cursor.take_page(rows, query.limit, len(found) + 1)
    sealed = cursor.seal_cursor(tenant, filters, following) if following else None
    return Reply(page, meta={"next_cursor": sealed, "limit": query.limit})


def _collections(call: Call[CreateExport]) -> list[str]:
    """In their order. Raises a problem that names one which the caller may not list, or which this tenant has not."""
    from .collections import permitted_collections

    permitted = permitted_collections(_own_permissions(call), has_program=call.caller.tenant.program is not None)
    asked = call.input.collections
    for number, name in enumerate(asked or ()):
        if name not in permitted:
            raise errors.invalid(f"collections.{number}", f"must be one that you can list: {', '.join(permitted)}")
    return [name for name in COLLECTION_NAMES if name in permitted and (asked is None or name in asked)]


def _own_permissions(call: Call[Any]) -> frozenset[str]:
    """Without those by which the operator's staff see other tenants: an export is of one tenant."""
    return call.caller.permissions & ROLES["tenant_admin"]


def _exports(call: Call[Any]) -> list[Export]:
    partition = export_keys.exports_partition(keys.scope(call.caller.mode, call.caller.tenant.id))
    return [read_export_record(row) for row in call.store.query_all("directory", partition, consistent=True)]


def _export_position(export: Export) -> str:
    return f"{clock.iso(export.created_at)}#{export.id}"


def _created_again(before: Export, asked: Export, now: int) -> Reply:
    if before.collections != asked.collections:
        raise errors.IDEMPOTENCY_KEY_REUSED()
    return Reply(ExportOut(**_export_fields(before)), "Export started", headers=replay_headers(True), status=202)


def _files(export: Export) -> list[ExportFileOut]:
    def link(name: str) -> str:
        return files.download_link(export.file_key(name), "application/gzip", name, _LINK_SECONDS).url

    return [
        ExportFileOut(
            name=file.name,
            collection=file.collection,
            rows=file.rows,
            size=file.size,
            sha256=file.sha256,
            url=link(file.name),
        )
        for file in export.files
    ]


def _export_fields(export: Export) -> dict[str, Any]:
    rows = Counter[str]()
    for file in export.files:
        rows[file.collection] += file.rows

    def status(number: int) -> str:
        if number < export.done:
            return "finished"
        return "running" if number == export.done and export.status == "running" else "waiting"

    return {
        "id": export.id,
        "status": export.status,
        "reason": export.reason,
        "collections": [
            ExportProgress(name=name, status=status(number), rows=rows[name])
            for number, name in enumerate(export.collections)
        ],
        "created_by": export.created_by,
        "created_at": clock.iso(export.created_at),
        "finished_at": clock.iso_or_none(export.finished_at),
        "kept_until": clock.iso(export.created_at + EXPORT_KEPT_MS),
    }
