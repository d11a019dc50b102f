"""What is done to a ticket besides writing on it: status, assignment, rating."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..identity import users
from ..identity.roles import permissions
from ..identity.users import User
from ..store import support_keys as keys
from ..store.store import Store
from .access import requested_ticket
from .canned import require_support_staff
from .links import read_rating_token
from .model import Ticket, TicketRating, read_ticket_record
from .models import NewRating, RatedByLink, RatingByLink, TicketAssignment, TicketOut, TicketStatusChange
from .refusals import RATING_FINAL, TICKET_ASSIGNEE_UNFIT, TICKET_CLOSED, TICKET_NOT_RATEABLE
from .teams import SupportTeam, load_teams
from .tickets import ticket_out
from .writing import (
    TicketActor,
    TicketDecision,
    change_ticket,
    event_note,
    moved,
    require_step,
    require_ticket_version,
    step_by,
    ticket_actor,
)

RATING_CHANGE_MS: Final = 7 * clock.DAY_MS


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


def rated(store: Store, seen: Ticket, score: int, note: str | None, now: int) -> Ticket:
    """The ticket with its requester's rating. Raises TICKET_NOT_RATEABLE or RATING_FINAL."""
    by = TicketActor("customer", seen.requester, seen.requester_name)

    def decide(ticket: Ticket) -> TicketDecision | None:
        before = ticket.rating
        if before is not None and (before.score, before.note) == (score, note):
            return None
        if before is not None and now > before.first_at + RATING_CHANGE_MS:
            raise RATING_FINAL()
        if before is None and ticket.status not in ("resolved", "closed"):
            raise TICKET_NOT_RATEABLE(figures={"status": ticket.status})
        rating = TicketRating(score, before.first_at if before else now, now, note)
        after = replace(ticket, rating=rating, updated_at=now, last=by.note("rated", now, score=score))
        step = by.step("rated", now, before=str(before.score) if before else None, after=str(score), note=note)
        return TicketDecision(after, step)

    return change_ticket(store, seen, decide)


def rate_by_link(call: Call[RatingByLink]) -> RatedByLink:
    """Rates by the signed link of a mail. Raises LINK_INVALID for one that is forged, past, or of another requester."""
    given, now = call.input, call.now
    ticket_id, person = read_rating_token(given.token, now)
    key = keys.ticket_key(ticket_id)
    record = call.store.read([key])[key]
    ticket = read_ticket_record(record) if record else None
    if ticket is None or ticket.requester != person:
        raise errors.LINK_INVALID()
    after = rated(call.store, ticket, given.score, given.note, now)
    rating = after.rating
    if rating is None:
        raise errors.LINK_INVALID()
    return RatedByLink(
        subject=after.subject,
        score=rating.score,
        note=rating.note,
        changeable_until=clock.iso(rating.first_at + RATING_CHANGE_MS),
    )
