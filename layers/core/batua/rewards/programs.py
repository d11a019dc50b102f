"""Coin programs: made, read, listed, changed and retired by the tenant that owns them.

A tenant runs one program of kind closed, whose copy is in the tenant item. A network is owned by the operator, or by
the parent tenant that it was set up for. An application has as many wallet types as it needs.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import validated
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..canonical import content_fingerprint
from ..identity.credentials import Claims
from ..identity.tenant import Tenant
from ..ledger.model import Program
from ..store import keys
from ..store.keys import Key
from ..store.store import Cancelled, Contended, Found, commit_unless_changed
from ..store.writes import ABSENT, Put, Write
from . import program_locks
from .program import ProgramRecord, program_record_item, read_program_record
from .program_carry import carry_marker, carry_program, copy_write, version_as_read
from .program_models import CreateProgram, ProgramIn, ProgramOut, ProgramsQuery, ReplaceProgram, UpdateProgram
from .program_wire import program_from, program_out, program_wire
from .tier_wire import tier_benefits

MAX_PROGRAMS: Final = 50
"""Programs that one tenant may own, retired ones included."""

_CARRY_SECONDS: Final = 3.0

CREATE_PROGRAM_ERRORS: Final = (
    errors.PROGRAM_EXISTS,
    errors.PROGRAM_LIMIT_REACHED,
    errors.IDEMPOTENCY_KEY_REUSED,
    errors.VERSION_CONFLICT,
)
RETIRE_PROGRAM_ERRORS: Final = (errors.PROGRAM_NOT_FOUND, errors.VERSION_CONFLICT)
CHANGE_PROGRAM_ERRORS: Final = (
    *RETIRE_PROGRAM_ERRORS,
    errors.PROGRAM_RETIRED,
    errors.PROGRAM_IN_USE,
    errors.PROGRAM_NOT_PAUSED,
)


@dataclass(frozen=True, slots=True)
class ProgramLookup:
    """The program in the path: in the caller's own partition, or in that of the network that it takes part in."""

    places: tuple[Key, ...]

    @property
    def keys(self) -> Sequence[Key]:
        return self.places

    def record(self, found: Found) -> ProgramRecord | None:
        stored = next((found[place] for place in self.places if found[place]), None)
        return read_program_record(stored) if stored else None


def prefetch_program(claims: Claims, content: object, request: Request) -> ProgramLookup:
    id = request.path["id"]
    if not ids.is_id(id, "prg", "waty"):
        raise errors.PROGRAM_NOT_FOUND()
    owners = [claims.tenant, *([claims.owner] if claims.program == id else [])]
    return ProgramLookup(tuple(keys.program_key(owner, id) for owner in dict.fromkeys(owners)))


def read_program_settings(call: Call[None]) -> Reply:
    """A program that this tenant owns or takes part in."""
    record = call.lookup.record(call.loaded)
    if record is None:
        raise errors.PROGRAM_NOT_FOUND()
    return _reply(call, record)


def list_programs(call: Call[ProgramsQuery]) -> list[ProgramOut]:
    """All that this tenant owns, and the network that it is a member of; the newest first."""
    tenant, query = call.caller.tenant, call.input
    records = owned_programs(call)
    shared = tenant.program
    if shared and shared.owner != tenant.id:
        key = keys.program_key(shared.owner, shared.id)
        stored = call.store.read([key])[key]
        records += [read_program_record(stored)] if stored else []
    records.sort(key=lambda record: (record.program.created_at, record.program.id), reverse=True)
    return [
        program_out(record, call.now, role_in(tenant, record.program))
        for record in records
        if query.kind in (None, record.program.kind) and query.status in (None, record.program.status)
    ]


