"""Going on with a session, and ending it."""

from __future__ import annotations

from typing import Any

from .. import audit_trail, clock, errors
from ..api.cookies import set_cookie
from ..api.endpoint import Call
from ..api.styles import Reply
from ..identity import sessions, users
from ..identity.admin_mfa import must_enrol
from ..identity.credentials import SESSION_COOKIE
from ..identity.sessions import RefreshClaims, Session, Tokens
from ..identity.tenant import Tenant, read_tenant
from ..store import keys
from ..store.store import Store
from ..store.writes import Condition, Update
from .models import Done, Refresh, TokensIssued


def refresh_token(call: Call[Refresh]) -> TokensIssued:
    """The next tokens of a session. A token that was replaced before ends it."""
    shown = sessions.read_refresh(call.input.refresh_token)
    session = shown_session(call.store, shown)
    wanted = keys.tenant_key(session.tenant), keys.user_key(session.tenant, session.user)
    found = call.store.read(wanted)
    tenant, user = found[wanted[0]], found[wanted[1]]
    if tenant is None or user is None:
        raise errors.UNAUTHENTICATED()
    admitted = read_tenant(tenant)
    holder = users.read_user(user)
    if not admitted.active or holder.status != "active" or not session.is_open(holder.id, holder.epoch, clock.system()):
        raise errors.UNAUTHENTICATED()
    device = sessions.known_device(call.input.device_token)
    known = device[1] if device and device[0] == session.user else None
    issued = next_tokens(call, session, shown, admitted, known)
    enrolling = must_enrol(admitted, holder)
    if enrolling and not session.enrolling:
        call.store.write(sessions.confine_session(session))
    return TokensIssued(
        access_token=issued.access,
        refresh_token=issued.refresh,
        expires_in=issued.access_seconds,
        refresh_expires_in=issued.refresh_seconds,
        mfa_enrolment_required=enrolling,
    )


def shown_session(store: Store, shown: RefreshClaims) -> Session:
    """The session that a refresh token names."""
    key = keys.session_key(shown.session)
    record = store.read([key])[key]
    if record is None:
        raise errors.UNAUTHENTICATED()
    return sessions.read_session(record)


def next_tokens(call: Call[Any], session: Session, shown: RefreshClaims, tenant: Tenant, device: str | None) -> Tokens:
    """The tokens of an open session's next generation. A token that was replaced before ends it, on the trail."""
    now = clock.system()
    try:
        session = sessions.advance_session(
            call.store,
            session,
            shown.generation,
            arrived_at=call.request.received_at or call.now,
            now=now,
            device=device,
        )
    except sessions.RefreshTokenReused as reuse:
        audit_trail.record_act(
            call.store,
            audit_trail.audit_entry(
                session.mode,
                session.tenant,
                now,
                what="refresh",
                who=session.user,
                address=call.request.address,
                outcome="reused",
                reference=session.id,
                request_id=call.request.id,
            ),
        )
        raise errors.UNAUTHENTICATED() from reuse
    return sessions.tokens_of(session, tenant, now)


def logout(call: Call[None]) -> Done:
    """Ends the session that the request shows: its access and refresh tokens are worth nothing from now on."""
    _end_session(call)
    return Done()


def logout_session(call: Call[None]) -> Reply:
    """The same for the web page, whose cookie goes too. The device stays known."""
    _end_session(call)
    return Reply(Done(), cookies=(set_cookie(SESSION_COOKIE, "", 0),))


def _end_session(call: Call[None]) -> None:
    caller = call.caller
    now = clock.system()
    session = keys.session_key(str(caller.claims.session))
    call.store.commit(
        [
            Update(session, set={"ended": now}, when=Condition(present=("pk",))),
            audit_trail.audit_entry(
                caller.mode,
                caller.tenant.id,
                now,
                what="sign_out",
                who=caller.id,
                address=caller.address,
                reference=caller.claims.session,
                request_id=call.request.id,
            ),
        ]
    )
