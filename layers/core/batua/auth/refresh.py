"""Going on with a session, and ending it."""

from __future__ import annotations

from .. import audit_trail, clock, errors
from ..api.endpoint import Call
from ..api.styles import Reply
from ..identity import sessions, users
from ..identity.credentials import SESSION_COOKIE
from ..identity.tenant import read_tenant
from ..store import keys
from ..store.writes import Condition, Update
from .models import Done, Refresh, TokensIssued
from .sign_in import set_cookie


def refresh_token(call: Call[Refresh]) -> TokensIssued:
    """The next tokens of a session. A token that was replaced before ends it."""
    shown = sessions.read_refresh(call.input.refresh_token)
    key = keys.session_key(shown.session)
    record = call.store.read([key])[key]
    if record is None:
        raise errors.UNAUTHENTICATED()
    session = sessions.read_session(record)
    wanted = keys.tenant_key(session.tenant), keys.user_key(session.tenant, session.user)
    found = call.store.read(wanted)
    tenant, user = found[wanted[0]], found[wanted[1]]
    now = clock.system()
    if tenant is None or user is None:
        raise errors.UNAUTHENTICATED()
    admitted = read_tenant(tenant)
    holder = users.read_user(user)
    if not admitted.active or holder.status != "active" or not session.is_open(holder.id, holder.epoch, now):
        raise errors.UNAUTHENTICATED()
    device = sessions.known_device(call.input.device_token)
    try:
        session = sessions.advance_session(
            call.store,
            session,
            shown.generation,
            arrived_at=call.request.received_at or call.now,
            now=now,
            device=device[1] if device and device[0] == session.user else None,
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
    issued = sessions.tokens_of(session, admitted, now)
    return TokensIssued(
        access_token=issued.access,
        refresh_token=issued.refresh,
        expires_in=issued.access_seconds,
        refresh_expires_in=issued.refresh_seconds,
    )


def logout(call: Call[None]) -> Done:
    """Ends the session that the request shows: its access and refresh tokens are worth nothing from now on."""
    _end(call)
    return Done()


def logout_session(call: Call[None]) -> Reply:
    """The same for the web page, whose cookie goes too. The device stays known."""
    _end(call)
    return Reply(Done(), cookies=(set_cookie(SESSION_COOKIE, "", 0),))


def _end(call: Call[None]) -> None:
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
