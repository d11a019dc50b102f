"""Two-step sign-in: setting it up, and turning it off."""

from __future__ import annotations

from .. import audit_trail, clock, errors
from ..api.endpoint import Call
from ..identity import mfa, sessions, throttle, users
from ..identity.admin_mfa import must_have_mfa
from ..identity.users import Credentials, User
from ..messages import outbound
from ..messages.model import Message
from ..store import keys
from ..store.writes import EXISTS, Condition, Update
from . import account
from .models import Done, MfaCode, MfaDisable, MfaSetup, MfaStatus, RecoveryCodes
from .reauthentication import require_password, require_proof


def read_mfa_status(call: Call[None]) -> MfaStatus:
    user = account.current_user(call)
    if user.mfa_since is None:
        return MfaStatus(enabled=False, since=None, recovery_codes_left=0)
    left = len(_credentials(call, user).recovery)
    return MfaStatus(enabled=True, since=clock.iso(user.mfa_since), recovery_codes_left=left)


def start_mfa_setup(call: Call[None]) -> MfaSetup:
    """A new secret, shown this once. It counts for nothing until a code of it has been seen."""
    import segno

    user, now = account.current_user(call), clock.system()
    if user.mfa_since is not None:
        raise errors.MFA_ALREADY_ON()
    secret = mfa.new_mfa_secret()
    call.store.write(
        Update(
            keys.credentials_key(user.tenant, user.id),
            set={"mfa_pending": mfa.seal_mfa_secret(user.id, secret), "mfa_pending_at": now},
            when=EXISTS,
        )
    )
    audit_trail.record_act(call.store, account.account_audit_entry(call, user, "mfa_setup_begun", now))
    uri = mfa.otpauth_uri(secret, user.email, call.caller.tenant.name)
    return MfaSetup(
        secret=secret,
        otpauth_uri=uri,
        qr_svg=segno.make(uri, error="m").svg_data_uri(scale=4),
        expires_at=clock.iso(now + mfa.PENDING_MS),
    )


def finish_mfa_setup(call: Call[MfaCode]) -> RecoveryCodes:
    """Turns the second factor on. Sessions that began without it end, but for the one that asks."""
    user, now = account.current_user(call), clock.system()
    if user.mfa_since is not None:
        raise errors.MFA_ALREADY_ON()
    require_proof(call, user, "mfa_on", call.input.password, now)
    bucket = throttle.take_attempt_by_name(call.store, throttle.SECOND_FACTOR, f"{user.id}:setup", now)
    credentials = _credentials(call, user)
    pending = credentials.mfa_pending
    if pending is None or now - credentials.mfa_pending_at > mfa.PENDING_MS:
        raise errors.MFA_NOT_STARTED()
    step = mfa.step_of(mfa.open_mfa_secret(user.id, pending), call.input.code, now)
    if step is None:
        raise account.recorded_refusal(call, user, "mfa_on", now, errors.WRONG_CODE)
    codes = mfa.new_recovery_codes()
    turned_on = Update(
        keys.credentials_key(user.tenant, user.id),
        set={
            "mfa_secret": pending,
            "mfa_step": step,
            "recovery": [mfa.recovery_digest(user.id, code) for code in codes],
        },
        add={"used": 1},
        remove=("mfa_pending", "mfa_pending_at"),
        when=Condition(equal={"mfa_pending": pending, "used": credentials.used}),
    )
    account.commit_account(
        call.store,
        [
            users.user_change(user, {"mfa": now}, end_sessions=True),
            turned_on,
            sessions.session_carryover(str(call.caller.claims.session), user.epoch + 1, enrolled=True),
            account.account_audit_entry(call, user, "mfa_on", now),
            bucket.cleared,
        ],
    )
    outbound.enqueue(Message("mfa_on", user.email, "email", user.tenant, {"name": user.name}, readers=(user.id,)))
    return RecoveryCodes(recovery_codes=codes)


def disable_mfa(call: Call[MfaDisable]) -> Done:
    """Needs the password and a code: a session alone, or a phone alone, is not enough."""
    user, now, given = account.current_user(call), clock.system(), call.input
    if user.mfa_since is None:
        raise errors.MFA_NOT_ON()
    if must_have_mfa(call.caller.tenant, user):
        raise errors.MFA_OBLIGATORY()
    throttle.clear_attempts(call.store, require_password(call, user, "mfa_off", given.password, now))
    bucket = throttle.take_attempt_by_name(call.store, throttle.SECOND_FACTOR, user.id, now)
    credentials = _credentials(call, user)
    if mfa.match_code(credentials, user.id, given.code, now) is None:
        raise account.recorded_refusal(call, user, "mfa_off", now, errors.WRONG_CODE)
    turned_off = mfa.mfa_removal(user.tenant, user.id, credentials)
    account.commit_account(
        call.store,
        [
            users.user_change(user, {"mfa": None}),
            turned_off,
            account.account_audit_entry(call, user, "mfa_off", now),
            bucket.cleared,
        ],
    )
    outbound.enqueue(Message("mfa_off", user.email, "email", user.tenant, {"name": user.name}, readers=(user.id,)))
    return Done()


def _credentials(call: Call[None] | Call[MfaCode] | Call[MfaDisable], user: User) -> Credentials:
    key = keys.credentials_key(user.tenant, user.id)
    return users.read_credentials(call.store.read([key])[key])
