"""How merchants come into a network: its owner invites them, and each accepts the version of the terms that it read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import Field

from .. import audit_trail, clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Instant, Model
from ..api.request import Request
from ..api.styles import Reply
from ..identity.credentials import Claims
from ..identity.tenant import read_tenant
from ..ledger.model import Program
from ..store import keys, program_keys
from ..store.keys import Key
from ..store.store import Cancelled, Record, commit_unless_changed
from ..store.writes import ABSENT, Check, Condition, Put, Update, Write
from . import programs
from .program import ProgramRecord, read_program_record
from .program_carry import copy_write, version_as_read
from .program_models import ProgramOut, WholeNumber
from .program_wire import program_out
from .programs import ProgramLookup

MEMBER_ERRORS: Final = (errors.PROGRAM_NOT_FOUND,)
INVITE_ERRORS: Final = (
    errors.PROGRAM_NOT_FOUND,
    errors.PROGRAM_RETIRED,
    errors.NOT_A_NETWORK,
    errors.NOT_FOUND,
    errors.ALREADY_MEMBER,
    errors.VERSION_CONFLICT,
)
WITHDRAW_ERRORS: Final = (errors.PROGRAM_NOT_FOUND, errors.INVITATION_NOT_FOUND, errors.ALREADY_MEMBER)
ANSWER_INVITATION_ERRORS: Final = (
    errors.INVITATION_NOT_FOUND,
    errors.PROGRAM_EXISTS,
    errors.PROGRAM_RETIRED,
    errors.VERSION_CONFLICT,
)

MemberStatus = Literal["invited", "active", "declined", "withdrawn", "left", "removed"]


class InviteMember(Model):
    tenant_id: str = Field(description="The merchant, `ten_…`.", examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])


class MemberOut(Model):
    tenant_id: str
    name: str | None
    status: MemberStatus
    version_in_force: int | None = Field(
        description="The version of the program at the member's counter now.", examples=[3]
    )
    accepted_version: int | None = Field(description="The version that the member agreed to.", examples=[2])
    invited_at: Instant
    answered_at: Instant | None


class MembersQuery(Model):
    limit: int = Field(50, ge=1, le=100)
    cursor: str | None = None


class InvitationOut(Model):
    program: ProgramOut
    invited_at: Instant


class AcceptInvitation(Model):
    version: WholeNumber = Field(
        ge=1, description="The program's version that you have read and agree to.", examples=[1]
    )


@dataclass(frozen=True, slots=True)
class InvitationLookup:
    """The invitation of the caller's tenant to the program in the path."""

    place: Key

    @property
    def keys(self) -> Sequence[Key]:
        return (self.place,)


def prefetch_invitation(claims: Claims, content: object, request: Request) -> InvitationLookup:
    id = request.path["id"]
    if not ids.is_id(id, "prg"):
        raise errors.INVITATION_NOT_FOUND()
    return InvitationLookup(program_keys.member_key(id, claims.tenant))


def invite_member(call: Call[InviteMember]) -> Reply:
    """Invites a merchant. Invited already, it stays so; declined or withdrawn, it is invited anew."""
    record, tenant_id = network_of(call), call.input.tenant_id
    if record.program.status == "retired":
        raise errors.PROGRAM_RETIRED()
    if not ids.is_id(tenant_id, "ten"):
        raise errors.NOT_FOUND()
    place, tenant_key = program_keys.member_key(record.program.id, tenant_id), keys.tenant_key(tenant_id)
    found = call.store.read([place, tenant_key])
    there, stored = found[place], found[tenant_key]
    tenant = read_tenant(stored) if stored else None
    if tenant is None or tenant.kind not in ("merchant", "parent") or not tenant.active:
        raise errors.NOT_FOUND()
    if tenant.program and tenant.program.id == record.program.id:
        raise errors.ALREADY_MEMBER()
    if there and there["st"] == "invited":
        return Reply(_member_out(there, stored, record.program), "Invitation sent before")
    row = {
        "owner": record.program.owner,
        "st": "invited",
        "at": call.now,
        "by": call.caller.id,
        "g1p": program_keys.invitations_partition(tenant_id),
        "g1s": record.program.id,
    }
    if there and "since" in there:
        row["since"] = there["since"]  # who was a member before does not become a new merchant
    as_read = Condition(equal={"st": there["st"]}) if there else ABSENT
    act = member_act(call, "member invited", record.program.id, tenant_id)
    commit_unless_changed(call.store, [Put(place, row, when=as_read), act], caller=call.request.id)
    made = {"pk": place.pk, "sk": place.sk, **row}
    return Reply(_member_out(made, stored, record.program), "Invitation sent", status=201)


