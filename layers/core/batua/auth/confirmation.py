"""Confirming an e-mail address, and asking for one-time codes."""

from __future__ import annotations

from typing import Any

from .. import audit_trail, clock, errors
from ..api.endpoint import Call
from ..identity import one_time_links, otp, throttle, users
from ..identity.users import User
from ..messages import outbound
from ..messages.model import Message
from ..store.store import Store
from ..store.writes import Put
from . import account
from .models import Done, EmailToken, OtpRequest, OtpSent

VERIFY_SECONDS = 3 * 86_400


def email_verification(user: User, now: int, *, activates: bool = False) -> tuple[Put, Message]:
    """The write that makes a link good, and the mail that carries it."""
    token, put = one_time_links.issue_link("email", user, now, seconds=VERIFY_SECONDS, more={"activates": activates})
    values = {"name": user.name, "link": one_time_links.link_url("email", token)}
    return put, Message("verify_email", user.email, "email", user.tenant, values, readers=(user.id,))


def resend_verification_email(call: Call[None]) -> Done:
    user, now = account.current_user(call), clock.system()
    if user.email_verified_at is not None:
        raise errors.EMAIL_ALREADY_VERIFIED()
    throttle.take_attempt_by_name(call.store, throttle.MAIL, f"verify:{user.id}", now)
    _send(call.store, user, now)
    return Done()


def verify_email(call: Call[EmailToken]) -> Done:
    """Takes the link's token. Of someone who registered it is the first sign of life, and opens the account."""
    now = clock.system()
    grant = one_time_links.redeem_link(call.store, ("email",), call.input.token, now)
    user = users.load_user(call.store, grant.tenant, grant.user)
    if user is None or not grant.is_for(user) or user.status not in ("active", "invited"):
        raise errors.LINK_INVALID()
    changes: dict[str, Any] = {"verified": now}
    if grant.more.get("activates") and user.status == "invited":
        changes["status"] = "active"
    done = audit_trail.audit_entry(
        "live",
        user.tenant,
        now,
        what="email_verified",
        who=user.id,
        address=call.request.address,
        request_id=call.request.id,
    )
    account.commit_account(call.store, [grant.spent, users.user_change(user, changes), done], first=errors.LINK_INVALID)
    return Done()


def request_otp(call: Call[OtpRequest]) -> OtpSent:
    """Mails a code to the account's own address. Nothing about the code is the caller's choice."""
    user = account.current_user(call)
    now = clock.system()
    sent = otp.issue_otp(call.store, user, call.input.purpose, user.id, "email", now)
    asked = account.account_audit_entry(call, user, "code_requested", now, details={"purpose": call.input.purpose})
    audit_trail.record_act(call.store, asked)
    return OtpSent(otp_id=sent.id, channel="email", sent_to=sent.sent_to, expires_at=clock.iso(sent.expires_at))


def _send(store: Store, user: User, now: int) -> None:
    put, message = email_verification(user, now)
    store.write(put)
    outbound.enqueue(message)
