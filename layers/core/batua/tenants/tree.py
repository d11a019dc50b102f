"""The tree of tenants: any depth, never a cycle.

A tenant's item repeats what every request must know of those above it: its path, the suspended ancestor that stops it,
the settings of the program it takes part in. `settle` carries that down. It works from the top, each batch under the
condition that the tenant above is as it was read: so it can be run again at any time, resumes where a crash ended it,
and two that run at once end in the same state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .. import audit_trail, errors, ids
from ..identity.tenant import Tenant, TenantKind, program_item, read_tenant, tenant_item
from ..ledger.model import Program
from ..ledger.posting.shard_scaling import MAX_SHARDS
from ..store import keys
from ..store.store import Cancelled, Contended, Store
from ..store.writes import ABSENT, Delete, Put, Write
from . import profile as profiles
from .as_read import tenant_as_read
from .profile import Profile

MAX_ABOVE: Final = 80
"""Ancestors that a tenant may have: moving one holds all of them in a transaction, which takes a hundred items."""

STANDS_BELOW: Final[Mapping[TenantKind, tuple[TenantKind, ...]]] = {
    "operator": (),
    "parent": ("operator", "parent"),
    "merchant": ("operator", "parent"),
    "application": ("operator", "parent", "merchant"),
}
_BATCH_SIZE: Final = 24
_PAUSES: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
CONSOLE: Final = "console"
"""Who acts where an operator does, with AWS credentials instead of ours."""
_ANNOUNCED: Final[Mapping[str, str]] = {
    "tenant moved": "Your organization was moved under another parent.",
    "tenant suspended": "Your organization was suspended.",
    "tenant resumed": "The suspension of your organization was ended.",
}


@dataclass(frozen=True, slots=True)
class NewTenant:
    kind: TenantKind
    name: str
    slug: str
    parent: str
    region: str = "IN"
    time_zone: str = "Asia/Kolkata"
    legal_name: str | None = None
    products: tuple[str, ...] | None = None
    features: Mapping[str, bool] | None = None
    requests_per_minute: int = 12_000


@dataclass(frozen=True, slots=True)
class PropagationResult:
    """What a walk over a subtree found and mended."""

    seen: int
    changed: int


def load_tenant(store: Store, tenant_id: str) -> Tenant:
    """Raises NOT_FOUND."""
    key = keys.tenant_key(tenant_id)
    record = store.read([key])[key]
    if record is None:
        raise errors.NOT_FOUND()
    return read_tenant(record)


def child_ids(store: Store, tenant_id: str) -> list[str]:
    """The ids of the tenants right below, strongly read."""
    partition, beginning = keys.tenant_items_range(tenant_id, "CHILD")
    found = store.query_all("directory", partition, beginning=beginning, consistent=True)
    return [record["sk"].rpartition("#")[2] for record in found]


def create_tenant(
    store: Store,
    asked: NewTenant,
    now: int,
    *,
    by: str = CONSOLE,
    address: str = CONSOLE,
    id: str | None = None,
    fingerprint: str | None = None,
) -> Tenant:
    """Makes a tenant below another one, stopped where that is, in the program that it takes part in.

    `fingerprint` is kept with it, for requests that are repeated. Raises NOT_FOUND, SLUG_TAKEN (also where `id` is
    taken), TENANT_MISPLACED, or a 400.
    """
    if not keys.is_slug(asked.slug):
        raise errors.invalid("slug", "must be 3 to 48 lower-case letters, digits and hyphens")
    tenant_id = id or ids.new_id("ten", now)
    for pause in _PAUSES:
        parent = load_tenant(store, asked.parent)
        _require_place(asked.kind, parent)
        tenant = Tenant(
            id=tenant_id,
            kind=asked.kind,
            name=asked.name,
            status="active",
            parent=parent.id,
            region=asked.region,
            time_zone=asked.time_zone,
            joined_at=now,
            requests_per_minute=asked.requests_per_minute,
            **_inherited(asked.kind, tenant_id, parent, program=_shared_program(parent)),
        )
        profile = Profile(
            asked.slug,
            asked.legal_name,
            profiles.BY_KIND[asked.kind] if asked.products is None else asked.products,
            asked.features or {},
        )
        writes = [
            *creation_writes(tenant, profile, fingerprint=fingerprint),
            tenant_as_read(parent).check(),
            _audit_put(tenant.id, now, "tenant created", (by, address), {"kind": tenant.kind, "parent": parent.id}),
        ]
        try:
            store.commit(writes)
            return tenant
        except Cancelled as refused:
            # The tenant's own item and the slug's entry come first; the other condition is that of the tenant above.
            if any(reason.failed for reason in refused.reasons[:2]):
                raise errors.SLUG_TAKEN() from refused
        except Contended:
            pass
        store.sleep(pause)
    raise errors.BUSY(headers={"Retry-After": "1"})


def creation_writes(tenant: Tenant, profile: Profile, *, fingerprint: str | None = None) -> list[Write]:
    """The writes that put a tenant into its place: its item, its slug, its profile, and the link from above."""
    writes: list[Write] = [
        Put(keys.tenant_key(tenant.id), {**tenant_item(tenant), "fp": fingerprint}, when=ABSENT),
        Put(keys.slug_key(profile.slug), {"tenant": tenant.id}, when=ABSENT),
        Put(keys.profile_key(tenant.id), profiles.profile_item(profile), when=ABSENT),
    ]
    if tenant.parent:
        writes.append(Put(keys.child_key(tenant.parent, tenant.id), {"kind": tenant.kind}))
    return writes


def move_tenant(
    store: Store,
    tenant_id: str,
    parent_id: str,
    now: int,
    *,
    by: str = CONSOLE,
    address: str = CONSOLE,
    why: str | None = None,
    guard: Callable[[Tenant, Program | None], None] | None = None,
) -> PropagationResult:
    """Puts a tenant, with all below it, under another one. Raises TENANT_IN_CYCLE, TENANT_MISPLACED, NOT_FOUND.

    Every tenant above the new place is held as it was read, so that two moves at once cannot close a circle. A tenant
    that so comes into another program needs new keys: the old ones name the other program's books. `guard` is called
    with the tenant as read and the program that it would have, and raises what forbids the move.
    """
    for pause in _PAUSES:
        tenant = load_tenant(store, tenant_id)
        above = _upwards(store, parent_id)
        parent = above[0]
        if tenant.id in {each.id for each in above}:
            raise errors.TENANT_IN_CYCLE()
        if tenant.parent is None:
            raise errors.TENANT_MISPLACED("The operator is the root of the tree.")
        _require_place(tenant.kind, parent, len(above))
        if tenant.parent == parent.id:
            return propagate(store, tenant.id)
        repeated = _inherited(tenant.kind, tenant.id, parent, program=_carried_program(tenant, parent))
        repeated["path"] = tuple(each.id for each in reversed(above))
        if guard is not None:
            guard(tenant, repeated["program"])
        writes: list[Write] = [
            tenant_as_read(tenant).change(
                {**_stored_form(repeated), "parent": parent.id, "g1p": keys.children_partition(parent.id)}
            ),
            Delete(keys.child_key(tenant.parent, tenant.id)),
            Put(keys.child_key(parent.id, tenant.id), {"kind": tenant.kind}),
            *(tenant_as_read(each).check() for each in above),
            _audit_put(
                tenant.id, now, "tenant moved", (by, address), {"from": tenant.parent, "to": parent.id, "why": why}
            ),
        ]
        try:
            store.commit(writes)
            return propagate(store, tenant.id)
        except (Cancelled, Contended):
            store.sleep(pause)
    raise errors.BUSY(headers={"Retry-After": "1"})


def suspend_tenant(
    store: Store, tenant_id: str, now: int, *, why: str | None = None, by: str = CONSOLE, address: str = CONSOLE
) -> PropagationResult:
    """Stops a tenant's users and keys at once, and those of all below it. Done again, it goes on where it ended."""
    return _set_status(store, tenant_id, "suspended", now, (by, address), why)


