"""Signing in with a user name, a password and, where it is on, a second factor.

A stranger learns nothing from the answer or its time: whether a name exists, a password is right for a suspended user,
or a tenant is closed. Every attempt makes the same round trips and one argon2 verification.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import audit_trail, clock, errors, ids
from ..api.cookies import set_cookie
from ..api.endpoint import Call
from ..api.styles import Reply
from ..identity import csrf, mfa, passwords, sessions, throttle, users
from ..identity.admin_mfa import must_enrol
from ..identity.credentials import SESSION_COOKIE, presented_session
from ..identity.mfa import AcceptedCode
from ..identity.sessions import Session
from ..identity.tenant import Tenant, read_tenant
from ..identity.throttle import Bucket
from ..identity.users import Credentials, User
from ..messages import outbound
from ..messages.model import Message
from ..store import keys
from ..store.store import Cancelled, Contended, Record, Store
from ..store.writes import ABSENT, Put, Write
from .account import commit_with_retry
from .models import CsrfToken, SessionBegun, SignedInUser, SignIn, TokensIssued

DEVICE_COOKIE = "__Host-batua_device"
UNKNOWN_ACCOUNT = "0" * 26


@dataclass(frozen=True, slots=True)
class SignInAccount:
    """Who signs in, read and not yet proven. The ids of nobody where there is no such user."""

    tenant_id: str
    user_id: str
    tenant: Tenant | None = None
    user: User | None = None
    credentials: Credentials = field(default_factory=Credentials)

    @property
    def admissible(self) -> bool:
        return self.tenant is not None and self.tenant.active and self.user is not None and self.user.status == "active"


@dataclass(frozen=True, slots=True)
class SignedIn:
    session: Session
    tenant: Tenant
    user: User


def obtain_token(call: Call[SignIn]) -> TokensIssued:
    """A session of an API client."""
    signed_in = _sign_in(call, "token", call.input.device_token)
    issued = sessions.tokens_of(signed_in.session, signed_in.tenant, signed_in.session.started_at)
    return TokensIssued(
        access_token=issued.access,
        refresh_token=issued.refresh,
        expires_in=issued.access_seconds,
        refresh_expires_in=issued.refresh_seconds,
        device_token=sessions.device_token(signed_in.user.id, signed_in.session.device),
        user=_user_summary(signed_in.user),
        mfa_enrolment_required=signed_in.session.enrolling,
    )


def login_session(call: Call[SignIn]) -> Reply:
    """A session of the web page: cookies that its scripts cannot read. The sign-in form itself needs a CSRF token."""
    shown, cookies = call.request.headers.get("x-csrftoken"), call.request.cookies
    if not (
        csrf.csrf_matches(shown, cookies.get(csrf.COOKIE, "")) or csrf.csrf_matches(shown, presented_session(cookies))
    ):
        raise errors.CSRF_FAILED()
    signed_in = _sign_in(call, "cookie", call.input.device_token or call.request.cookies.get(DEVICE_COOKIE))
    session, user = signed_in.session, signed_in.user
    seconds = (session.ends_at - session.started_at) // 1000
    return Reply(
        SessionBegun(
            csrf_token=csrf.csrf_token(session.id),
            expires_at=clock.iso(session.ends_at),
            user=_user_summary(user),
            mfa_enrolment_required=session.enrolling,
        ),
        cookies=(
            set_cookie(SESSION_COOKIE, sessions.cookie_of(session, signed_in.tenant, session.started_at), seconds),
            set_cookie(DEVICE_COOKIE, sessions.device_token(user.id, session.device), sessions.DEVICE_SECONDS),
            set_cookie(csrf.COOKIE, "", 0),
        ),
    )


def issue_csrf_token(call: Call[None]) -> Reply:
    """A token for the session, or before there is one for a cookie that comes along."""
    session = presented_session(call.request.cookies)
    if session:
        return Reply(CsrfToken(csrf_token=csrf.csrf_token(session)))
    binding = csrf.new_binding()
    cookie = set_cookie(csrf.COOKIE, binding, csrf.BINDING_SECONDS)
    return Reply(CsrfToken(csrf_token=csrf.csrf_token(binding)), cookies=(cookie,))


def _sign_in(call: Call[SignIn], kind: sessions.SessionKind, shown_device: str | None) -> SignedIn:
    given, store = call.input, call.store
    now = clock.system()
    digest = users.login_digest(given.username)
    device = sessions.known_device(shown_device)
    login = keys.login_key(digest)
    account_bucket = Bucket.of(throttle.ACCOUNT, digest)
    address_bucket = Bucket.of(throttle.ADDRESS, throttle.address_name(call.request.address))
    device_bucket = Bucket.of(throttle.DEVICE, device[1] if device else UNKNOWN_ACCOUNT)
    found = store.read([login, account_bucket.key, address_bucket.key, device_bucket.key])
    entry = found[login]

    known = device is not None and entry is not None and device[0] == entry["user"]
    bucket = device_bucket if known else account_bucket
    bucket = bucket.read(found[bucket.key], now)
    address_bucket = address_bucket.read(found[address_bucket.key], now)
    if not known:
        address_bucket.require_open(now)
    throttle.take_attempt(store, bucket, now)

    account = _read_account(store, entry)
    right = passwords.verify_password(account.credentials.password, given.password)
    user, tenant = account.user, account.tenant
    if not right or not account.admissible or user is None or tenant is None:
        why = "wrong_password" if account.admissible else "not_active"
        _record_failure(call, account, digest, address_bucket, why, now)
        raise errors.INVALID_CREDENTIALS()
    writes: list[Write] = []
    recovered = False
    if user.mfa_since is not None:
        code, second = _second_factor(call, account, digest, address_bucket, now)
        writes += [mfa.consume_code(user.tenant, user.id, account.credentials, code), second.cleared]
        recovered = code.recovery is not None
    known_as = device[1] if known and device else ids.new_id("dev", now)
    session = sessions.begin_session(user, kind, given.mode, known_as, now, enrolling=must_enrol(tenant, user))
    writes += [
        sessions.session_put(session),
        audit_trail.audit_entry(
            given.mode,
            user.tenant,
            now,
            what="sign_in",
            who=user.id,
            address=call.request.address,
            reference=session.id,
            request_id=call.request.id,
            details={"kind": kind, "known_device": known, "mfa": user.mfa_since is not None},
        ),
        bucket.cleared,
    ]
    # The only condition that somebody else can break: the code has just been used by another request.
    if commit_with_retry(store, writes):
        raise errors.MFA_CODE_INVALID()
    if passwords.needs_rehash(account.credentials.password or ""):
        store.write(users.password_change(user, passwords.hash_password(given.password)))
    if recovered:
        left = str(len(account.credentials.recovery) - 1)
        outbound.enqueue(
            Message(
                "recovery_code_used",
                user.email,
                "email",
                user.tenant,
                {"name": user.name, "left": left},
                readers=(user.id,),
            )
        )
    return SignedIn(session, tenant, user)


def _read_account(store: Store, entry: Record | None) -> SignInAccount:
    """The account behind a user name. Where there is none, as much is read of nobody."""
    tenant_id, user_id = (
        (entry["tenant"], entry["user"]) if entry else (f"ten_{UNKNOWN_ACCOUNT}", f"usr_{UNKNOWN_ACCOUNT}")
    )
    wanted = keys.tenant_key(tenant_id), keys.user_key(tenant_id, user_id), keys.credentials_key(tenant_id, user_id)
    found = store.read(wanted)
    tenant, user, credentials = (found[key] for key in wanted)
    if tenant is None or user is None:
        return SignInAccount(tenant_id, user_id)
    return SignInAccount(
        tenant_id, user_id, read_tenant(tenant), users.read_user(user), users.read_credentials(credentials)
    )


def _second_factor(
    call: Call[SignIn], account: SignInAccount, digest: str, address: Bucket, now: int
) -> tuple[AcceptedCode, Bucket]:
    """The code, if it is good, and the count of attempts at it, which only who has the password gets to."""
    if call.input.mfa_code is None:
        raise errors.MFA_REQUIRED()
    bucket = throttle.take_attempt_by_name(call.store, throttle.SECOND_FACTOR, account.user_id, now)
    accepted = mfa.match_code(account.credentials, account.user_id, call.input.mfa_code, now)
    if accepted is None:
        _record_failure(call, account, digest, address, "wrong_code", now)
        raise errors.MFA_CODE_INVALID()
    return accepted, bucket


def _record_failure(
    call: Call[SignIn], account: SignInAccount, digest: str, address: Bucket, why: str, now: int
) -> None:
    """Counts a failure for the address, and writes it down: in the audit trail, or among the names that nobody has."""
    if account.user is not None:
        record = audit_trail.audit_entry(
            call.input.mode,
            account.tenant_id,
            now,
            what="sign_in",
            who=account.user_id,
            address=call.request.address,
            outcome=why,
            request_id=call.request.id,
        )
    else:
        day = now // 1000 + 86_400
        record = Put(
            keys.unknown_login_key(digest, f"{clock.iso(now)}#{ids.new_id('aud', now)}"),
            {"what": "sign_in", "ip": call.request.address, "out": "unknown_name", "ttl": day},
            when=ABSENT,
        )
    for _ in range(3):
        try:
            call.store.commit([address.taken(now), record])
            return
        except Cancelled as refused:
            # Someone else failed from this address at the same time; count on top of that.
            address = Bucket(address.policy, address.key).read(refused.reasons[0].item, now)
        except Contended:
            break
    audit_trail.record_act(call.store, record)


def _user_summary(user: User) -> SignedInUser:
    return SignedInUser(id=user.id, email=user.email, name=user.name, tenant_id=user.tenant, roles=list(user.roles))
