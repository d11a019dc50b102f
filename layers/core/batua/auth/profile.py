"""Changing one's own profile."""

from __future__ import annotations

from typing import Any

from .. import clock, errors, phone
from ..api.endpoint import Call
from ..identity import otp, users
from ..identity.tenant import Tenant
from ..identity.users import User
from ..messages import outbound
from ..messages.model import Message
from ..store.writes import Write
from . import account
from .models import PhoneVerification, ProfileChange, ProfileSaved
from .reauthentication import require_proof


def update_profile(call: Call[ProfileChange]) -> ProfileSaved:
    """Changes what the request names, and nothing else.

    A phone number changes in two steps: with a proof of identity, a code goes to the new number; with that code, the
    number is saved and the owner is notified by mail. Removing the number needs the proof as well.
    """
    user, given, now = account.current_user(call), call.input, clock.system()
    changes: dict[str, Any] = {}
    spent: list[Write] = []
    verification: PhoneVerification | None = None
    if given.name is not None:
        changes["name"] = given.name
    if given.phone is not None:
        number = _number(given.phone, call.caller.tenant)
        if number is not None and number != user.phone:
            if given.otp_id and given.otp_code:
                spent = [_verified(call, user, number, now)]
                changes["phone"] = number
            else:
                require_proof(call, user, "profile", given.password, now)
                verification = _send_code(call, user, number, now)
        elif number is None and user.phone is not None:
            require_proof(call, user, "profile", given.password, now)
            changes["phone"] = None
    if not changes:
        return _profile_saved(call, user, verification)
    done = account.account_audit_entry(call, user, "profile", now, details={"changed": sorted(changes)})
    account.commit_account(call.store, [users.user_change(user, changes), done, *spent])
    if "phone" in changes:
        values = {
            "name": user.name,
            "when": clock.iso(now),
            "phone": phone.masked(changes["phone"]) if changes["phone"] else "none",
        }
        outbound.enqueue(Message("phone_changed", user.email, "email", user.tenant, values, readers=(user.id,)))
    return _profile_saved(call, users.load_user(call.store, user.tenant, user.id) or user, verification)


def _profile_saved(call: Call[Any], user: User, verification: PhoneVerification | None) -> ProfileSaved:
    return ProfileSaved(**account.current_user_out(call, user).model_dump(), phone_verification=verification)


def _send_code(call: Call[Any], user: User, number: str, now: int) -> PhoneVerification:
    sent = otp.issue_otp(call.store, user, "phone_verification", number, "sms", now, to=number)
    return PhoneVerification(otp_id=sent.id, sent_to=sent.sent_to, expires_at=clock.iso(sent.expires_at))


def _verified(call: Call[ProfileChange], user: User, number: str, now: int) -> Write:
    given = call.input
    return otp.check_otp(
        call.store, user.id, given.otp_id or "", given.otp_code or "", "phone_verification", number, now
    )


def _number(text: str, tenant: Tenant) -> str | None:
    if not text.strip():
        return None
    try:
        return phone.to_e164(text, tenant.region, mobile=False)
    except phone.PhoneError as refusal:
        raise errors.invalid("phone", str(refusal)) from refusal
