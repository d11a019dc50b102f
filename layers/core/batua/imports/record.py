"""An import as the directory holds it, and where its files are.

Its file is known by its content: whatever its name, the same content is brought in once (`imported_file_key`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from ..store import import_keys
from ..store.keys import Key, Scope
from ..store.store import Cancelled, Record, Store
from ..store.writes import Condition, Put, Update, Write

ImportKind = Literal["balances", "issue", "customers", "history"]
"""`balances` brings in what customers held elsewhere; `issue` gives coins as the counter does, row by row. `customers`
brings in who they are, and `history` what they did elsewhere: neither moves a coin."""

NEVER_POSTED: Final[frozenset[ImportKind]] = frozenset({"customers", "history"})
"""Kinds whose rows are stored as records outside the ledger."""

ImportStatus = Literal[
    "awaiting_upload",
    "checking",
    "rejected",
    "checked",
    "check_failed",
    "applying",
    "applied",
    "apply_failed",
    "reversing",
    "reversed",
    "reverse_failed",
]
ImportPhase = Literal["check", "apply", "reverse"]
DuplicateRule = Literal["skip", "keep"]

UNDER_WAY: Final[Mapping[ImportPhase, ImportStatus]] = {
    "check": "checking",
    "apply": "applying",
    "reverse": "reversing",
}
DONE: Final[Mapping[ImportPhase, ImportStatus]] = {"check": "checked", "apply": "applied", "reverse": "reversed"}
FAILED: Final[Mapping[ImportPhase, ImportStatus]] = {
    "check": "check_failed",
    "apply": "apply_failed",
    "reverse": "reverse_failed",
}
STARTS_FROM: Final[Mapping[ImportPhase, tuple[ImportStatus, ...]]] = {
    "check": ("awaiting_upload", "rejected", "checked", "check_failed"),
    "apply": ("checked", "apply_failed"),
    "reverse": ("applied", "apply_failed", "reverse_failed"),
}
REVERSIBLE_MS: Final = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Import:
    """`scope` is the books, `tenant` imports into them. Counts are numbers of rows, except `coins` (minor units)."""

    id: str
    scope: str
    tenant: str
    program: str
    kind: ImportKind
    file_name: str
    size: int
    status: ImportStatus
    created_at: int
    created_by: str
    address: str
    scale: int = 0
    """Decimals of the coin."""
    sha256: str | None = None
    """As announced; what the content really has is `digest`."""
    digest: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Field -> the column of the file that holds it."""
    duplicates: DuplicateRule = "skip"
    headers: tuple[str, ...] = ()
    parts: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    expiry: Mapping[str, int] = field(default_factory=dict)
    """Month of expiry (yyyymm) -> coins that the rows bring in."""
    generation: int = 0
    """How often the file had been imported and reversed before: a part of each row's idempotency key."""
    run: int = 0
    """Counts the runs of the workflow; a task of an earlier one finds another number and does nothing."""
    phase: ImportPhase | None = None
    reason: str | None = None
    """Why the file was rejected, or the last run failed."""
    checked_at: int | None = None
    applied_at: int | None = None
    reversed_at: int | None = None
    applied_by: str | None = None
    version: int = 1

    @property
    def key(self) -> Key:
        return import_keys.import_key(self.scope, self.tenant, self.id)

    @property
    def upload_key(self) -> str:
        """Under a prefix of the bucket that forgets after a day."""
        return f"incoming/{self.tenant}/{self.id}.csv"

    def part_key(self, stage: Literal["source", "checked", "applied", "reversed"], part: int) -> str:
        """Under a prefix of the bucket that forgets after a month: these files hold phone numbers."""
        return f"imports/{self.tenant}/{self.id}/{stage}/{part:05d}.json"

    def report_key(self, phase: ImportPhase) -> str:
        return f"imports/{self.tenant}/{self.id}/report-{phase}.csv"

    def row_key(self, row: int) -> str:
        """The idempotency key of a row: of the file's content, not of its name or of this import."""
        return f"import:{self.digest}:{self.generation}:{row}"


def import_item(record: Import) -> dict[str, Any]:
    return {
        "prog": record.program,
        "kind": record.kind,
        "name": record.file_name,
        "size": record.size,
        "st": record.status,
        "at": record.created_at,
        "by": record.created_by,
        "ip": record.address,
        "scale": record.scale,
        "said": record.sha256,
        "sha": record.digest,
        "map": dict(record.mapping),
        "dup": record.duplicates,
        "cols": list(record.headers),
        "parts": record.parts,
        "counts": dict(record.counts),
        "expiry": dict(record.expiry),
        "gen": record.generation,
        "run": record.run,
        "phase": record.phase,
        "why": record.reason,
        "checked": record.checked_at,
        "applied": record.applied_at,
        "reversed": record.reversed_at,
        "applier": record.applied_by,
        "version": record.version,
    }


def read_import_record(record: Record) -> Import:
    _, mode, owner, tenant = str(record["pk"]).split("#")
    return Import(
        id=record["sk"],
        scope=Scope.of(f"{mode}#{owner}"),
        tenant=tenant,
        program=record["prog"],
        kind=record["kind"],
        file_name=record["name"],
        size=record["size"],
        status=record["st"],
        created_at=record["at"],
        created_by=record["by"],
        address=record["ip"],
        scale=record["scale"],
        sha256=record.get("said"),
        digest=record.get("sha"),
        mapping=record.get("map", {}),
        duplicates=record["dup"],
        headers=tuple(record.get("cols", ())),
        parts=record["parts"],
        counts=record.get("counts", {}),
        expiry=record.get("expiry", {}),
        generation=record["gen"],
        run=record["run"],
        phase=record.get("phase"),
        reason=record.get("why"),
        checked_at=record.get("checked"),
        applied_at=record.get("applied"),
        reversed_at=record.get("reversed"),
        applied_by=record.get("applier"),
        version=record["version"],
    )


def load_import(store: Store, key: Key) -> Import | None:
    record = store.read([key])[key]
    return read_import_record(record) if record else None


def changed(record: Import, **changes: Any) -> Import:
    """The next version of an import."""
    after: Import = replace(record, version=record.version + 1, **changes)
    return after


def import_put(before: Import, after: Import) -> Put:
    """Writes the next version, unless another request has changed it."""
    item = {name: value for name, value in import_item(after).items() if value is not None}
    return Put(after.key, item, when=Condition(equal={"version": before.version}))


def file_claim(record: Import) -> Update:
    """Says that this import brings in the file, unless another one has and was not reversed."""
    assert record.digest is not None
    return Update(
        import_keys.imported_file_key(record.scope, record.tenant, record.digest),
        set={"import": record.id, "gen": record.generation},
        when=Condition(any_of=(Condition(missing=("import",)), Condition(equal={"import": record.id}))),
    )


def file_release(record: Import) -> Update:
    """After a reversal the file may be imported again, under other idempotency keys."""
    assert record.digest is not None
    return Update(
        import_keys.imported_file_key(record.scope, record.tenant, record.digest),
        set={"gen": record.generation + 1},
        remove=("import",),
        when=Condition(equal={"import": record.id}),
    )


def commit_import(store: Store, before: Import, after: Import, *more: Write) -> bool:
    """Whether the change was written; if not, the import has changed since it was read."""
    try:
        store.commit([import_put(before, after), *more])
    except Cancelled:
        return False
    return True
