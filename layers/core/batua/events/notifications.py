"""Mail to a tenant's administrators about their endpoints. It may come twice, never not at all."""

from __future__ import annotations

from ..identity import users
from ..identity.roles import permissions
from ..messages import outbound
from ..messages.model import Message
from ..store.store import Store
from .event import Event

_WHY = {
    "failing": "it has not taken a single event for five days",
    "gone": "it answered 410 (Gone), which asks us to stop",
}


def notify_endpoint_admins(store: Store, event: Event) -> None:
    """Writes to everybody who may turn the endpoint on again."""
    values = {"url": str(event.data["url"]), "why": _WHY[str(event.data["reason"])], "endpoint": event.subject}
    for user in users.list_tenant_users(store, event.tenant):
        if user.status == "active" and "tenant:admin" in permissions(user.roles):
            told = {"name": user.name, **values}
            outbound.enqueue(Message("webhook_disabled", user.email, "email", event.tenant, told, readers=(user.id,)))
