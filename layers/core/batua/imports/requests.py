"""Imports over HTTP: created, checked, applied, reversed and read by the tenant's administrators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from .. import clock, errors, files, ids, workflows
from ..api import cursor
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..coins import counter
from ..identity.credentials import Claims
from ..ledger.model import Program
from ..money import INR_SCALE, to_wire
from ..settings import settings
from ..store import import_keys
from ..store.keys import Key
from ..store.store import Cancelled, commit_creation
from ..store.writes import ABSENT, Put, Write
from .models import (
    CheckImport,
    CreateImport,
    ExpiringCoins,
    ImportCounts,
    ImportCreated,
    ImportLink,
    ImportMapping,
    ImportOut,
    ImportRead,
    ImportRowOut,
    ImportRowsQuery,
    ImportsQuery,
    ReportLink,
)
from .parts import CheckedRow, PartMissing, RowStage, read_rows
from .record import (
    REVERSIBLE_MS,
    STARTS_FROM,
    UNDER_WAY,
    Import,
    ImportPhase,
    changed,
    file_claim,
    import_item,
    import_put,
    read_import_record,
)
from .report import expiry_text
from .rows import FIELDS_OF

_UPLOAD_SECONDS: Final = 3600
_REPORT_SECONDS: Final = 300
_MAX_OPEN: Final = 20
_PARTS_LOOKED_AT: Final = 10
_COINS: Final = ("coins", "coins_imported", "coins_reversed")

RUN_IMPORT_ERRORS: Final = (
    errors.IMPORT_NOT_FOUND,
    errors.IMPORT_NOT_IN_STATE,
    errors.VERSION_CONFLICT,
    errors.SERVICE_UNAVAILABLE,
)
APPLY_IMPORT_ERRORS: Final = (*RUN_IMPORT_ERRORS, errors.FILE_ALREADY_IMPORTED)
REVERSE_IMPORT_ERRORS: Final = (*RUN_IMPORT_ERRORS, errors.IMPORT_REVERSAL_CLOSED)
CREATE_IMPORT_ERRORS: Final = (
    errors.NOT_PROGRAM_OWNER,
    errors.IMPORT_LIMIT_REACHED,
    errors.IDEMPOTENCY_KEY_REUSED,
)


@dataclass(frozen=True, slots=True)
class ImportLookup:
    """The import in the path, of this tenant alone."""

    key: Key

    @property
    def keys(self) -> list[Key]:
        return [self.key]


def prefetch_import(claims: Claims, content: object, request: Request) -> ImportLookup:
    id = request.path["id"]
    if not ids.is_id(id, "imp"):
        raise errors.IMPORT_NOT_FOUND()
    return ImportLookup(import_keys.import_key(claims.scope, claims.tenant, id))


def create_import(call: Call[CreateImport]) -> Reply:
    """Announces a file and answers with the link to upload it, which works for an hour."""
    body, caller, now = call.input, call.caller, call.now
    program = _importable_program(call)
    given = call.idempotency_key
    id = ids.derived_id("imp", caller.scope, caller.tenant.id, given) if given else ids.new_id("imp", now)
    record = Import(
        id=id,
        scope=caller.scope,
        tenant=caller.tenant.id,
        program=program.id,
        kind=body.kind,
        file_name=body.file_name,
        size=body.size,
        status="awaiting_upload",
        created_at=now,
        created_by=caller.id,
        address=caller.address,
        scale=program.scale,
        sha256=body.sha256,
    )
    before = call.store.read([record.key])[record.key]
    if before:
        return _created_again(read_import_record(before), record, now)
    open_imports = sum(1 for one in _imports(call) if one.status in UNDER_WAY.values())
    if open_imports >= _MAX_OPEN:
        raise errors.IMPORT_LIMIT_REACHED(figures={"limit": _MAX_OPEN})
    item = {name: value for name, value in import_item(record).items() if value is not None}
    writes = [Put(record.key, item, when=ABSENT), call.act("import created", id, kind=body.kind)]
    if made := commit_creation(call.store, writes, caller=call.request.id):
        return _created_again(read_import_record(made), record, now)
    return Reply(_created(record, now), "Import created", status=201)


def check_import(call: Call[CheckImport]) -> Reply:
    """Starts the dry run of what was uploaded. It changes nothing for any customer."""
    before = loaded_import(call)
    mapping = call.input.mapping.model_dump(exclude_none=True) if call.input.mapping else {}
    wrong = sorted(set(mapping) - set(FIELDS_OF[before.kind]))
    if wrong:
        raise errors.invalid(f"mapping.{wrong[0]}", f"is not used by imports of kind {before.kind}")
    return _launch_or_conflict(
        call, before, "check", mapping=mapping, duplicates=call.input.duplicates, counts={}, expiry={}
    )


def apply_import(call: Call[None]) -> Reply:
    """Brings in the rows that the dry run found ready."""
    before = loaded_import(call)
    _require_state(before, "apply")
    assert before.digest is not None
    key = import_keys.imported_file_key(before.scope, before.tenant, before.digest)
    claimed = call.store.read([key])[key] or {}
    holder = claimed.get("import")
    if holder not in (None, before.id):
        raise _already_imported(str(holder))
    generation = before.generation if holder == before.id else int(claimed.get("gen", 0))
    try:
        return _launch(call, before, "apply", generation=generation, applied_by=call.caller.id)
    except Cancelled as cancelled:
        if cancelled.reasons[-1].failed:
            raise _already_imported(str((cancelled.reasons[-1].item or {}).get("import"))) from None
        raise errors.VERSION_CONFLICT() from None


def reverse_import(call: Call[None]) -> Reply:
    """Takes back everything that the import brought in, as far as customers have not spent it."""
    before = loaded_import(call)
    if before.applied_at and call.now > before.applied_at + REVERSIBLE_MS and before.status != "reverse_failed":
        raise errors.IMPORT_REVERSAL_CLOSED()
    return _launch_or_conflict(call, before, "reverse", applied_by=call.caller.id)


def read_import(call: Call[None]) -> ImportRead:
    record = loaded_import(call)
    phase: ImportPhase | None = None
    for one, at in (("check", record.checked_at), ("apply", record.applied_at), ("reverse", record.reversed_at)):
        if at is not None and record.counts.get("ready") is not None:
            phase = cast(ImportPhase, one)
    link = None
    if phase:
        signed = files.download_link(record.report_key(phase), "text/csv", f"{record.id}-{phase}.csv", _REPORT_SECONDS)
        link = ReportLink(url=signed.url, expires_at=clock.iso(clock.system() + signed.seconds * 1000))
    return ImportRead(**_import_fields(record), report=link)


def list_imports(call: Call[ImportsQuery]) -> Reply:
    """The newest first."""
    query = call.input
    filters = {"list": "imports"}
    before = cursor.open_cursor(call.caller.tenant.id, filters, query.cursor) if query.cursor else None
    found = sorted(_imports(call), key=lambda one: (one.created_at, one.id), reverse=True)
    left = [one for one in found if before is None or f"{clock.iso(one.created_at)}#{one.id}" < before]
    page = left[: query.limit]
    following = None
    if len(left) > query.limit:
        place = f"{clock.iso(page[-1].created_at)}#{page[-1].id}"
        following = cursor.seal_cursor(call.caller.tenant.id, filters, place)
    return Reply(
        [ImportOut(**_import_fields(one)) for one in page], meta={"next_cursor": following, "limit": query.limit}
    )


def list_import_rows(call: Call[ImportRowsQuery]) -> Reply:
    """The rows with the outcome of the last phase, in the order of the file; a page scans up to 5,000 of them."""
    record, query = loaded_import(call), call.input
    stage: RowStage = "reversed" if record.reversed_at else "applied" if record.applied_at else "checked"
    filters = {"list": "import rows", "import": record.id, "status": query.status, "stage": stage}
    start = cursor.open_cursor(call.caller.tenant.id, filters, query.cursor) if query.cursor else "1:0"
    part, after = (int(number) for number in start.split(":"))
    shown: list[ImportRowOut] = []
    looked_at = 0
    parts = record.parts if record.counts.get("ready") is not None else 0
    following = None
    while part <= parts and following is None:
        if looked_at == _PARTS_LOOKED_AT:
            following = f"{part}:{after}"
            break
        try:
            rows = read_rows(record, stage, part)
        except PartMissing:
            raise errors.IMPORT_NOT_FOUND(
                "The rows of this import are no longer kept: files go after 30 days."
            ) from None
        looked_at += 1
        for row in rows:
            if row.number <= after or query.status not in (None, row.state):
                continue
            if len(shown) == query.limit:
                following = f"{part}:{after}"
                break
            shown.append(_row_out(row, record.scale))
            after = row.number
        else:
            part += 1
    sealed = cursor.seal_cursor(call.caller.tenant.id, filters, following) if following else None
    return Reply(shown, meta={"next_cursor": sealed, "limit": query.limit})


def loaded_import(call: Call[Any]) -> Import:
    stored = call.loaded[call.lookup.key]
    if stored is None:
        raise errors.IMPORT_NOT_FOUND()
    return read_import_record(stored)


def _importable_program(call: Call[CreateImport]) -> Program:
    """Balances, profiles and history of a network concern all of its members, so only its owner brings them in."""
    program = counter.program_of(call.caller)
    if call.input.kind != "issue" and program.owner != call.caller.tenant.id:
        raise errors.NOT_PROGRAM_OWNER()
    return program


def _require_state(record: Import, phase: ImportPhase) -> None:
    if record.status not in STARTS_FROM[phase]:
        status = record.status.replace("_", " ")
        raise errors.IMPORT_NOT_IN_STATE(
            errors.IMPORT_NOT_IN_STATE.describe({"status": status}), figures={"status": record.status}
        )


def _launch_or_conflict(call: Call[Any], before: Import, phase: ImportPhase, **changes: Any) -> Reply:
    try:
        return _launch(call, before, phase, **changes)
    except Cancelled:
        raise errors.VERSION_CONFLICT() from None


def _launch(call: Call[Any], before: Import, phase: ImportPhase, **changes: Any) -> Reply:
    """Starts the workflow, then writes the record that it waits for. Raises Cancelled where the import has changed, or
    (the last write) where another import has brought in the file."""
    _require_state(before, phase)
    change = {"status": UNDER_WAY[phase], "phase": phase, "run": before.run + 1, "address": call.caller.address}
    after = changed(before, reason=None, **change, **changes)
    _start_workflow(after)
    announce = None if phase == "check" else f"The import of a file of customers or coins was started: {phase}."
    act = call.act(f"import {phase} started", before.id, announce=announce)
    writes: list[Write] = [import_put(before, after), act]
    if phase == "apply":
        writes.append(file_claim(after))
    call.store.commit(writes, caller=call.request.id)
    return Reply(ImportOut(**_import_fields(after)), "Import is under way", status=202)


def _start_workflow(record: Import) -> None:
    """Its input names the import and holds nothing personal. Started in vain, it finds another run and ends."""
    content = {"scope": record.scope, "tenant": record.tenant, "import": record.id, "run": record.run}
    name = f"{record.id}-{record.run}-{ids.new_id('run').rpartition('_')[2][-8:]}"
    workflows.launch_execution(settings().import_workflow, name, content)


def _already_imported(holder: str) -> errors.Problem:
    kind = errors.FILE_ALREADY_IMPORTED
    return kind(kind.describe({"import_id": holder}), figures={"import_id": holder})


def _imports(call: Call[Any]) -> list[Import]:
    partition = import_keys.imports_partition(call.caller.scope, call.caller.tenant.id)
    rows = call.store.query_all("directory", partition, beginning=import_keys.IMPORT_IDS, consistent=True)
    return [read_import_record(row) for row in rows]


def _created_again(before: Import, asked: Import, now: int) -> Reply:
    def content(one: Import) -> tuple[Any, ...]:
        return (one.program, one.kind, one.file_name, one.size, one.sha256)

    if content(before) != content(asked):
        raise errors.IDEMPOTENCY_KEY_REUSED()
    return Reply(_created(before, now), headers=replay_headers(True), status=201)


def _created(record: Import, now: int) -> ImportCreated:
    link = None
    if record.status == "awaiting_upload":
        signed = files.upload_link(record.upload_key, "text/csv", record.size, _UPLOAD_SECONDS)
        expires = clock.iso(clock.system() + signed.seconds * 1000)
        link = ImportLink(url=signed.url, headers=dict(signed.headers), expires_at=expires)
    return ImportCreated(**_import_fields(record), upload=link)


def _import_fields(record: Import) -> dict[str, Any]:
    counts: Mapping[str, Any] = {
        "duplicates" if name == "duplicate" else name: to_wire(count, record.scale) if name in _COINS else count
        for name, count in record.counts.items()
    }
    return {
        "id": record.id,
        "program_id": record.program,
        "kind": record.kind,
        "status": record.status,
        "file_name": record.file_name,
        "size": record.size,
        "sha256": record.digest,
        "columns": list(record.headers),
        "mapping": ImportMapping(**record.mapping),
        "duplicates": record.duplicates,
        "counts": ImportCounts(**counts),
        "expiring": [
            ExpiringCoins(month=expiry_text(int(month)) or "", coins=to_wire(coins, record.scale))
            for month, coins in sorted(record.expiry.items())
        ],
        "reason": record.reason,
        "reversible_until": clock.iso_or_none(record.applied_at + REVERSIBLE_MS if record.applied_at else None),
        "created_by": record.created_by,
        "created_at": clock.iso(record.created_at),
        "checked_at": clock.iso_or_none(record.checked_at),
        "applied_at": clock.iso_or_none(record.applied_at),
        "reversed_at": clock.iso_or_none(record.reversed_at),
    }


def _row_out(row: CheckedRow, scale: int) -> ImportRowOut:
    said = row.details or {}
    return ImportRowOut(
        line=row.number,
        status=row.state,
        phone=row.phone,
        customer_id=row.customer,
        coins=None if row.coins is None else to_wire(row.coins, scale),
        expires=expiry_text(row.month),
        bill_amount=None if row.bill is None else to_wire(row.bill, INR_SCALE),
        name=said.get("name"),
        occurred_at=clock.iso(said["at"]) if "at" in said else None,
        type=said.get("type"),
        known_customer=row.known,
        previous_balance=to_wire(row.balance, scale),
        moved=to_wire(row.moved, scale),
        transaction_id=row.transaction,
        message=row.message,
    )
