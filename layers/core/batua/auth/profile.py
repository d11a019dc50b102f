"""Changing one's own profile."""

from __future__ import annotations

from typing import Any

from .. import clock, errors, phone
from ..api.endpoint import Call
from ..identity import users
from ..identity.tenant import Tenant
from . import account
from .models import CurrentUser, ProfileChange
from .reauthentication import require_recent


def update_profile(call: Call[ProfileChange]) -> CurrentUser:
    """Changes what the request names, and nothing else. One-time codes go to the phone number, so it takes a proof."""
    user, given, now = account.current_user(call), call.input, clock.system()
    changes: dict[str, Any] = {}
    if given.name is not None:
        changes["name"] = given.name
    if given.phone is not None:
        changes["phone"] = _number(given.phone, call.caller.tenant)
        require_recent(call, user, "profile", given.password, now)
    if not changes:
        return account.current_user_out(call, user)
    done = account.account_audit_entry(call, user, "profile", now, details={"changed": sorted(changes)})
    account.commit_account(call.store, [users.user_change(user, changes), done])
    return account.current_user_out(call, users.load_user(call.store, user.tenant, user.id) or user)


def _number(text: str, tenant: Tenant) -> str | None:
    if not text.strip():
        return None
    try:
        return phone.to_e164(text, tenant.region)
    except phone.PhoneError as refusal:
        raise errors.invalid("phone", str(refusal)) from refusal