def create_program(call: Call[CreateProgram]) -> Reply:
    """Makes a program of this tenant's own; with an idempotency key, once."""
    body, tenant, key = call.input, call.caller.tenant, call.idempotency_key
    _require_may_create(call, body)
    prefix = "waty" if body.kind == "application" else "prg"
    id = ids.derived_id(prefix, tenant.id, "create", key) if key is not None else ids.new_id(prefix, call.now)
    hash = content_fingerprint("programs.create", body.model_dump(exclude={"idempotency_key"}))
    there = owned_programs(call)
    before = next((record for record in there if record.program.id == id), None)
    if before:
        return _created_before(call, before, hash)
    if len(there) >= MAX_PROGRAMS:
        raise errors.PROGRAM_LIMIT_REACHED(figures={"limit": MAX_PROGRAMS})
    if body.kind == "closed":
        _require_free_desk(tenant, there, call.now)
    program = program_from(body, tenant, None, id, call.now)
    record = ProgramRecord(
        program,
        body.description,
        body.terms_url,
        updated_at=call.now,
        updated_by=call.caller.id,
        activated_at=None if program.status == "draft" else call.now,
        status_at=call.now,
        mir_at=call.now,
        tier_benefits=tier_benefits(program, body.tiers),
        content_hash=hash,
    )
    writes: list[Write] = [
        Put(keys.program_key(tenant.id, id), program_record_item(record), when=ABSENT),
        *((copy_write(tenant, program),) if body.kind == "closed" else ()),
        _audit_put(call, "program created", record),
    ]
    try:
        call.store.commit(writes, caller=call.request.id)
    except Cancelled as cancelled:
        stored = cancelled.reasons[0].item
        if stored is None:
            raise errors.VERSION_CONFLICT() from None
        return _created_before(call, read_program_record(stored), hash)
    data = program_out(record, call.now, "owner")
    return Reply(data, "Program created. Sign in again, and create API keys, to issue its coins.", headers=_tag(record))


def replace_program(call: Call[ReplaceProgram]) -> Reply:
    """Puts these settings in the place of the program's."""
    return _commit_change(call, own_program(call), call.input, call.input.version, "program replaced")


def update_program(call: Call[UpdateProgram]) -> Reply:
    """Changes some settings; the outcome is validated as a whole."""
    before = own_program(call)
    if before.program.status == "retired":
        raise errors.PROGRAM_RETIRED()
    changed = call.input.model_dump(exclude={"version"}, exclude_unset=True)
    whole = {**program_wire(before), **changed}
    if changed.get("earn_percent") is not None and "rules" not in changed:
        whole.pop("rules")
    content = validated(ProgramIn, {name: value for name, value in whole.items() if value is not None})
    return _commit_change(call, before, content, call.input.version, "program changed")


def retire_program(call: Call[None]) -> Reply:
    """Ends a program: no coins are issued any more, those that were can be spent. Done again, it changes nothing."""
    before = own_program(call)
    _require_version(call, before, None)
    if before.program.status == "retired":
        return _reply(call, before)
    program = replace(before.program, status="retired", version=before.program.version + 1)
    after = replace(
        before,
        program=program,
        updated_at=call.now,
        updated_by=call.caller.id,
        status_at=call.now,
        mir_at=call.now,  # no ratio holds from now on
        last_lot=before.last_lot_at(call.now),
    )
    return commit_program(call, before, after, "program retired")


def own_program(call: Call[Any]) -> ProgramRecord:
    """The program in the path, where the caller's tenant owns it. Any other looks as if it were not there."""
    record: ProgramRecord | None = call.lookup.record(call.loaded)
    if record is None or record.program.owner != call.caller.tenant.id:
        raise errors.PROGRAM_NOT_FOUND()
    return record


def owned_programs(call: Call[Any]) -> list[ProgramRecord]:
    partition = keys.tenant_key(call.caller.tenant.id).pk
    found = call.store.query_all("directory", partition, beginning="PROGRAM#", consistent=True)
    return [read_program_record(record) for record in found]


def role_in(tenant: Tenant, program: Program) -> Literal["owner", "member", "invited"]:
    if program.owner == tenant.id:
        return "owner"
    return "member" if tenant.program and tenant.program.id == program.id else "invited"


def _expires_alike(program: Program, was: Program) -> bool:
    return (program.expiry_months, program.pending_days) == (was.expiry_months, was.pending_days)


def _require_may_create(call: Call[Any], body: ProgramIn) -> None:
    tenant = call.caller.tenant
    if body.kind == "network" and tenant.kind != "operator":
        raise errors.FORBIDDEN("Only the operator can create networks. Merchants join by invitation.")
    if body.kind != "network" and tenant.kind == "operator":
        raise errors.invalid("kind", "must be network: the operator has no customers of its own")
    if body.kind == "closed" and tenant.kind == "application":
        raise errors.invalid("kind", "must be application for a tenant of that kind")