def resume_tenant(
    store: Store, tenant_id: str, now: int, *, by: str = CONSOLE, address: str = CONSOLE
) -> PropagationResult:
    """Ends a suspension. Tenants below that are suspended themselves stay so, with all below them."""
    return _set_status(store, tenant_id, "active", now, (by, address), None)


def set_capacity(
    store: Store,
    tenant_id: str,
    now: int,
    *,
    per_minute: int | None = None,
    least_shards: int | None = None,
    by: str = CONSOLE,
    address: str = CONSOLE,
) -> Tenant:
    """Sets how many requests each of a tenant's credentials may make in a minute, and over how many shards at least its
    postings spread, at once and from now on. Raises NOT_FOUND, or a 400.

    A higher number of shards that postings have made themselves stays until they find it quiet.
    """
    if least_shards is not None and not 1 <= least_shards <= MAX_SHARDS:
        raise errors.invalid("least", f"must be 1 to {MAX_SHARDS}")
    for pause in _PAUSES:
        tenant = load_tenant(store, tenant_id)
        wanted: dict[str, int] = {} if per_minute is None else {"rpm": per_minute}
        if least_shards is not None:
            shards = max(least_shards, tenant.shards)
            wanted |= {"shards": shards, "shards_least": least_shards, "spread_at": now}
        try:
            store.commit(
                [
                    tenant_as_read(tenant).change(wanted),
                    _audit_put(tenant.id, now, "capacity set", (by, address), wanted),
                ]
            )
            return load_tenant(store, tenant_id)
        except (Cancelled, Contended):
            store.sleep(pause)
    raise errors.BUSY(headers={"Retry-After": "1"})


