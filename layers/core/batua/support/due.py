"""What happens to a ticket by time: SLA warnings and breaches, reminders, and closing by itself.

One item per ticket says when something is due next; a schedule reads what is due, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from .. import clock, observe
from ..store import support_keys as keys
from ..store.store import Store
from ..store.writes import Delete, Put, Write
from .clocks import (
    SlaOutcome,
    SlaState,
    breach_due,
    follow_sla,
    opened_sla,
    read_sla,
    retarget_sla,
    sla_item,
    warn_due,
)
from .model import Ticket, TicketStep, read_ticket_record
from .sla_settings import SlaSettings, sla_targets
from .states import TicketSide, TicketStatus

REMINDED_AFTER_MS: Final = 5 * clock.DAY_MS
MOVED_AFTER_MS: Final = 7 * clock.DAY_MS
"""A customer who is awaited for so long is taken to be content; a resolved ticket is closed."""

_MOVES: Final[dict[TicketStatus, TicketStatus]] = {"pending": "resolved", "resolved": "closed"}


def open_clocks(ticket: Ticket, settings: SlaSettings) -> Ticket:
    state = opened_sla(sla_targets(settings, ticket.priority), ticket.created_at)
    return replace(ticket, sla=sla_item(state))


def follow_clocks(
    before: Ticket, after: Ticket, settings: SlaSettings, now: int, commented_by: TicketSide | None
) -> tuple[Ticket, list[Write]]:
    """The ticket with its clocks after a change, and the writes of those that ended. Without clocks, as it is."""
    if before.sla is None:
        return after, []
    targets = sla_targets(settings, before.priority)
    if after.merged_into != before.merged_into:
        # The ticket that goes on has clocks of its own: what ran here was neither met nor missed by the merge.
        state, outcomes = breach_due(read_sla(before.sla), targets, now)
        state = SlaState({}, state.responses)
    else:
        state, outcomes = follow_sla(
            read_sla(before.sla), targets, now, before=before.status, after=after.status, commented_by=commented_by
        )
    if after.priority != before.priority:
        state = retarget_sla(state, sla_targets(settings, after.priority), now)
    if before.last != after.last and after.last.get("what") == "sla_warning":
        state, _ = warn_due(state, now)
    zone = targets.calendar.zone
    return replace(after, sla=sla_item(state)), [_outcome_put(before, each, zone) for each in outcomes]


def _outcome_put(ticket: Ticket, outcome: SlaOutcome, zone: str) -> Put:
    day = clock.local_day(outcome.at, zone)
    key = keys.sla_outcome_key(day, ticket.priority, outcome.clock, ticket.id, outcome.number)
    return Put(key, {"met": outcome.met, "ms": outcome.elapsed, "at": outcome.at, "ten": ticket.tenant})


def due_write(ticket: Ticket) -> Write:
    """The item that says when something is due next; none for a ticket to which nothing will happen."""
    at = next_due(ticket)
    key = keys.ticket_due_key(ticket.id)
    if at is None:
        return Delete(key)
    return Put(key, {"due": at, "g2p": keys.due_tickets_partition(), "g2s": f"{clock.iso(at)}#{ticket.id}"})


def next_due(ticket: Ticket) -> int | None:
    sla = read_sla(ticket.sla).next_due() if ticket.sla else None
    instants = [sla] if sla is not None else []
    if ticket.status in _MOVES:
        instants.append(ticket.status_since + (MOVED_AFTER_MS if ticket.reminded else REMINDED_AFTER_MS))
    return min(instants, default=None)


def due_step(ticket: Ticket, settings: SlaSettings, now: int) -> tuple[Ticket, TicketStep] | None:
    """What is due on a ticket first: a breach, a warning, a reminder or a move. None where nothing is."""
    state = read_sla(ticket.sla) if ticket.sla else SlaState({})
    _, breached = breach_due(state, sla_targets(settings, ticket.priority), now)
    if breached:
        return _with_deadline_noted(ticket, "sla_breached", [each.clock for each in breached], now)
    _, warned = warn_due(state, now)
    if warned:
        return _with_deadline_noted(ticket, "sla_warning", warned, now)
    to = _MOVES.get(ticket.status)
    if to is None:
        return None
    if ticket.reminded and now >= ticket.status_since + MOVED_AFTER_MS:
        step = _schedule_step("status", now, before=ticket.status, after=to, note="No reply for seven days")
        last = _schedule_note("status", now, before=ticket.status)
        return replace(ticket, status=to, status_since=now, updated_at=now, reminded=False, last=last), step
    if not ticket.reminded and now >= ticket.status_since + REMINDED_AFTER_MS:
        return replace(ticket, reminded=True, updated_at=now, last=_schedule_note("reminded", now)), _schedule_step(
            "reminded", now
        )
    return None


def _with_deadline_noted(ticket: Ticket, what: str, clocks: Sequence[str], now: int) -> tuple[Ticket, TicketStep]:
    deadline_text = "breached" if what == "sla_breached" else "80 % used"
    named = ", ".join(name.replace("_", " ") for name in clocks)
    step = _schedule_step("sla", now, after=f"{named}: {deadline_text}", internal=True)
    return replace(ticket, last=_schedule_note(what, now, clocks=list(clocks))), step


def _schedule_step(what: str, now: int, **more: Any) -> TicketStep:
    return TicketStep(what, "system", "schedule", "Batua", now, **more)


def _schedule_note(what: str, now: int, **more: Any) -> dict[str, Any]:
    return {"what": what, "side": "system", "by": "schedule", "at": now, **more}


def load_due_tickets(store: Store, now: int) -> list[Ticket]:
    """The tickets on which something is due, as they are now."""
    rows = store.query_all(
        "directory", keys.due_tickets_partition(), index="by_name", until=f"{clock.iso(now)}$", limit=100
    )
    places = [keys.ticket_key(str(row["g2s"]).rpartition("#")[2]) for row in rows][:1_000]
    return [read_ticket_record(record) for record in store.read(places).values() if record]


def log_due_fault(ticket: Ticket) -> None:
    observe.log().exception("a ticket could not be followed up", extra={"ticket": ticket.id})
