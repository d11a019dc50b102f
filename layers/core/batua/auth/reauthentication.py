"""Proving once more who one is, for a step that a stolen session must not be enough for."""

from __future__ import annotations

from typing import Any

from .. import audit_trail, clock, errors
from ..api.endpoint import Call
from ..identity import mfa, passwords, step_up, throttle, users
from ..identity.throttle import Bucket
from ..identity.users import Credentials, User
from ..store import keys
from . import account
from .models import ProofIssued, Reauthentication


def reauthenticate(call: Call[Reauthentication]) -> ProofIssued:
    """Takes the password or a code of the second factor. Raises WRONG_PASSWORD, WRONG_CODE, MFA_NOT_ON, or a 429."""
    user, given, now = account.current_user(call), call.input, clock.system()
    if (given.password is None) == (given.code is None):
        raise errors.invalid("password", "give exactly one of password and code")
    if given.password is not None:
        throttle.clear_attempts(call.store, require_password(call, user, "reauthentication", given.password, now))
    elif given.code is not None:
        _require_code(call, user, given.code, now)
    done = account.account_audit_entry(
        call, user, "reauthentication", now, details={"with": "password" if given.password is not None else "code"}
    )
    audit_trail.record_act(call.store, done)
    proof = step_up.issue_proof(user.id, str(call.caller.claims.session))
    return ProofIssued(proof=proof, expires_at=clock.iso(now + step_up.PROOF_SECONDS * 1000))


def require_proof(call: Call[Any], user: User, what: str, password: str | None, now: int) -> None:
    """Needs a fresh proof in the header, or the password. Raises REAUTHENTICATION_REQUIRED or WRONG_PASSWORD."""
    if step_up.proof_holds(call.caller.claims, call.request.headers.get(step_up.HEADER.lower())):
        return
    if password is None:
        raise account.recorded_refusal(call, user, what, now, errors.REAUTHENTICATION_REQUIRED)
    throttle.clear_attempts(call.store, require_password(call, user, what, password, now))


def require_password(call: Call[Any], user: User, what: str, password: str, now: int) -> Bucket:
    """The count of wrong passwords, for the caller to clear. Raises WRONG_PASSWORD, or a 429."""
    bucket = throttle.take_attempt_by_name(call.store, throttle.PASSWORD, user.id, now)
    if not passwords.verify_password(_credentials(call, user).password, password):
        raise account.recorded_refusal(call, user, what, now, errors.WRONG_PASSWORD)
    return bucket


def _require_code(call: Call[Any], user: User, code: str, now: int) -> None:
    if user.mfa_since is None:
        raise errors.MFA_NOT_ON()
    bucket = throttle.take_attempt_by_name(call.store, throttle.SECOND_FACTOR, user.id, now)
    credentials = _credentials(call, user)
    accepted = mfa.match_code(credentials, user.id, code, now)
    if accepted is None:
        raise account.recorded_refusal(call, user, "reauthentication", now, errors.WRONG_CODE)
    account.commit_account(
        call.store,
        [mfa.consume_code(user.tenant, user.id, credentials, accepted), bucket.cleared],
        first=errors.WRONG_CODE,
    )


def _credentials(call: Call[Any], user: User) -> Credentials:
    key = keys.credentials_key(user.tenant, user.id)
    return users.read_credentials(call.store.read([key])[key])
