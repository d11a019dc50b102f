"""The signed-in user, and what all use cases of an account share."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from .. import audit_trail, clock, errors
from ..api.endpoint import Call
from ..errors import ErrorKind, Problem
from ..identity import csrf, users
from ..identity.users import User
from ..store import keys
from ..store.store import Cancelled, Contended, Store
from ..store.writes import Put, Write
from .models import CurrentUser, DeletionPlanned, TenantSummary

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
    return current_user_out(call, current_user(call))


def current_user(call: Call[Any]) -> User:
    """The user behind a call, as read when it was admitted."""
    record = call.loaded[keys.user_key(call.caller.tenant.id, call.caller.id)]
    if record is None:
        raise errors.UNAUTHENTICATED()
    return users.read_user(record)


def account_audit_entry(call: Call[Any], user: User, what: str, at: int, **more: Any) -> Put:
    """The audit item of something that a user does with their own account, which the sandbox has no other of."""
    return audit_trail.audit_entry(
        "live",
        user.tenant,
        at,
        what=what,
        who=user.id,
        address=call.caller.address,
        request_id=call.request.id,
        **more,
    )


def recorded_refusal(call: Call[Any], user: User, what: str, at: int, kind: ErrorKind) -> Problem:
    """The refusal of a proof that a signed-in user showed, with its line in the audit trail written."""
    audit_trail.record_act(call.store, account_audit_entry(call, user, what, at, outcome=kind.code))
    problem = kind()
    problem.recorded = True
    return problem


def commit_account(store: Store, writes: Sequence[Write], *, first: ErrorKind = errors.VERSION_CONFLICT) -> None:
    """All writes or none. Raises `first` where the first does not hold, VERSION_CONFLICT where another does not."""
    refused = commit_with_retry(store, writes)
    if refused is not None:
        raise (first if refused.reasons[0].failed else errors.VERSION_CONFLICT)()


def commit_with_retry(store: Store, writes: Sequence[Write]) -> Cancelled | None:
    """All writes or none, tried again where others are at the same items. Returns why not, where a condition failed."""
    for pause in (0.02, 0.05, 0.1):
        try:
            store.commit(writes)
            return None
        except Cancelled as refused:
            return refused
        except Contended:
            time.sleep(pause)
    raise errors.BUSY(headers={"Retry-After": "1"})


def current_user_out(call: Call[Any], user: User) -> CurrentUser:
    tenant, allowed = call.caller.tenant, call.caller.permissions
    program = tenant.program
    by_cookie = "authorization" not in call.request.headers
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
            # Above those whom the operator made itself there is only the operator.
            asks_parent=tenant.kind != "parent" and len(tenant.path) > 1,
            region=tenant.region,
            time_zone=tenant.time_zone,
            program_id=program.id if program else None,
            program_name=program.name if program else None,
            owns_program=program is not None and program.owner == tenant.id,
        ),
        deletion=DeletionPlanned(id=user.deletion, erase_at=clock.iso(user.deletion_at))
        if user.deletion and user.deletion_at
        else None,
        created_at=clock.iso(user.created_at),
        version=user.version,
        csrf_token=csrf.csrf_token(str(call.caller.claims.session)) if by_cookie else None,
    )
