"""Going on with the session of a customer's app."""

from __future__ import annotations

from .. import clock, errors
from ..api.endpoint import Call
from ..auth.refresh import next_tokens, shown_session
from ..identity import sessions
from ..identity.tenant import read_tenant
from ..store import keys
from .session_models import CustomerTokens, RefreshCustomer


def refresh_customer_session(call: Call[RefreshCustomer]) -> CustomerTokens:
    """The next tokens of an app's session. A token that was replaced before ends it."""
    shown = sessions.read_refresh(call.input.refresh_token, "customer_refresh")
    session = shown_session(call.store, shown)
    tenant_key = keys.tenant_key(session.tenant)
    found = call.store.read([tenant_key])[tenant_key]
    tenant = read_tenant(found) if found else None
    if tenant is None or not tenant.active or tenant.program is None:
        raise errors.UNAUTHENTICATED()
    about = keys.customer_key(keys.scope(session.mode, tenant.program.owner), session.user)
    record = call.store.read([about])[about]
    epoch = record.get("epoch", 0) if record and not record.get("erased") else -1
    if not session.is_open(session.user, epoch, clock.system()):
        raise errors.UNAUTHENTICATED()
    issued = next_tokens(call, session, shown, tenant, None)
    return CustomerTokens(access_token=issued.access, refresh_token=issued.refresh, expires_in=issued.access_seconds)
