"""What is done to a ticket besides writing on it: status, assignment, rating."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..identity import users
from ..identity.roles import permissions
from ..identity.users import User
from ..store.store import Store
from .access import requested_ticket
from .canned import require_support_staff
from .model import Ticket, TicketRating
from .models import NewRating, TicketAssignment, TicketOut, TicketStatusChange
from .refusals import RATING_FINAL, TICKET_ASSIGNEE_UNFIT, TICKET_CLOSED, TICKET_NOT_RATEABLE
from .tickets import ticket_out
from .writing import TicketDecision, change_ticket, event_note, moved, require_step, require_ticket_version, step_by

RATING_CHANGE_MS: Final = 7 * clock.DAY_MS


def change_ticket_status(call: Call[TicketStatusChange]) -> TicketOut:
    """Moves a ticket along an allowed step. To where it is already, nothing changes."""
    given, seen, now = call.input, requested_ticket(call), clock.system()

    def decide(ticket: Ticket) -> TicketDecision | None:
        require_ticket_version(ticket, given.version)
        if ticket.status == given.status:
            return None
        require_step(ticket, given.status, call)
        after = replace(
            moved(ticket, given.status, now),
            updated_at=now,
            last=event_note(call, "status", now, before=ticket.status),
        )
        return TicketDecision(
            after, step_by(call, "status", now, before=ticket.status, after=given.status, note=given.note)
        )

    return ticket_out(call, change_ticket(call.store, seen, decide))


def assign_ticket(call: Call[TicketAssignment]) -> TicketOut:
    """Gives a ticket to one of the staff, or takes it from them. Customers see nothing of it."""
    require_support_staff(call)
    given, seen, now = call.input, requested_ticket(call), clock.system()
    assignee = _assignee(call.store, seen.operator, given.user_id) if given.user_id is not None else None

    def decide(ticket: Ticket) -> TicketDecision | None:
        if ticket.status == "closed":
            raise TICKET_CLOSED()
        if ticket.assignee == (assignee.id if assignee else None):
            return None
        after = replace(
            ticket,
            assignee=assignee.id if assignee else None,
            assignee_name=assignee.name if assignee else None,
            last=event_note(call, "assigned", now),
        )
        step = step_by(
            call,
            "assigned",
            now,
            before=ticket.assignee_name,
            after=assignee.name if assignee else None,
            note=given.note,
            internal=True,
        )
        return TicketDecision(after, step)

    return ticket_out(call, change_ticket(call.store, seen, decide))


def _assignee(store: Store, operator: str, user_id: str) -> User:
    user = users.load_user(store, operator, user_id) if ids.is_id(user_id, "usr") else None
    if user is None or user.status != "active" or "platform:review" not in permissions(user.roles):
        raise TICKET_ASSIGNEE_UNFIT()
    return user


def rate_ticket(call: Call[NewRating]) -> TicketOut:
    """Rates a ticket; its requester alone, once it is resolved. The rating can be changed for a week."""
    given, seen, now = call.input, requested_ticket(call), clock.system()
    if seen.requester != call.caller.id or seen.tenant != call.caller.tenant.id:
        raise errors.FORBIDDEN("Only the person who opened the ticket can rate it.")

    def decide(ticket: Ticket) -> TicketDecision | None:
        before = ticket.rating
        if before is not None and (before.score, before.note) == (given.score, given.note):
            return None
        if before is not None and now > before.first_at + RATING_CHANGE_MS:
            raise RATING_FINAL()
        if before is None and ticket.status not in ("resolved", "closed"):
            raise TICKET_NOT_RATEABLE(figures={"status": ticket.status})
        rating = TicketRating(given.score, before.first_at if before else now, now, given.note)
        after = replace(ticket, rating=rating, updated_at=now, last=event_note(call, "rated", now, score=given.score))
        step = step_by(
            call,
            "rated",
            now,
            before=str(before.score) if before else None,
            after=str(given.score),
            note=given.note,
        )
        return TicketDecision(after, step)

    return ticket_out(call, change_ticket(call.store, seen, decide))
