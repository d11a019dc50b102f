"""Carries a network's settings to the counters of its members.

Each member's tenant item repeats the program, so that a request at the counter needs no further read. A change leaves a
marker in the same transaction; the request carries it as far as a moment allows, and a schedule carries the rest.
It may run any number of times, at once too: a copy is written under the version of the program and of the tenant that
were read, the marker says how far it has come, and it goes only if the program is still the one that was carried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from ..identity.tenant import Tenant, program_item, read_program, read_tenant
from ..ledger.model import Program
from ..store import keys, program_keys
from ..store.store import Cancelled, Contended, Record, Store
from ..store.writes import Check, Condition, Delete, Put, Update, Write
from ..tenants import tree
from ..tenants.as_read import tenant_as_read

_BATCH_SIZE: Final = 24
_MAX_ATTEMPTS: Final = 6


def carry_marker(program: Program, now: int) -> Put:
    """Written with a change of the program."""
    item = {"owner": program.owner, "ver": program.version, "at": now}
    return Put(program_keys.carry_key(program.id), item)


def carry_program(store: Store, program_id: str, more_time: Callable[[], bool]) -> bool:
    """Carries the program as it is to all its members. Returns whether that is done; if not, call it again."""
    key = program_keys.carry_key(program_id)
    while more_time():
        marker = store.read([key])[key]
        if marker is None:
            return True
        if _carry_all(store, program_id, marker, more_time):
            as_read = Condition(equal={"ver": marker["ver"]})
            try:
                store.commit([Delete(key, when=as_read)])
            except Cancelled:
                continue  # it has been changed meanwhile: from the beginning
            return True
    return False


def waiting_programs(store: Store) -> list[Record]:
    """The markers of programs that have not reached all their members, the oldest change first."""
    found = store.query_all("directory", program_keys.CARRY_PARTITION, consistent=True)
    return sorted(found, key=lambda marker: int(marker["at"]))


def member_rows(store: Store, program_id: str, after: str | None = None) -> list[Record]:
    """A page of a program's members and invitations, in the order of their ids."""
    page = store.query(
        "directory",
        program_keys.members_partition(program_id),
        since=None if after is None else after + "!",
        limit=_BATCH_SIZE,
        consistent=True,
    )
    return page.items


def _carry_all(store: Store, program_id: str, marker: Record, more_time: Callable[[], bool]) -> bool:
    after = marker.get("after")
    if after is None:
        tree.propagate(store, marker["owner"])  # tenants that were created below the network's own tenant
    while rows := member_rows(store, program_id, after):
        active = [row["sk"] for row in rows if row["st"] == "active"]
        for parent in _carry_batch(store, program_id, marker["owner"], active):
            tree.propagate(store, parent)
        after = rows[-1]["sk"]
        progress = Update(marker_key(marker), set={"after": after}, when=Condition(equal={"ver": marker["ver"]}))
        try:
            store.commit([progress])
        except Cancelled:
            return False
        if not more_time():
            return False
    return True


def marker_key(marker: Record) -> keys.Key:
    return program_keys.carry_key(marker["sk"])


def _carry_batch(store: Store, program_id: str, owner: str, members: Sequence[str]) -> list[str]:
    """Renews these members' copies. Returns those that may have tenants of their own below them."""
    source, places = keys.program_key(owner, program_id), [keys.tenant_key(member) for member in members]
    for attempt in range(_MAX_ATTEMPTS):
        found = store.read([source, *places])
        record = found[source]
        if record is None or not places:
            return []
        program = read_program(record)
        tenants = [read_tenant(stored) for place in places if (stored := found[place])]
        writes = [copy_write(tenant, program) for tenant in tenants if _is_stale(tenant, program)]
        parents = [tenant.id for tenant in tenants if tenant.kind == "parent"]
        if not writes:
            return parents
        try:
            store.commit([Check(source, version_as_read(program)), *writes])
            return parents
        except (Cancelled, Contended):
            store.sleep(0.02 * 2**attempt)
    raise Contended("members kept changing while a program was carried to them")


def _is_stale(tenant: Tenant, program: Program) -> bool:
    return tenant.program is not None and tenant.program.id == program.id and tenant.program != program


def copy_write(tenant: Tenant, program: Program, **more: Any) -> Write:
    """The program's copy at a tenant's counter, under the version of the tenant that was read."""
    return tenant_as_read(tenant).change({"program": program_item(program), **more})


def version_as_read(program: Program) -> Condition:
    """The program is still of this version. The first one is not written down."""
    if program.version == 1:
        return Condition(present=("pk",), missing=("ver",))
    return Condition(equal={"ver": program.version})
