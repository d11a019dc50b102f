"""From changes of tickets to events. Internal comments make none, and an assignment goes to the operator alone."""

from __future__ import annotations

from typing import Final

from .. import ids
from ..store.store import Record
from ..support.model import read_ticket_record
from .event import Event, sequence_number
from .event_making import new_event
from .schemas import TicketChanged

_TICKET_TYPES: Final = {
    "created": "ticket.created",
    "commented": "ticket.commented",
    "status": "ticket.status_changed",
    "merged": "ticket.status_changed",
    "assigned": "ticket.assigned",
    "reminded": "ticket.reminder",
    "sla_warning": "ticket.sla_warning",
    "sla_breached": "ticket.sla_breached",
}
"""What was done -> the event. Whatever is not here makes none: an internal comment above all."""

_OPERATORS: Final = frozenset({"ticket.assigned", "ticket.sla_warning", "ticket.sla_breached"})
"""Who works on a ticket, and how fast, is the operator's business: these events happen to the operator."""


def ticket_events(before: Record | None, after: Record) -> list[Event]:
    ticket = read_ticket_record(after)
    last = ticket.last
    type = _TICKET_TYPES.get(last.get("what", ""))
    if type is None or (before is not None and before["version"] == ticket.version):
        return []
    data = TicketChanged(
        ticket_id=ticket.id,
        status=ticket.status,
        previous_status=last.get("before"),
        category=ticket.category,
        priority=ticket.priority,
        requester_id=ticket.requester,
        comment_id=last.get("comment"),
        by_type=last["side"],
        by=last["by"],
        sla_clocks=last.get("clocks"),
    )
    tenant = ticket.operator if type in _OPERATORS else ticket.tenant
    id = ids.dated_id("evt", last["at"], ticket.id, str(ticket.version))
    return [new_event(id, type, last["at"], tenant, "live", ticket.id, sequence_number(ticket.version), data)]
