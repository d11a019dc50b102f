"""Tickets, comments and history as values, and as items of the directory table.

A ticket belongs to a tenant and not to a mode: like all administration, it is the same whatever the session shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ..store import support_keys as keys
from ..store.codec import Item, read_attributes, write_attributes
from ..store.keys import Key
from ..store.store import Record
from ..store.writes import ABSENT, Put
from .states import TicketCategory, TicketPriority, TicketSide, TicketStatus

FORGOTTEN: Final = "[deleted]"
"""Instead of a customer's name and words, where they had their data deleted."""

RelatedType = Literal["transaction", "prefund_request", "balance_request", "invoice", "redemption", "customer"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that was attached. The owner of the document is kept here, as staff attach the operator's."""

    tenant: str
    document: str
    name: str
    media: str
    size: int


@dataclass(frozen=True, slots=True)
class TicketRating:
    score: int
    first_at: int
    """When the ticket was first rated: changes are possible for a week from then."""
    at: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    id: str
    tenant: str
    tenant_name: str
    operator: str
    """The tenant whose staff work on it."""
    requester: str
    requester_name: str
    subject: str
    description: str
    category: TicketCategory
    priority: TicketPriority
    status: TicketStatus
    created_at: int
    updated_at: int
    status_since: int
    related: tuple[str, str] | None = None
    """Type and id of what it is about."""
    attachments: tuple[Attachment, ...] = ()
    assignee: str | None = None
    assignee_name: str | None = None
    team: str | None = None
    """The team that works on it."""
    merged_into: str | None = None
    """The ticket that this one was merged into: it is closed, and replies to it go there."""
    follow_up_of: str | None = None
    comments: int = 0
    rating: TicketRating | None = None
    sla: Mapping[str, Any] | None = None
    """The state of its clocks (`support.clocks`), None where no SLA applies."""
    from_customer: bool = False
    """Opened by a customer of the tenant, whose own people answer it: the operator's staff have no part in it."""
    reminded: bool = False
    """Whether the customer has been reminded that it will be closed."""
    last: Mapping[str, Any] = field(default_factory=dict)
    """What the newest change was, for the event that is made of it: `what`, `by`, and what goes with it."""
    version: int = 1

    @property
    def key(self) -> Key:
        return keys.ticket_key(self.id)


@dataclass(frozen=True, slots=True)
class Comment:
    id: str
    ticket: str
    internal: bool
    side: TicketSide
    by: str
    by_name: str
    body: str
    at: int
    attachments: tuple[Attachment, ...] = ()

    @property
    def key(self) -> Key:
        return keys.ticket_comment_key(self.ticket, self.id, internal=self.internal)


@dataclass(frozen=True, slots=True)
class TicketStep:
    """One line of a ticket's history. `internal` lines are for staff."""

    what: str
    side: TicketSide
    by: str
    by_name: str
    at: int
    before: str | None = None
    after: str | None = None
    note: str | None = None
    internal: bool = False


_TICKET: Final = {
    "tenant": "ten",
    "tenant_name": "ten_name",
    "operator": "op",
    "requester": "req",
    "requester_name": "req_name",
    "subject": "subject",
    "description": "body",
    "category": "cat",
    "priority": "prio",
    "status": "st",
    "created_at": "at",
    "updated_at": "upd",
    "status_since": "since",
    "assignee": "who",
    "assignee_name": "who_name",
    "team": "team",
    "merged_into": "into",
    "follow_up_of": "follows",
    "comments": "comments",
    "sla": "sla",
    "from_customer": "cust",
    "reminded": "reminded",
    "last": "last",
    "version": "version",
}
_COMMENT: Final = {"side": "side", "by": "by", "by_name": "by_name", "body": "body", "at": "at"}
_STEP: Final = {
    "what": "what",
    "side": "side",
    "by": "by",
    "by_name": "by_name",
    "at": "at",
    "before": "from",
    "after": "to",
    "note": "note",
    "internal": "internal",
}
_ATTACHMENT: Final = {"tenant": "ten", "document": "doc", "name": "name", "media": "media", "size": "size"}
_RATING: Final = {"score": "score", "note": "note", "first_at": "first", "at": "at"}
"""Field -> attribute of the stored item."""


def ticket_item(ticket: Ticket) -> Item:
    return {
        **write_attributes(ticket, _TICKET),
        "related": list(ticket.related) if ticket.related else None,
        "files": _attachment_items(ticket.attachments),
        "rating": rating_item(ticket.rating) if ticket.rating else None,
        "g1p": _tenants_list(ticket),
        "g1s": ticket.id,
        "g2p": _others_list(ticket),
        "g2s": ticket.id,
    }


def rating_item(rating: TicketRating) -> Item:
    return write_attributes(rating, _RATING)


def _tenants_list(ticket: Ticket) -> str:
    """The list that the tenant's people see it in."""
    if ticket.from_customer:
        return keys.customers_tickets_partition(ticket.tenant)
    return keys.tenant_tickets_partition(ticket.tenant)


def _others_list(ticket: Ticket) -> str:
    """The list of the customer, or that of the operator's staff."""
    if ticket.from_customer:
        return keys.customer_tickets_partition(ticket.requester)
    return keys.all_tickets_partition()


def read_ticket_record(record: Record) -> Ticket:
    related, rating = record.get("related"), record.get("rating")
    return Ticket(
        id=str(record["pk"]).partition("#")[2],
        related=(related[0], related[1]) if related else None,
        attachments=_read_attachments(record),
        rating=TicketRating(**read_attributes(rating, _RATING)) if rating else None,
        **read_attributes(record, _TICKET),
    )


def comment_put(comment: Comment) -> Put:
    item = {**write_attributes(comment, _COMMENT), "files": _attachment_items(comment.attachments)}
    return Put(comment.key, item, when=ABSENT)


def read_comment_record(record: Record) -> Comment:
    kind, _, id = str(record["sk"]).partition("#")
    return Comment(
        id=id,
        ticket=str(record["pk"]).partition("#")[2],
        internal=f"{kind}#" == keys.INTERNAL,
        attachments=_read_attachments(record),
        **read_attributes(record, _COMMENT),
    )


def step_put(ticket: Ticket, step: TicketStep) -> Put:
    """The line of the change that made this version of the ticket."""
    return Put(keys.ticket_step_key(ticket.id, ticket.version), write_attributes(step, _STEP), when=ABSENT)


def read_step_record(record: Record) -> TicketStep:
    return TicketStep(**read_attributes(record, _STEP))


def _attachment_items(attachments: tuple[Attachment, ...]) -> list[Item] | None:
    return [write_attributes(each, _ATTACHMENT) for each in attachments] or None


def _read_attachments(record: Record) -> tuple[Attachment, ...]:
    return tuple(Attachment(**read_attributes(each, _ATTACHMENT)) for each in record.get("files", ()))
