"""A tenant's people: invited, given roles, suspended by those who hold as much themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Literal

from pydantic import Field

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import Instant, Model, PlainText
from ..api.styles import Reply
from ..identity import one_time_links, throttle, users
from ..identity.admin_mfa import must_enrol
from ..identity.roles import ROLES, Role, assignable, permissions, permits_roles
from ..identity.users import TeamProposal, User
from ..messages import outbound
from ..messages.model import Message
from ..store import keys
from ..store.store import Cancelled, Contended, Record, commit_unless_changed
from ..store.writes import Write
from . import four_eyes, last_admin
from .audit_entries import tenant_audit_entry
from .pages import tenant_items_page
from .profile import MAX_TEAM

INVITATION_SECONDS: Final = 7 * 86_400
_PAUSES: Final = (0.02, 0.05, 0.1, 0.2)

DESCRIPTIONS: Final[dict[str, str]] = {
    "viewer": "Reads the ledger, the figures and the audit trail.",
    "cashier": "Issues and redeems coins at the counter.",
    "merchant_admin": "Runs a merchant: the counter, customers, reversals, earning rules, reports.",
    "tenant_admin": "All that a merchant's administrator may, and the tenant's team, keys, networks and branding.",
    "staff": "Reviews tenants' requests for the operator.",
    "super_admin": "Runs the deployment: approves networks and decides on tenants.",
}


class RoleOut(Model):
    role: Role
    description: str
    permissions: list[str]


class Invite(Model):
    email: str = Field(max_length=254)
    name: PlainText
    roles: list[Role] = Field(min_length=1, max_length=len(ROLES))


class UserChange(Model):
    """Changes what it names."""

    roles: list[Role] | None = Field(None, min_length=1, max_length=len(ROLES))
    status: Literal["active", "suspended"] | None = None
    version: int | None = Field(None, ge=1, description="As read; refuses the change where it is no longer that.")


class TeamQuery(Model):
    status: Literal["invited", "active", "suspended"] | None = None
    limit: int = Field(50, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class ProposedChange(Model):
    """A change of the operator's team that takes effect once a second super admin asks for the same."""

    by: str
    at: Instant
    roles: list[str]
    status: str


class Member(Model):
    id: str
    email: str
    name: str
    roles: list[str]
    status: str
    email_verified: bool
    mfa_enabled: bool
    created_at: Instant
    version: int
    proposed: ProposedChange | None


class Invited(Member):
    invitation_expires_at: Instant


def list_assignable_roles(call: Call[None]) -> list[RoleOut]:
    return [
        RoleOut(role=role, description=DESCRIPTIONS[role], permissions=sorted(ROLES[role]))
        for role in assignable(call.caller.permissions)
    ]


def list_users(call: Call[TeamQuery]) -> Reply:
    """In the order in which they were invited."""
    status = call.input.status

    def listed(record: Record) -> Member | None:
        user = users.read_user(record)
        return _member_response(user) if user.status != "erased" and status in (None, user.status) else None

    found, meta = tenant_items_page(call, "USER", {"list": "team", "status": status}, listed)
    return Reply(found, meta=meta)


def invite_user(call: Call[Invite]) -> Invited:
    """Mails a link that sets a password and opens the account. Invited again, someone gets a new link.

    Raises EMAIL_TAKEN for an address that has an account, or an invitation elsewhere that has not run out;
    ROLE_NOT_YOURS. In the operator's team the link is sent once a second super admin invites the same person with the
    same roles.
    """
    given, tenant = call.input, call.caller.tenant.id
    roles = list(dict.fromkeys(given.roles))
    _require_own(call.caller.permissions, roles)

    def require_own_of(invited: User) -> None:
        _require_own(call.caller.permissions, invited.roles)

    return send_invitation(call, tenant, given.email, given.name, roles, guard=require_own_of)


def send_invitation(
    call: Call[Any],
    tenant: str,
    address: str,
    name: str,
    roles: list[Role],
    *,
    guard: Callable[[User], None] | None = None,
) -> Invited:
    """Invites somebody to a tenant. Whether the caller may give these roles there is for the use case to say.

    `guard` is called with the user who is invited already, and raises where they can't be invited again.
    """
    caller, now, own = call.caller, clock.system(), tenant == call.caller.tenant.id
    email = users.normal_email(address)
    throttle.take_attempt_by_name(call.store, throttle.MAIL, f"invitation:{tenant}:{users.login_digest(email)}", now)
    found = users.find_user(call.store, email)
    former = found if found and found.tenant != tenant and _has_run_out(found, now) else None
    present = found if former is None else None
    if present is not None and (present.tenant != tenant or present.status != "invited"):
        raise errors.EMAIL_TAKEN()
    if present is None and len(users.list_tenant_users(call.store, tenant)) >= MAX_TEAM:
        raise errors.TEAM_FULL(figures={"limit": MAX_TEAM})
    user = present or users.new_user(tenant, email, name, roles, now, status="invited")
    if present is not None and guard is not None:
        guard(present)
    unchanged = present and not present.proposal and set(present.roles) == set(roles)
    wanted = TeamProposal(caller.id, now, tuple(roles), "invited")
    waits = own and not unchanged and four_eyes.must_wait(call, user, wanted)
    until = now + INVITATION_SECONDS * 1000
    inviter = four_eyes.initiator(user, caller.id)
    changes: dict[str, Any] = {
        "roles": roles,
        "name": name,
        "inviter": inviter,
        "invited_until": until,
        "proposal": users.proposal_item(wanted) if waits else None,
    }
    what = "user proposed" if waits else "user invited"
    announce = f"{name} was {'proposed' if waits else 'invited'} as {', '.join(roles)}."
    token, put = one_time_links.issue_link("invitation", user, now, seconds=INVITATION_SECONDS)
    facts = {"roles": roles}
    writes: list[Write] = [tenant_audit_entry(call, what, user.id, facts, tenant=tenant, announce=announce)]
    writes += [] if waits else [put]
    if present is not None:
        commit_unless_changed(call.store, [users.user_change(user, changes), *writes])
        user = users.load_user(call.store, user.tenant, user.id) or user
    else:
        user = replace(user, inviter=inviter, invited_until=until, proposal=wanted if waits else None)
        if former is not None:
            users.readdress_user(call.store, user, former, *writes)
        else:
            users.create_user(call.store, user, None, *writes)
    if not waits:
        values = {
            "name": name,
            "inviter": _inviter_name(call),
            "until": clock.iso(until)[:10],
            "link": one_time_links.link_url("invitation", token),
        }
        outbound.enqueue(Message("invitation", email, "email", tenant, values, readers=(user.id, caller.id)))
    return Invited(**_member_response(user).model_dump(), invitation_expires_at=clock.iso(until))