def propagate(store: Store, tenant_id: str) -> PropagationResult:
    """Carries down what the items below a tenant repeat: path, stopping ancestor, program.

    Call it after any change of these on a tenant, with `version` counted up: after a program's settings have been
    written to its owner's item, this brings them to the desk of every tenant below that takes part in it.
    """
    seen = changed = 0
    waiting = deque([tenant_id])
    while waiting:
        parent = waiting.popleft()
        below = child_ids(store, parent)
        for start in range(0, len(below), _BATCH_SIZE):
            changed += _propagate_batch(store, parent, below[start : start + _BATCH_SIZE])
        seen += len(below)
        waiting.extend(below)
    return PropagationResult(seen, changed)


def _propagate_batch(store: Store, parent_id: str, below: Sequence[str]) -> int:
    above = keys.tenant_key(parent_id)
    wanted = [keys.tenant_key(each) for each in below]
    for pause in _PAUSES:
        found = store.read([above, *wanted])
        record = found[above]
        if record is None:
            return 0
        parent = read_tenant(record)
        updates = []
        for key in wanted:
            here = found[key]
            tenant = read_tenant(here) if here else None
            if tenant is None or tenant.parent != parent.id:
                continue  # moved away since the list was read, and settled there
            repeated = _inherited(tenant.kind, tenant.id, parent, program=_carried_program(tenant, parent))
            if any(getattr(tenant, name) != value for name, value in repeated.items()):
                updates.append(tenant_as_read(tenant).change(_stored_form(repeated)))
        if not updates:
            return 0
        try:
            store.commit([tenant_as_read(parent).check(), *updates])
            return len(updates)
        except (Cancelled, Contended):
            store.sleep(pause)
    raise Contended("tenants kept changing while a change of one above them was carried down")


