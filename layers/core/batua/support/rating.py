"""A requester's rating of how a ticket was handled: once, changeable for a week, also by a signed link."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .. import clock, errors
from ..api.endpoint import Call
from ..store import support_keys as keys
from ..store.store import Store
from .links import read_rating_token
from .model import FORGOTTEN, Ticket, TicketRating, read_ticket_record
from .models import RatedByLink, RatingByLink
from .refusals import RATING_FINAL, TICKET_NOT_RATEABLE
from .writing import TicketActor, TicketDecision, change_ticket

RATING_CHANGE_MS: Final = 7 * clock.DAY_MS


def changeable_until(rating: TicketRating) -> int:
    return rating.first_at + RATING_CHANGE_MS


def rated(store: Store, seen: Ticket, score: int, note: str | None, now: int) -> Ticket:
    """The ticket with its requester's rating. Raises TICKET_NOT_RATEABLE or RATING_FINAL."""
    by = TicketActor("customer", seen.requester, seen.requester_name)

    def decide(ticket: Ticket) -> TicketDecision | None:
        before = ticket.rating
        if before is not None and (before.score, before.note) == (score, note):
            return None
        if before is not None and now > changeable_until(before):
            raise RATING_FINAL()
        if before is None and ticket.status not in ("resolved", "closed"):
            raise TICKET_NOT_RATEABLE(figures={"status": ticket.status})
        rating = TicketRating(score, before.first_at if before else now, now, note)
        after = replace(ticket, rating=rating, updated_at=now, last=by.note("rated", now, score=score))
        step = by.step("rated", now, before=str(before.score) if before else None, after=str(score), note=note)
        return TicketDecision(after, step)

    return change_ticket(store, seen, decide)


def rate_by_link(call: Call[RatingByLink]) -> RatedByLink:
    """Rates by the signed link of a mail or text. Raises LINK_INVALID for one that is forged or has expired, and where
    the customer has deleted their data."""
    given, now = call.input, call.now
    key = keys.ticket_key(read_rating_token(given.token, now))
    record = call.store.read([key])[key]
    ticket = read_ticket_record(record) if record else None
    if ticket is None or ticket.requester_name == FORGOTTEN:
        raise errors.LINK_INVALID()
    after = rated(call.store, ticket, given.score, given.note, now)
    rating = after.rating
    if rating is None:
        raise errors.LINK_INVALID()
    return RatedByLink(
        subject=after.subject,
        score=rating.score,
        note=rating.note,
        changeable_until=clock.iso(changeable_until(rating)),
    )
