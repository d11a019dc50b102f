"""Tickets, comments and history as values, and as items of the directory table.

A ticket belongs to a tenant and not to a mode: like all administration, it is the same whatever the session shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..store import support_keys as keys
from ..store.codec import Item
from ..store.keys import Key
from ..store.store import Record
from ..store.writes import ABSENT, Put
from .states import TicketCategory, TicketPriority, TicketSide, TicketStatus

RelatedType = Literal["transaction", "prefund_request", "balance_request", "invoice", "redemption", "customer"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that was attached. Whose document it is stands here, as staff attach the operator's."""

    tenant: str
    document: str
    name: str
    media: str
    size: int


@dataclass(frozen=True, slots=True)
class TicketRating:
    score: int
    note: str | None
    first_at: int
    """When the ticket was first rated: changes are possible for a week from then."""
    at: int


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
    follow_up_of: str | None = None
    comments: int = 0
    rating: TicketRating | None = None
    sla: Mapping[str, Any] | None = None
    """The state of its clocks (`support.clocks`), None where no SLA applies."""
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


def ticket_item(ticket: Ticket) -> Item:
    item = {
        "ten": ticket.tenant,
        "ten_name": ticket.tenant_name,
        "op": ticket.operator,
        "req": ticket.requester,
        "req_name": ticket.requester_name,
        "subject": ticket.subject,
        "body": ticket.description,
        "cat": ticket.category,
        "prio": ticket.priority,
        "st": ticket.status,
        "at": ticket.created_at,
        "upd": ticket.updated_at,
        "since": ticket.status_since,
        "related": list(ticket.related) if ticket.related else None,
        "files": [_attachment_item(each) for each in ticket.attachments] or None,
        "who": ticket.assignee,
        "who_name": ticket.assignee_name,
        "follows": ticket.follow_up_of,
        "comments": ticket.comments,
        "rating": _rating_item(ticket.rating) if ticket.rating else None,
        "sla": dict(ticket.sla) if ticket.sla else None,
        "reminded": ticket.reminded or None,
        "last": dict(ticket.last) or None,
        "version": ticket.version,
        "g1p": keys.tenant_tickets_partition(ticket.tenant),
        "g1s": ticket.id,
        "g2p": keys.all_tickets_partition(),
        "g2s": ticket.id,
    }
    return {name: value for name, value in item.items() if value is not None}


def read_ticket_record(record: Record) -> Ticket:
    related, rating = record.get("related"), record.get("rating")
    return Ticket(
        id=str(record["pk"]).partition("#")[2],
        tenant=record["ten"],
        tenant_name=record["ten_name"],
        operator=record["op"],
        requester=record["req"],
        requester_name=record["req_name"],
        subject=record["subject"],
        description=record["body"],
        category=record["cat"],
        priority=record["prio"],
        status=record["st"],
        created_at=record["at"],
        updated_at=record["upd"],
        status_since=record["since"],
        related=(related[0], related[1]) if related else None,
        attachments=tuple(map(_read_attachment, record.get("files", ()))),
        assignee=record.get("who"),
        assignee_name=record.get("who_name"),
        follow_up_of=record.get("follows"),
        comments=record["comments"],
        rating=TicketRating(rating["score"], rating.get("note"), rating["first"], rating["at"]) if rating else None,
        sla=record.get("sla"),
        reminded=record.get("reminded", False),
        last=record.get("last", {}),
        version=record["version"],
    )


def comment_put(comment: Comment) -> Put:
    item = {
        "side": comment.side,
        "by": comment.by,
        "by_name": comment.by_name,
        "body": comment.body,
        "at": comment.at,
        "files": [_attachment_item(each) for each in comment.attachments] or None,
    }
    return Put(comment.key, {name: value for name, value in item.items() if value is not None}, when=ABSENT)


def read_comment_record(record: Record) -> Comment:
    kind, _, id = str(record["sk"]).partition("#")
    return Comment(
        id=id,
        ticket=str(record["pk"]).partition("#")[2],
        internal=f"{kind}#" == keys.INTERNAL,
        side=record["side"],
        by=record["by"],
        by_name=record["by_name"],
        body=record["body"],
        at=record["at"],
        attachments=tuple(map(_read_attachment, record.get("files", ()))),
    )


def step_put(ticket: Ticket, step: TicketStep) -> Put:
    """The line of the change that made this version of the ticket."""
    item = {
        "what": step.what,
        "side": step.side,
        "by": step.by,
        "by_name": step.by_name,
        "at": step.at,
        "from": step.before,
        "to": step.after,
        "note": step.note,
        "internal": step.internal or None,
    }
    known = {name: value for name, value in item.items() if value is not None}
    return Put(keys.ticket_step_key(ticket.id, ticket.version), known, when=ABSENT)


def read_step_record(record: Record) -> TicketStep:
    return TicketStep(
        what=record["what"],
        side=record["side"],
        by=record["by"],
        by_name=record["by_name"],
        at=record["at"],
        before=record.get("from"),
        after=record.get("to"),
        note=record.get("note"),
        internal=record.get("internal", False),
    )


def _attachment_item(attachment: Attachment) -> Item:
    return {
        "ten": attachment.tenant,
        "doc": attachment.document,
        "name": attachment.name,
        "media": attachment.media,
        "size": attachment.size,
    }


def _read_attachment(record: Mapping[str, Any]) -> Attachment:
    return Attachment(record["ten"], record["doc"], record["name"], record["media"], record["size"])


def _rating_item(rating: TicketRating) -> Item:
    item = {"score": rating.score, "note": rating.note, "first": rating.first_at, "at": rating.at}
    return {name: value for name, value in item.items() if value is not None}
