"""Mail about a prefund request: to the operator's staff, and to the user who made it. Sent again when a step is
repeated.
"""

from __future__ import annotations

from ..identity import users
from ..identity.roles import permissions
from ..identity.tenant_names import load_tenant_names
from ..identity.users import User
from ..messages import outbound
from ..messages.model import Message
from ..money import grouped
from ..settings import settings
from ..store import keys
from ..store.store import Store
from .record import Prefund


def notify_staff(store: Store, prefund: Prefund, kind: str, note: str | None = None) -> None:
    """Writes to whom the request is assigned, else to all reviewers; to those who decide only where there are none."""
    may = [user for user in _holding(store, "platform:review") if user.id != prefund.by]
    assigned = [user for user in may if user.id == prefund.assignee]
    reviewers = [user for user in may if "prefund:decide" not in permissions(user.roles)]
    tenant = _tenant_name(store, prefund)
    for user in assigned or reviewers or may:
        _enqueue_mail(user, prefund, kind, note, tenant)


def notify_deciders(store: Store, prefund: Prefund, kind: str) -> None:
    tenant = _tenant_name(store, prefund)
    for user in _holding(store, "prefund:decide"):
        _enqueue_mail(user, prefund, kind, None, tenant)


def notify_requester(store: Store, prefund: Prefund, kind: str, note: str | None = None) -> None:
    """Writes to the user who made the request, if they are still there."""
    user = users.load_user(store, prefund.tenant, prefund.by)
    if user is not None and user.status == "active":
        _enqueue_mail(user, prefund, kind, note, "")


def _tenant_name(store: Store, prefund: Prefund) -> str:
    return load_tenant_names(store, [prefund.tenant]).get(prefund.tenant, prefund.tenant)


def _enqueue_mail(user: User, prefund: Prefund, kind: str, note: str | None, tenant: str) -> None:
    """`tenant` is whose request it is, for mails to the operator's people."""
    credited = prefund.verdict.amount if prefund.state == "credited" and prefund.verdict else prefund.amount
    if kind == "prefund_credited" and credited < prefund.amount:
        kind = "prefund_credited_in_part"
    values = {
        "name": user.name,
        "tenant": tenant,
        "amount": grouped(credited),
        "requested": grouped(prefund.amount),
        "shortfall": grouped(prefund.amount - credited),
        "utr": prefund.utr,
        "request": prefund.id,
        "note": note or "-",
        # The operator's people work on it in their queue; a tenant has a page of its own requests.
        "link": f"{settings().public_url}{f'/queue/{prefund.id}' if tenant else '/prefund'}",
    }
    outbound.enqueue(Message(kind, user.email, "email", user.tenant, values, readers=(user.id,)))


def _holding(store: Store, permission: str) -> list[User]:
    """The operator's active people with this permission."""
    platform = store.read([keys.platform_key()])[keys.platform_key()]
    if platform is None:
        return []
    listed = users.list_tenant_users(store, platform["operator"])
    return [user for user in listed if user.status == "active" and permission in permissions(user.roles)]