def _require_free_desk(tenant: Tenant, there: Sequence[ProgramRecord], now: int) -> None:
    """A tenant has one program at its counter. The next one can start when no customer can hold coins of the last."""
    present = tenant.program
    if present is None:
        return
    record = next((record for record in there if record.program.id == present.id), None)
    if record is None:
        raise errors.PROGRAM_EXISTS(f"This tenant is a member of the network {present.name}.")
    if record.is_spent(now):
        return
    last, over = record.spendable_until(), record.over_since
    if over is None or now < over or last is None:
        raise errors.PROGRAM_EXISTS(f"This tenant already runs {present.name}. Change or retire that program.")
    until = (
        "that never expire"
        if last == clock.NO_EXPIRY
        else f"that can be spent until the end of {clock.month_text(last)}"
    )
    raise errors.PROGRAM_EXISTS(
        f"{present.name} has ended, but customers may hold coins of it {until}. Create the next program after that."
    )


def _commit_change(call: Call[Any], before: ProgramRecord, body: ProgramIn, version: int | None, what: str) -> Reply:
    if before.program.status == "retired":
        raise errors.PROGRAM_RETIRED()
    _require_version(call, before, version)
    now, was = call.now, before.program
    program_locks.require_same_kind(was, body.kind)
    if was.status != "draft" and body.status == "draft":
        raise errors.invalid("status", "must be active or paused: coins may have been issued")
    program = program_from(body, call.caller.tenant, was, was.id, now)
    program_locks.require_changeable(call.store, call.caller, before, program, now)
    after = replace(
        before,
        program=program,
        description=body.description,
        terms_url=body.terms_url,
        updated_at=now,
        updated_by=call.caller.id,
        activated_at=before.activated_at or (None if program.status == "draft" else now),
        status_at=before.status_at if program.status == was.status else now,
        mir_at=before.mir_at if program.mir == was.mir and program.ends_at == was.ends_at else now,
        last_lot=before.last_lot if _expires_alike(program, was) else before.last_lot_at(now),
        tier_benefits=tier_benefits(program, body.tiers),
    )
    return commit_program(call, before, after, what)


def commit_program(call: Call[Any], before: ProgramRecord, after: ProgramRecord, what: str, *more: Write) -> Reply:
    """Writes the program with the copy at its owner's counter, under the version that was read."""
    program, tenant = after.program, call.caller.tenant
    at_desk = tenant.program is not None and tenant.program.id == program.id
    writes: list[Write] = [
        Put(
            keys.program_key(program.owner, program.id),
            program_record_item(after),
            when=version_as_read(before.program),
        ),
        *((copy_write(tenant, program),) if at_desk else ()),
        *((carry_marker(program, call.now),) if program.kind == "network" else ()),
        _audit_put(call, what, after),
        *more,
    ]
    commit_unless_changed(call.store, writes, caller=call.request.id)
    if program.kind == "network":
        _carry(call, program.id)
    return _reply(call, after)


def _carry(call: Call[Any], id: str) -> None:
    """Brings the change to the members' counters as far as a moment allows; the schedule does the rest."""
    ends = time.monotonic() + _CARRY_SECONDS
    with suppress(Contended):
        carry_program(call.store, id, lambda: time.monotonic() < ends)


def _require_version(call: Call[Any], record: ProgramRecord, version: int | None) -> None:
    """By `If-Match`, or by the version in the body. Raises VERSION_CONFLICT where it has moved on, or a 400."""
    given = call.request.headers.get("if-match")
    if given is not None and given.strip() != "*":
        bare = given.strip().removeprefix("W/").strip('"')
        if not bare.isdecimal():
            raise errors.invalid("If-Match", 'must be the ETag of the program as read, such as "3"')
        if int(bare) != record.program.version:
            raise errors.VERSION_CONFLICT(figures={"version": record.program.version})
    if version is not None and version != record.program.version:
        raise errors.VERSION_CONFLICT(figures={"version": record.program.version})


def _created_before(call: Call[Any], record: ProgramRecord, hash: bytes) -> Reply:
    if record.content_hash != hash:
        raise errors.IDEMPOTENCY_KEY_REUSED()
    reply = _reply(call, record)
    return replace(reply, headers={**reply.headers, **replay_headers(True)})


def _reply(call: Call[Any], record: ProgramRecord) -> Reply:
    return Reply(program_out(record, call.now, role_in(call.caller.tenant, record.program)), headers=_tag(record))


def _tag(record: ProgramRecord) -> dict[str, str]:
    return {"ETag": f'"{record.program.version}"'}


def _audit_put(call: Call[Any], what: str, record: ProgramRecord) -> Put:
    program = record.program
    announce = f"Coin program “{program.name}”: {what}."
    return call.act(
        what, program.id, announce=announce, version=program.version, status=program.status, kind=program.kind
    )
