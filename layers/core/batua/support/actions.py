"""What is done to a ticket besides writing on it: status, assignment, and its requester's rating."""

from __future__ import annotations

from dataclasses import replace

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..identity import users
from ..identity.roles import permissions
from ..identity.users import User
from ..store.store import Store
from .access import requested_ticket
from .canned import require_support_staff
from .model import Ticket
from .models import NewRating, TicketAssignment, TicketOut, TicketStatusChange
from .rating import rated
from .refusals import TICKET_ASSIGNEE_UNFIT, TICKET_CLOSED
from .teams import SupportTeam, load_teams
from .tickets import ticket_out
from .writing import (
    TicketDecision,
    change_ticket,
    event_note,
    moved,
    require_step,
    require_ticket_version,
    step_by,
    ticket_actor,
)


def change_ticket_status(call: Call[TicketStatusChange]) -> TicketOut:
    """Moves a ticket along an allowed step. To where it is already, nothing changes."""
    given, seen, now = call.input, requested_ticket(call), clock.system()
    actor = ticket_actor(call, seen)

    def decide(ticket: Ticket) -> TicketDecision | None:
        require_ticket_version(ticket, given.version)
        if ticket.status == given.status:
            return None
        require_step(ticket, given.status, actor.side)
        note = actor.note("status", now, before=ticket.status)
        after = replace(moved(ticket, given.status, now), updated_at=now, last=note)
        return TicketDecision(
            after, actor.step("status", now, before=ticket.status, after=given.status, note=given.note)
        )

    return ticket_out(call, change_ticket(call.store, seen, decide))


def assign_ticket(call: Call[TicketAssignment]) -> TicketOut:
    """Gives a ticket to one of the staff, to a team or both, or takes it from them. Customers see nothing of it."""
    require_support_staff(call)
    given, seen, now = call.input, requested_ticket(call), clock.system()
    assignee = _assignee(call.store, seen.operator, given.user_id) if given.user_id is not None else None
    team = _team(call.store, given.team) if given.team is not None else None

    def decide(ticket: Ticket) -> TicketDecision | None:
        if ticket.status == "closed":
            raise TICKET_CLOSED()
        after = ticket
        if "team" in given.model_fields_set:
            after = replace(after, team=team.id if team else None)
            if team is not None and ticket.assignee not in (None, *team.members):
                after = replace(after, assignee=None, assignee_name=None)
        if "user_id" in given.model_fields_set:
            who = (assignee.id, assignee.name) if assignee else (None, None)
            after = replace(after, assignee=who[0], assignee_name=who[1])
        if after == ticket:
            return None
        step = step_by(
            call, "assigned", now, before=_holder(ticket), after=_holder(after), note=given.note, internal=True
        )
        return TicketDecision(replace(after, last=event_note(call, "assigned", now)), step)

    return ticket_out(call, change_ticket(call.store, seen, decide))


def _holder(ticket: Ticket) -> str | None:
    """Who works on a ticket, for its history."""
    parts = [ticket.assignee_name, f"team {ticket.team}" if ticket.team else None]
    return ", ".join(part for part in parts if part) or None


def _team(store: Store, id: str) -> SupportTeam:
    team = load_teams(store).get(id)
    if team is None:
        raise errors.invalid("team", f"there is no team {id}")
    return team


def _assignee(store: Store, operator: str, user_id: str) -> User:
    user = users.load_user(store, operator, user_id) if ids.is_id(user_id, "usr") else None
    if user is None or user.status != "active" or "platform:review" not in permissions(user.roles):
        raise TICKET_ASSIGNEE_UNFIT()
    return user


def rate_ticket(call: Call[NewRating]) -> TicketOut:
    """Rates a ticket; its requester alone, once it is resolved. The rating can be changed for a week."""
    seen = requested_ticket(call)
    if seen.requester != call.caller.id or seen.tenant != call.caller.tenant.id:
        raise errors.FORBIDDEN("Only the person who opened the ticket can rate it.")
    return ticket_out(call, rated(call.store, seen, call.input.score, call.input.note, clock.system()))