def list_members(call: Call[MembersQuery]) -> Reply:
    """Members and invitations, with the program version in force at each member's counter."""
    record, query = network_of(call), call.input
    filters = {"list": "members", "program": record.program.id}
    tenant_id = call.caller.tenant.id
    after = cursor.open_cursor(tenant_id, filters, query.cursor) if query.cursor else None
    page = call.store.query(
        "directory",
        program_keys.members_partition(record.program.id),
        since=None if after is None else after + "!",
        limit=query.limit,
        consistent=True,
    )
    desks = call.store.read([keys.tenant_key(row["sk"]) for row in page.items]) if page.items else {}
    shown = [_member_out(row, desks[keys.tenant_key(row["sk"])], record.program) for row in page.items]
    following = cursor.seal_cursor(tenant_id, filters, page.items[-1]["sk"]) if page.last else None
    return Reply(shown, meta={"next_cursor": following, "limit": query.limit})


def withdraw_invitation(call: Call[None]) -> MemberOut:
    """Takes an invitation back that has not been accepted. Done again, it changes nothing."""
    record, tenant_id = network_of(call), call.path["tenant_id"]
    if not ids.is_id(tenant_id, "ten"):
        raise errors.INVITATION_NOT_FOUND()
    place, tenant_key = program_keys.member_key(record.program.id, tenant_id), keys.tenant_key(tenant_id)
    found = call.store.read([place, tenant_key])
    row = found[place]
    if row is None:
        raise errors.INVITATION_NOT_FOUND()
    if row["st"] == "active":
        raise errors.ALREADY_MEMBER("The merchant has accepted and is a member; its customers hold coins.")
    if row["st"] == "invited":
        change = _answer_update(place, "withdrawn", call)
        act = member_act(call, "invitation withdrawn", record.program.id, tenant_id)
        try:
            call.store.commit([change, act], caller=call.request.id)
        except Cancelled:
            raise errors.ALREADY_MEMBER() from None
        row = {**row, **change.set}
    return _member_out(row, found[tenant_key], record.program)


def list_invitations(call: Call[None]) -> list[InvitationOut]:
    """The networks that this tenant was invited to and has not answered."""
    partition = program_keys.invitations_partition(call.caller.tenant.id)
    rows = [row for row in call.store.query_all("directory", partition, index="by_parent") if row["st"] == "invited"]
    places = {row["g1s"]: keys.program_key(row["owner"], row["g1s"]) for row in rows}
    found = call.store.read(places.values()) if places else {}
    shown = []
    for row in rows:
        stored = found[places[row["g1s"]]]
        if stored and stored.get("status") != "retired":
            out = program_out(read_program_record(stored), call.now, "invited")
            shown.append(InvitationOut(program=out, invited_at=clock.iso(row["at"])))
    return shown


def accept_invitation(call: Call[AcceptInvitation]) -> Reply:
    """Joins the network. From now on this tenant's counter issues and redeems the network's coins."""
    tenant, row = call.caller.tenant, _invitation(call)
    record = _inviting_program(call, row)
    program = record.program
    if program.status == "retired":
        raise errors.PROGRAM_RETIRED()
    if call.input.version != program.version:
        raise errors.VERSION_CONFLICT(
            "The program has changed since you read it. Read it again before you agree.",
            figures={"version": program.version},
        )
    if tenant.program:
        own = [one for one in programs.owned_programs(call) if one.program.id == tenant.program.id]
        if not own or not own[0].is_spent(call.now):
            raise errors.PROGRAM_EXISTS(f"This tenant already runs {tenant.program.name}. It can't take part in two.")
    # Earning rules of its own would count in another program's coins.
    rules: dict[str, Any] = {"rules": [], "rules_version": tenant.rules_version + 1} if tenant.rules else {}
    source = keys.program_key(program.owner, program.id)
    writes: list[Write] = [
        _answer_update(call.lookup.place, "active", call, agreed=program.version),
        Check(source, version_as_read(program)),
        copy_write(tenant, program, member=[program.id, row.get("since", call.now)], **rules),
        member_act(call, "network joined", program.id, tenant.id, version=program.version),
        member_act(call, "member joined", program.id, tenant.id, of=program.owner),
    ]
    commit_unless_changed(call.store, writes, caller=call.request.id)
    data = program_out(record, call.now, "member")
    return Reply(data, "Network joined. Sign in again, and create new API keys: earlier ones name other books.")