def _inherited(kind: TenantKind, tenant_id: str, parent: Tenant, *, program: Program | None) -> dict[str, Any]:
    """What a tenant's item repeats of the one above it, by the names of `Tenant`."""
    may_take_part = kind in ("parent", "merchant") or (program is not None and program.owner == tenant_id)
    return {
        "path": (*parent.path, parent.id),
        "stopped_by": parent.stopped_by or (None if parent.status == "active" else parent.id),
        "program": program if may_take_part else None,
    }


def _shared_program(parent: Tenant) -> Program | None:
    """The network's program that tenants created below take part in. The operator's own networks are
    joined by invitation alone."""
    program = parent.program if parent.kind == "parent" else None
    return program if program and program.kind == "network" else None


def _is_own(tenant: Tenant, program: Program | None) -> bool:
    """Whether the tenant has the program in its own right: as its owner, or because it accepted an invitation."""
    return program is not None and (program.owner == tenant.id or program.id == tenant.member_of)


def _carried_program(tenant: Tenant, parent: Tenant) -> Program | None:
    """The program after a change above. A tenant without one stays without: it joins a network only by its consent."""
    if tenant.program is None or _is_own(tenant, tenant.program):
        return tenant.program
    return _shared_program(parent)


def _stored_form(repeated: Mapping[str, Any]) -> dict[str, Any]:
    program = repeated["program"]
    return {**repeated, "path": list(repeated["path"]), "program": program_item(program) if program else None}


def _set_status(
    store: Store, tenant_id: str, status: str, now: int, by: tuple[str, str], why: str | None
) -> PropagationResult:
    for pause in _PAUSES:
        tenant = load_tenant(store, tenant_id)
        if tenant.kind == "operator":
            raise errors.TENANT_MISPLACED("The operator can't be suspended: nobody could end it.")
        if tenant.status == "closed":
            raise errors.TENANT_MISPLACED("The tenant is closed.")
        if tenant.status == status:
            return propagate(store, tenant.id)
        word = "tenant suspended" if status == "suspended" else "tenant resumed"
        try:
            store.commit(
                [tenant_as_read(tenant).change({"status": status}), _audit_put(tenant.id, now, word, by, {"why": why})]
            )
            return propagate(store, tenant.id)
        except (Cancelled, Contended):
            store.sleep(pause)
    raise errors.BUSY(headers={"Retry-After": "1"})


def _upwards(store: Store, tenant_id: str) -> list[Tenant]:
    """A tenant and all above it, by their own words: paths may be waiting for `settle`. Raises NOT_FOUND."""
    found = [load_tenant(store, tenant_id)]
    while (above := found[-1].parent) is not None:
        if len(found) > MAX_ABOVE:
            raise errors.TENANT_MISPLACED("The tree is as deep as it may be.")
        found.append(load_tenant(store, above))
    return found


def _require_place(kind: TenantKind, parent: Tenant, above: int | None = None) -> None:
    if parent.kind not in STANDS_BELOW[kind]:
        raise errors.TENANT_MISPLACED(f"A tenant of kind {kind} can't stand below one of kind {parent.kind}.")
    if (len(parent.path) + 1 if above is None else above) > MAX_ABOVE:
        raise errors.TENANT_MISPLACED("The tree is as deep as it may be.")


def _audit_put(tenant: str, now: int, what: str, by: tuple[str, str], details: Mapping[str, Any]) -> Put:
    """`by`: who acted, and from which address."""
    present = {name: value for name, value in details.items() if value is not None}
    return audit_trail.audit_entry(
        "live",
        tenant,
        now,
        what=what,
        who=by[0],
        address=by[1],
        reference=tenant,
        details=present or None,
        announce=_ANNOUNCED.get(what),
    )


def subtree(store: Store, tenant_id: str) -> Iterable[tuple[int, Tenant]]:
    """A tenant and all below it, each with its depth below the first; parents before their children."""
    waiting = [(0, tenant_id)]
    while waiting:
        depth, id = waiting.pop()
        yield depth, load_tenant(store, id)
        waiting += [(depth + 1, child) for child in reversed(child_ids(store, id))]
