"""Mail about redemptions and rewards to the tenant's people. It may come twice, never not at all.

Administrators learn of what waits for their decision and of codes that run out, the user who redeemed of each step that
follows. A reward that is handed over at once needs no mail: who redeemed it has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..identity import users
from ..identity.roles import permissions
from ..identity.users import User
from ..messages import outbound
from ..messages.model import Message
from ..store.store import Store
from .event import Event

_STEPS: Final = frozenset({"approved", "fulfilled", "rejected", "cancelled", "expired"})


def notify_of_reward(store: Store, event: Event) -> None:
    data, what = event.data, event.type.partition(".")[2]
    if event.type == "reward.codes_low":
        values = {"reward": event.subject, "left": str(data["left"])}
        _write(store, event.tenant, "reward_codes_low", values, _is_admin)
    elif what == "created" and data["status"] == "pending":
        values = {
            "title": str(data["title"]),
            "points": str(data["points"]),
            "redemption": event.subject,
            "due": str(data["due_at"])[:10],
        }
        _write(store, event.tenant, "redemption_waiting", values, _is_admin)
    elif what in _STEPS and data["settlement_transaction_id"] != data["transaction_id"]:
        values = {"title": str(data["title"]), "redemption": event.subject, "what": what}
        _write(store, event.tenant, "redemption_changed", values, lambda user: user.id == data["redeemed_by"])


def _is_admin(user: User) -> bool:
    return "tenant:admin" in permissions(user.roles)


def _write(store: Store, tenant: str, kind: str, values: dict[str, str], to: Callable[[User], bool]) -> None:
    for user in users.list_tenant_users(store, tenant):
        if user.status == "active" and to(user):
            outbound.enqueue(Message(kind, user.email, "email", tenant, {"name": user.name, **values}))
