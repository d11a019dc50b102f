"""The function behind the queue of messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .. import clock, observe
from ..identity import users
from ..messages import branding, outbound, sender, templates
from ..messages.model import NOBODY, SECURITY_NOTICE_REQUEST, Message
from ..queues import consume_messages
from ..store import billing_keys, keys
from ..store.store import Store
from ..store.writes import Update
from .mail_language import readers_language
from .password import RESET_REQUEST, password_reset_message


def deliver_messages(store: Store, event: dict[str, Any]) -> dict[str, Any]:
    """Sends a batch. What could not be sent is named, comes again, and at last goes to the dead letters."""

    def deliver(body: str) -> None:
        _deliver(store, Message.from_text(body))

    return consume_messages(event, deliver, "a message could not be sent", private=True)


def _deliver(store: Store, message: Message) -> None:
    if message.kind == RESET_REQUEST:
        wanted = password_reset_message(store, message.to, clock.system())
        if wanted is None:
            return
        message = wanted
    if message.kind == SECURITY_NOTICE_REQUEST:
        for notice in security_notices(store, message):
            outbound.enqueue(notice)
        return
    if NOBODY in message.values:
        return
    if message.channel == "web_push":
        from ..notifications.push_delivery import deliver_push  # most batches have none

        deliver_push(store, message)
        return
    if message.readers:
        message = replace(message, kind=templates.in_language(message.kind, readers_language(store, message)))
    brand = branding.branding_of(store, message.tenant)
    sender.send_message(message, templates.render_message(message, brand), brand)
    if message.tenant is not None:
        _count_message(store, message.tenant, message.channel)


def _count_message(store: Store, tenant: str, channel: str) -> None:
    """Counts a message that went out in a tenant's name. Where that fails it goes uncounted: never is it sent again."""
    try:
        tenant_key = keys.tenant_key(tenant)
        zone = (store.read([tenant_key])[tenant_key] or {}).get("zone", "UTC")
        day = clock.local_day(clock.system(), zone)
        store.write(Update(billing_keys.messages_sent_key(keys.scope("live", tenant), day, channel), add={"count": 1}))
    except Exception as fault:
        observe.log().warning("a message was not counted", extra={"tenant": tenant, "fault": type(fault).__name__})


def security_notices(store: Store, request: Message) -> list[Message]:
    """One notice for each active administrator of the tenant. It names who made the change, by name where known."""
    tenant = str(request.tenant)
    team = users.list_tenant_users(store, tenant)
    who = next((f"{user.name} ({user.id})" for user in team if user.id == request.values["who"]), request.values["who"])
    values = {**request.values, "who": who}
    return [
        Message("security_notice", user.email, "email", tenant, {**values, "name": user.name}, readers=(user.id,))
        for user in team
        if user.is_admin and user.status == "active"
    ]
