"""The signed-in user, and their profile."""

from __future__ import annotations

from typing import Any

from .. import audit, clock, errors, phone
from ..api.endpoint import Call
from ..identity import users
from ..identity.users import User
from ..store import keys
from ..store.store import Cancelled
from ..tenants.model import Tenant
from .models import CurrentUser, DeletionPlanned, ProfileChange, TenantSummary

FEATURES: tuple[tuple[str, str], ...] = (
    ("counter", "coins:issue"),
    ("customers", "customers:read"),
    ("ledger", "ledger:read"),
    ("rules", "rules:write"),
    ("audit", "audit:read"),
    ("team", "tenant:admin"),
    ("review", "platform:review"),
    ("platform", "platform:admin"),
)
"""Part of the product -> the permission that opens it."""


def read_current_user(call: Call[None]) -> CurrentUser:
    return _shown(call, of(call))


def update_profile(call: Call[ProfileChange]) -> CurrentUser:
    """Changes what the request names, and nothing else."""
    user, given = of(call), call.input
    changes: dict[str, Any] = {}
    if given.name is not None:
        changes["name"] = given.name
    if given.phone is not None:
        changes["phone"] = _number(given.phone, call.caller.tenant)
    if not changes:
        return _shown(call, user)
    done = audit.act(
        call.caller.mode,
        user.tenant,
        clock.system(),
        what="profile",
        who=user.id,
        address=call.caller.address,
        request_id=call.request.id,
        details={"changed": sorted(changes)},
    )
    try:
        call.store.commit([users.change(user, changes), done])
    except Cancelled as refused:
        raise errors.VERSION_CONFLICT() from refused
    changed = users.read(call.store, user.tenant, user.id)
    return _shown(call, changed or user)


def of(call: Call[Any]) -> User:
    """The user behind a call, as read when it was admitted."""
    record = call.found[keys.user(call.caller.tenant.id, call.caller.id)]
    if record is None:
        raise errors.UNAUTHENTICATED()
    return users.read_user(record)


def _number(text: str, tenant: Tenant) -> str | None:
    if not text.strip():
        return None
    try:
        return phone.to_e164(text, tenant.region)
    except phone.PhoneError as refusal:
        raise errors.invalid("phone", str(refusal)) from refusal


def _shown(call: Call[Any], user: User) -> CurrentUser:
    tenant, allowed = call.caller.tenant, call.caller.permissions
    program = tenant.program
    return CurrentUser(
        id=user.id,
        email=user.email,
        name=user.name,
        phone=user.phone,
        email_verified=user.email_verified_at is not None,
        mfa_enabled=user.mfa_since is not None,
        roles=list(user.roles),
        permissions=sorted(allowed),
        features=[feature for feature, permission in FEATURES if permission in allowed],
        mode=call.caller.mode,
        tenant=TenantSummary(
            id=tenant.id,
            name=tenant.name,
            kind=tenant.kind,
            parent_id=tenant.parent,
            region=tenant.region,
            time_zone=tenant.time_zone,
            program_id=program.id if program else None,
            program_name=program.name if program else None,
        ),
        deletion=DeletionPlanned(id=user.deletion, erase_at=clock.iso(user.deletion_at))
        if user.deletion and user.deletion_at
        else None,
        created_at=clock.iso(user.created_at),
        version=user.version,
    )
