"""Registering without an invitation: off, unless the deployment says otherwise (REGISTRATION=open)."""

from __future__ import annotations

from .. import audit_trail, clock, errors, ids
from ..api.endpoint import Call
from ..identity import passwords, throttle, users
from ..identity.tenant import Tenant
from ..messages import outbound
from ..messages.model import ADDRESSEE, Message
from ..notifications.preferences import Preferences, preferences_item
from ..settings import settings
from ..store.notification_keys import notification_preferences_key
from ..store.writes import Put
from ..tenants import bootstrap, profile, tree
from .account import commit_with_retry
from .confirmation import email_verification
from .models import Done, Register, RegistrationState

CLOSED = "Registration is disabled: ask the administrator of your organisation for an invitation."
OPEN = "Registration is open."


def read_registration() -> RegistrationState:
    return RegistrationState(enabled=registration_is_open(), message=OPEN if registration_is_open() else CLOSED)


def registration_is_open() -> bool:
    return settings().registration == "open"


def require_open_registration() -> None:
    if not registration_is_open():
        raise errors.REGISTRATION_DISABLED(CLOSED)


def register(call: Call[Register]) -> Done:
    """A tenant of one's own under the operator, with its first administrator. It opens when the address is confirmed.

    An address that has an account already gets the same answer, and a mail that says so.
    """
    given, store, now = call.input, call.store, clock.system()
    email = users.normal_email(given.email)
    passwords.require_strong(given.password, email=email)
    throttle.take_attempt_by_name(store, throttle.RESET, throttle.address_name(call.request.address), now)
    operator = bootstrap.operator(store)
    if operator is None:
        raise errors.SERVICE_UNAVAILABLE()
    hash = passwords.hash_password(given.password)
    tenant = Tenant(
        id=ids.new_id("ten", now),
        kind="merchant",
        name=given.organisation,
        status="active",
        parent=operator.id,
        path=(operator.id,),
        region=operator.region,
        time_zone=operator.time_zone,
        joined_at=now,
    )
    user = users.new_user(tenant.id, email, given.name, ["tenant_admin"], now, status="invited")
    put, message = email_verification(user, now, activates=True)
    made = audit_trail.audit_entry(
        "live", tenant.id, now, what="registered", who=user.id, address=call.request.address, request_id=call.request.id
    )
    creation = tree.creation_writes(tenant, profile.default_profile(tenant))
    wish = Put(notification_preferences_key(user.id), preferences_item(Preferences(language=given.language, version=1)))
    if commit_with_retry(store, [*users.user_creation(user, hash), *creation, put, made, wish]):
        # Whose name is on the account stays with the account: the mail goes out in the operator's.
        message = Message("registered_already", email, "email", operator.id, {"name": given.name}, readers=(ADDRESSEE,))
    outbound.enqueue(message)
    return Done()
