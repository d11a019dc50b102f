"""Run by a schedule: does what is due on tickets. Done again, it changes nothing."""

from __future__ import annotations

from ..store.store import Store
from .due import due_step, load_due_tickets, log_due_fault
from .model import Ticket
from .sla_settings import SlaSettings, load_sla_settings
from .writing import TicketDecision, change_ticket

_STEPS_AT_ONCE = 6
"""Of one ticket in one run; more are due only where the schedule has stood still for days."""


def follow_up_tickets(store: Store, now: int) -> int:
    """Warns, breaches, reminds, resolves and closes. Returns how many steps were taken; a ticket fails alone."""
    settings, done = load_sla_settings(store), 0
    for ticket in load_due_tickets(store, now):
        try:
            done += follow_up_ticket(store, ticket, settings, now)
        except Exception:
            log_due_fault(ticket)
    return done


def follow_up_ticket(store: Store, ticket: Ticket, settings: SlaSettings, now: int) -> int:
    """Does what is due on one ticket. Returns how many steps were taken."""

    def decide(current: Ticket) -> TicketDecision | None:
        due = due_step(current, settings, now)
        return TicketDecision(*due) if due else None

    for taken in range(_STEPS_AT_ONCE):
        after = change_ticket(store, ticket, decide)
        if after.version == ticket.version:
            return taken
        ticket = after
    return _STEPS_AT_ONCE
