"""Changing a password, and setting a new one by a link in a mail."""

from __future__ import annotations

from typing import Any

from .. import audit_trail, clock, errors
from ..api.cookies import set_cookie
from ..api.endpoint import Call
from ..api.styles import Reply
from ..identity import one_time_links, passwords, sessions, throttle, users
from ..identity.users import User
from ..ids import new_id as new_id
from ..messages import outbound
from ..messages.model import Message
from ..store.store import Store
from . import account
from .models import Done, PasswordChange, PasswordReset, PasswordSet, PasswordSetConfirm
from .reauthentication import require_password
from .sign_in import DEVICE_COOKIE

RESET_SECONDS = 3600
RESET_REQUEST = "password_reset_request"
"""The message that asks for a link. Whether there is such an account is looked up where nobody waits for it."""


def change_password(call: Call[PasswordChange]) -> Done:
    """Needs the present password. The session that asks goes on, all others end."""
    user, given, now = account.current_user(call), call.input, clock.system()
    passwords.require_strong(given.new_password, email=user.email, field="new_password")
    if given.new_password == given.current_password:
        raise errors.invalid("new_password", "must differ from the present password")
    bucket = require_password(call, user, "password_change", given.current_password, now)
    account.commit_account(
        call.store,
        [
            users.user_change(user, {}, end_sessions=True),
            users.password_change(user, passwords.hash_password(given.new_password)),
            sessions.session_carryover(str(call.caller.claims.session), user.epoch + 1),
            account.account_audit_entry(call, user, "password_change", now),
            bucket.cleared,
        ],
    )
    _tell_changed(user, now)
    return Done()


def request_password_reset(call: Call[PasswordReset]) -> Done:
    """Answers the same for every address, in the same time: nothing is looked up here."""
    email = users.normal_email(call.input.email)
    throttle.take_attempt_by_name(
        call.store, throttle.RESET, throttle.address_name(call.request.address), clock.system()
    )
    outbound.enqueue(Message(RESET_REQUEST, email))
    return Done()


def password_reset_message(store: Store, email: str, now: int) -> Message | None:
    """The mail with the link, for the owner of an address; None where there is none, or too many were sent."""
    user = users.find_user(store, email)
    if user is None or user.status != "active":
        return None
    try:
        throttle.take_attempt_by_name(store, throttle.MAIL, f"reset:{user.id}", now)
    except errors.Problem:
        return None
    token, put = one_time_links.issue_link("password", user, now, seconds=RESET_SECONDS)
    store.write(put)
    values = {"name": user.name, "link": one_time_links.link_url("password", token)}
    return Message("password_reset", user.email, "email", user.tenant, values, readers=(user.id,))


def confirm_password_reset(call: Call[PasswordSetConfirm]) -> Reply:
    """Sets the password; where the link is an invitation, that accepts it.

    A person who can read the account's mail owns it: their device counts as known from now on.
    """
    now = clock.system()
    grant = one_time_links.redeem_link(call.store, ("password", "invitation"), call.input.token, now)
    user = users.load_user(call.store, grant.tenant, grant.user)
    invited = grant.purpose == "invitation"
    if user is None or user.status != ("invited" if invited else "active") or not grant.is_for(user):
        raise errors.LINK_INVALID()
    if not invited and grant.epoch != user.epoch:
        # A change of the password, by another link or from within, ends the links that were sent before.
        raise errors.LINK_INVALID()
    passwords.require_strong(call.input.new_password, email=user.email, field="new_password")
    done = audit_trail.audit_entry(
        "live",
        user.tenant,
        now,
        what="invitation_accepted" if invited else "password_reset",
        who=user.id,
        address=call.request.address,
        request_id=call.request.id,
    )
    changes: dict[str, Any] = {"verified": now} if user.email_verified_at is None else {}
    if invited:
        changes["status"] = "active"
    account.commit_account(
        call.store,
        [
            grant.spent,
            users.user_change(user, changes, end_sessions=True),
            users.password_change(user, passwords.hash_password(call.input.new_password)),
            done,
            throttle.attempts_reset(throttle.ACCOUNT, users.login_digest(user.email)),
        ],
        first=errors.LINK_INVALID,
    )
    if not invited:
        _tell_changed(user, now)
    device = sessions.device_token(user.id, new_id("dev", now))
    return Reply(
        PasswordSet(device_token=device), cookies=(set_cookie(DEVICE_COOKIE, device, sessions.DEVICE_SECONDS),)
    )


def _tell_changed(user: User, now: int) -> None:
    values = {"name": user.name, "when": clock.iso(now)}
    outbound.enqueue(Message("password_changed", user.email, "email", user.tenant, values, readers=(user.id,)))
