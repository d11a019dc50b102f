"""Text messages to customers about their tickets with a merchant: that there is a reply, and a link to it.

What was said is not in them: screens are seen by others, and internal comments make no event. The link opens the
customer's own page, which asks for a code where nobody is signed in. Of a resolved ticket it is a signed one, with
which the answer can be rated without signing in, for 30 days; it leads on to the customer's own page. Replies within a
quarter of an hour make one message.
"""

from __future__ import annotations

from typing import Final

from .. import ids
from ..events.event import Event
from ..identity.tenant import read_program
from ..settings import settings
from ..store import keys, support_keys
from ..store.store import Store
from ..support.links import rating_url
from .customer_texts import CustomerText, send_at

_WINDOW_MS: Final = 15 * 60_000


def ticket_text_kind(event: Event) -> str | None:
    """Which message a customer gets of an event of a ticket; None for what the customer did, and for other people."""
    data = event.data
    if not ids.is_id(str(data["requester_id"]), "cust"):
        return None
    if event.type == "ticket.reminder":
        # The customer knows already that a resolved one is resolved.
        return "ticket_reply_awaited" if data["status"] == "pending" else None
    if data["by_type"] != "staff":
        return None
    if data["status"] == "resolved" and data.get("previous_status") != "resolved":
        return "ticket_settled"
    return "ticket_answered" if event.type == "ticket.commented" else None


def ticket_text(store: Store, event: Event, kind: str, now: int) -> CustomerText | None:
    """The message, unless the merchant sends none."""
    tenant_key, profile_key = keys.tenant_key(event.tenant), keys.profile_key(event.tenant)
    desk_key = support_keys.customer_desk_key(event.tenant)
    found = store.read([tenant_key, profile_key, desk_key])
    tenant, profile, desk = found[tenant_key], found[profile_key] or {}, found[desk_key] or {}
    if tenant is None or "program" not in tenant or not desk.get("texts", True):
        return None
    program = read_program(tenant["program"])
    slug = str(profile.get("slug", ""))
    link = f"{settings().public_url}/my/{slug}/tickets/{event.subject}"
    occasion = f"{event.subject}-{event.created_at // _WINDOW_MS}"
    if kind == "ticket_settled":
        link, occasion = rating_url(event.subject, now, slug=slug), f"{occasion}-settled"
    return CustomerText(
        scope=keys.scope("live", program.owner),
        customer=str(event.data["requester_id"]),
        occasion=occasion,
        kind=kind,
        wish="ticket_replies",
        tenant=event.tenant,
        values={"brand": str(tenant["name"]), "link": link},
        due=send_at(program.messages, program.time_zone, now),
        made_at=now,
    )
