"""Proving once more who one is, for a step that a stolen session must not be enough for."""

from __future__ import annotations

from typing import Any, Final

from .. import audit_trail, errors
from ..api.endpoint import Call
from ..identity import passwords, throttle, users
from ..identity.sessions import read_session
from ..identity.throttle import Bucket
from ..identity.users import User
from ..store import keys
from . import account

RECENT_MS: Final = 15 * 60_000
"""Who signed in so lately need not show the password again."""


def require_recent(call: Call[Any], user: User, what: str, password: str | None, now: int) -> None:
    """Raises REAUTHENTICATION_REQUIRED where the session is older and no password given; or WRONG_PASSWORD."""
    session = call.loaded[keys.session_key(str(call.caller.claims.session))]
    if session is not None and now - read_session(session).started_at < RECENT_MS:
        return
    if password is None:
        raise errors.REAUTHENTICATION_REQUIRED()
    throttle.clear_attempts(call.store, require_password(call, user, what, password, now))


def require_password(call: Call[Any], user: User, what: str, password: str, now: int) -> Bucket:
    """The count of attempts, to be cleared with what the password allows. Raises WRONG_PASSWORD, or a 429."""
    bucket = throttle.take_attempt_by_name(call.store, throttle.SECOND_FACTOR, user.id, now)
    key = keys.credentials_key(user.tenant, user.id)
    if not passwords.verify_password(users.read_credentials(call.store.read([key])[key]).password, password):
        audit_trail.record_act(call.store, account.account_audit_entry(call, user, what, now, outcome="wrong_password"))
        raise errors.WRONG_PASSWORD()
    return bucket
