"""An export as the directory holds it, and where its files are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from ..store import export_keys, keys
from ..store.keys import Key, Mode, Scope
from ..store.store import Record, Store
from ..store.writes import Condition, Put

ExportStatus = Literal["running", "finished", "failed"]

EXPORT_KEPT_MS: Final = 7 * 86_400_000
"""How long the files are kept: the bucket forgets them after that (`exports/` in template.yaml)."""

STALLED_MS: Final = 3_600_000
"""A running export that has written nothing for so long does not stand in the way of another."""


@dataclass(frozen=True, slots=True)
class ExportFile:
    name: str
    collection: str
    rows: int
    size: int
    """Bytes, compressed."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Export:
    """`done` collections are written whole; of the next one, `cursor` says where the following file begins."""

    id: str
    tenant: str
    mode: Mode
    status: ExportStatus
    collections: tuple[str, ...]
    permissions: tuple[str, ...]
    """Of the user who asked for it: an export holds nothing that they could not list."""
    created_at: int
    created_by: str
    address: str
    advanced_at: int
    done: int = 0
    cursor: str | None = None
    files: tuple[ExportFile, ...] = ()
    finished_at: int | None = None
    reason: str | None = None
    version: int = 1

    @property
    def key(self) -> Key:
        return export_keys.export_key(keys.scope(self.mode, self.tenant), self.id)

    def file_key(self, name: str) -> str:
        return f"exports/{self.tenant}/{self.id}/{name}"

    def is_stalled(self, now: int) -> bool:
        return self.status == "running" and now > self.advanced_at + STALLED_MS


def export_item(export: Export) -> dict[str, Any]:
    item = {
        "st": export.status,
        "cols": list(export.collections),
        "perm": list(export.permissions),
        "at": export.created_at,
        "by": export.created_by,
        "ip": export.address,
        "adv": export.advanced_at,
        "done": export.done,
        "cur": export.cursor,
        "files": [[file.name, file.collection, file.rows, file.size, file.sha256] for file in export.files],
        "end": export.finished_at,
        "why": export.reason,
        "version": export.version,
    }
    return {name: value for name, value in item.items() if value is not None}


def read_export_record(record: Record) -> Export:
    scope = Scope.of(str(record["pk"]).removeprefix("EXPORTS#"))
    return Export(
        id=record["sk"],
        tenant=scope.tenant,
        mode=scope.mode,
        status=record["st"],
        collections=tuple(record["cols"]),
        permissions=tuple(record["perm"]),
        created_at=record["at"],
        created_by=record["by"],
        address=record["ip"],
        advanced_at=record["adv"],
        done=record["done"],
        cursor=record.get("cur"),
        files=tuple(ExportFile(*file) for file in record["files"]),
        finished_at=record.get("end"),
        reason=record.get("why"),
        version=record["version"],
    )


def load_export(store: Store, event: Mapping[str, Any]) -> Export | None:
    """The export that a task of the workflow is about, strongly read."""
    key = export_keys.export_key(event["scope"], event["export"])
    record = store.read([key])[key]
    return read_export_record(record) if record else None


def next_version(export: Export, now: int, **changes: Any) -> Export:
    after: Export = replace(export, version=export.version + 1, advanced_at=now, **changes)
    return after


def export_put(before: Export, after: Export) -> Put:
    """Writes the next version, unless another run of the task was quicker."""
    return Put(after.key, export_item(after), when=Condition(equal={"version": before.version}))