def decline_invitation(call: Call[None]) -> InvitationOut:
    """Answers an invitation with no. The network's owner may invite again."""
    row = _invitation(call)
    record = _inviting_program(call, row)
    act = member_act(call, "invitation declined", record.program.id, call.caller.tenant.id)
    decline = _answer_update(call.lookup.place, "declined", call)
    commit_unless_changed(call.store, [decline, act], caller=call.request.id)
    return InvitationOut(program=program_out(record, call.now, "invited"), invited_at=clock.iso(row["at"]))


def network_of(call: Call[Any]) -> ProgramRecord:
    """The network in the path, of the caller's tenant. Raises PROGRAM_NOT_FOUND, NOT_A_NETWORK."""
    lookup: ProgramLookup = call.lookup
    record = lookup.record(call.loaded)
    if record is None or record.program.owner != call.caller.tenant.id:
        raise errors.PROGRAM_NOT_FOUND()
    if record.program.kind != "network":
        raise errors.NOT_A_NETWORK()
    return record


def _invitation(call: Call[Any]) -> Record:
    row = call.loaded[call.lookup.place]
    if row is None or row["st"] != "invited":
        raise errors.INVITATION_NOT_FOUND()
    return row


def _inviting_program(call: Call[Any], row: Record) -> ProgramRecord:
    key = keys.program_key(row["owner"], row["g1s"])
    stored = call.store.read([key])[key]
    if stored is None:
        raise errors.INVITATION_NOT_FOUND()
    return read_program_record(stored)


def _answer_update(place: Key, status: MemberStatus, call: Call[Any], agreed: int | None = None) -> Update:
    changed: dict[str, Any] = {"st": status, "answered": call.now, "answered_by": call.caller.id}
    if agreed is not None:
        changed["agreed"] = agreed
    return Update(place, set=changed, when=Condition(equal={"st": "invited"}))


def _member_out(row: Record, tenant_record: Record | None, program: Program) -> MemberOut:
    tenant = read_tenant(tenant_record) if tenant_record else None
    copy = tenant.program if tenant and tenant.program and tenant.program.id == program.id else None
    return MemberOut(
        tenant_id=row["sk"],
        name=tenant.name if tenant else None,
        status=row["st"],
        version_in_force=copy.version if copy else None,
        accepted_version=row.get("agreed"),
        invited_at=clock.iso(row["at"]),
        answered_at=clock.iso(row["answered"]) if row.get("answered") else None,
    )


_ANNOUNCED: Final = {
    "member invited": "A merchant was invited into your network.",
    "network joined": "Your shop has joined a network. Customers now collect and spend its coins with you.",
    "member joined": "A merchant has joined your network.",
    "network left": "Your shop is no longer in its network. Customers keep their coins, and use them elsewhere.",
    "member left": "A merchant has left your network.",
    "member removed": "A merchant was removed from your network.",
}


def member_act(
    call: Call[Any], what: str, program: str, member: str, *, of: str | None = None, version: int | None = None
) -> Put:
    """On the trail of the caller's tenant, or of the one named by `of`."""
    return audit_trail.audit_entry(
        call.caller.mode,
        of or call.caller.tenant.id,
        call.now,
        what=what,
        who=call.caller.id,
        address=call.caller.address,
        reference=program,
        request_id=call.request.id,
        details={"member": member, **({"version": version} if version is not None else {})},
        announce=_ANNOUNCED.get(what),
    )