def _has_run_out(user: User, now: int) -> bool:
    """Whether this is an invitation that nobody accepted in time: it holds its address no longer."""
    until = user.invited_until or user.created_at + INVITATION_SECONDS * 1000
    return user.status == "invited" and now >= until


def update_user(call: Call[UserChange]) -> Member:
    """Gives other roles, suspends, or lets in again. A suspension ends all sessions at once, and so does a role that
    takes a second factor, for who has none.

    Raises ROLE_NOT_YOURS where the caller lacks what the user holds or would hold, LAST_ADMIN, USER_NOT_ACTIVE. In the
    operator's team the change is made once a second super admin asks for the same.
    """
    given, caller = call.input, call.caller
    user_id = call.path["id"]
    if not ids.is_id(user_id, "usr"):
        raise errors.NOT_FOUND()
    for pause in _PAUSES:
        user = users.load_user(call.store, caller.tenant.id, user_id)
        if user is None or user.status == "erased":
            raise errors.NOT_FOUND()
        if given.version is not None and given.version != user.version:
            raise errors.VERSION_CONFLICT()
        roles = list(dict.fromkeys(given.roles)) if given.roles is not None else list(user.roles)
        _require_own(caller.permissions, user.roles, roles)
        status = given.status or user.status
        if user.status == "invited" and given.status == "active":
            raise errors.USER_NOT_ACTIVE()
        if (status, roles) == (user.status, list(user.roles)):
            return _member_response(user)
        keeping = last_admin.remaining_admin_writes(call.store, user, roles_after=roles if status == "active" else ())
        wanted = TeamProposal(caller.id, clock.system(), tuple(roles), status)
        details = {"roles": roles, "status": status}
        if four_eyes.must_wait(call, user, wanted):
            keeping, write = [], users.user_change(user, {"proposal": users.proposal_item(wanted)})
            what, how = "user change proposed", "is proposed to be"
        else:
            changes: dict[str, Any] = {"roles": roles, "status": status, "proposal": None}
            if set(roles) - set(user.roles):
                changes["inviter"] = four_eyes.initiator(user, caller.id)
            # Whoever becomes an administrator and needs a second factor for it sets it up before anything else.
            becomes = replace(user, roles=tuple(roles))
            ends = status == "suspended" or (must_enrol(caller.tenant, becomes) and not must_enrol(caller.tenant, user))
            write = users.user_change(user, changes, end_sessions=ends)
            what, how = "user changed", "is now"
        announce = f"{user.name} {how} {status}, with the roles {', '.join(roles)}."
        try:
            call.store.commit([write, *keeping, tenant_audit_entry(call, what, user.id, details, announce=announce)])
        except (Cancelled, Contended):
            call.store.sleep(pause)
            continue
        return _member_response(users.load_user(call.store, user.tenant, user.id) or user)
    raise errors.BUSY(headers={"Retry-After": "1"})


def _require_own(held: frozenset[str], *given: Any) -> None:
    """Nobody gives or takes what they do not hold themselves."""
    for roles in given:
        if not permits_roles(held, roles):
            lacking = sorted(role for role in roles if not permits_roles(held, (role,)))
            raise errors.ROLE_NOT_YOURS(figures={"roles": lacking, "lacking": sorted(permissions(roles) - held)})


def _inviter_name(call: Call[Any]) -> str:
    """How the one who invites is called."""
    record = call.loaded.get(keys.user_key(call.caller.tenant.id, call.caller.id))
    return str((record or {}).get("name") or "An administrator")


def _member_response(user: User) -> Member:
    return Member(
        id=user.id,
        email=user.email,
        name=user.name,
        roles=list(user.roles),
        status=user.status,
        email_verified=user.email_verified_at is not None,
        mfa_enabled=user.mfa_since is not None,
        created_at=clock.iso(user.created_at),
        version=user.version,
        proposed=ProposedChange(
            by=user.proposal.by,
            at=clock.iso(user.proposal.at),
            roles=list(user.proposal.roles),
            status=user.proposal.status,
        )
        if user.proposal
        else None,
    )
