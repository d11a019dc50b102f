"""What the endpoints of tickets take and give."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from ..api.models import IdempotencyKey, Instant, Model, Note, Text
from .model import RelatedType
from .states import TicketCategory, TicketPriority, TicketSide, TicketStatus

TypedId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
LongText = Annotated[
    str, StringConstraints(min_length=1, max_length=10_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$")
]
AttachmentIds = Annotated[
    list[TypedId],
    Field(
        max_length=5,
        description="Documents of your own tenant, already uploaded; at most 5.",
        examples=[["doc_01KDC0V6M8W3T4Q9X2Z7N5B1FA"]],
    ),
]
_TICKET_ID = "tkt_01KDC0V6M8W3T4Q9X2Z7N5B1FA"
_COMMENT_ID = "cmt_01KDC0V6M8W3T4Q9X2Z7N5B1FA"
_USER_ID = "usr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"
_TENANT_ID = "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"
_AT = "2026-11-28T10:15:00.000Z"


class RelatedThing(Model):
    type: RelatedType = Field(examples=["transaction"])
    id: TypedId = Field(examples=["txn_4ZKQ0N2V7M1X9C6R8Y3E2K7D4P"])


class NewTicket(Model):
    subject: Text = Field(examples=["Refund of order 1001 is missing"])
    description: LongText = Field(examples=["We refunded order 1001 yesterday, but the balance has not changed."])
    category: TicketCategory = Field("other", examples=["transaction"])
    priority: TicketPriority = Field("normal", examples=["high"])
    related: RelatedThing | None = Field(None, description="What the ticket is about.")
    attachments: AttachmentIds = Field(default=[])
    follow_up_of: TypedId | None = Field(
        None, description="The closed ticket that this one continues.", examples=[_TICKET_ID]
    )
    idempotency_key: IdempotencyKey | None = Field(None, examples=["till-7-ticket-42"])


class TicketsQuery(Model):
    status: TicketStatus | None = None
    active: bool | None = Field(None, description="`true`: neither resolved nor closed. `false`: resolved or closed.")
    category: TicketCategory | None = None
    priority: TicketPriority | None = None
    tenant_id: TypedId | None = Field(None, description="Staff only: the tickets of one tenant.")
    assigned_to: TypedId | None = Field(None, description="Staff only: a user, or `nobody`.")
    team: TypedId | None = Field(None, description="Staff only: a team, or `none`.")
    from_customers: bool = Field(
        False, description="`true`: what your own customers have opened, instead of your tickets with the operator."
    )
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class TicketChange(Model):
    """Changes what it names."""

    subject: Text | None = Field(None, examples=["Refund of order 1001 is missing since Monday"])
    category: TicketCategory | None = Field(None, examples=["billing"])
    priority: TicketPriority | None = Field(None, examples=["urgent"])
    version: int | None = Field(
        None, ge=1, description="As read: refused if the ticket has changed since.", examples=[3]
    )


class TicketStatusChange(Model):
    status: TicketStatus = Field(examples=["resolved"])
    note: Note | None = Field(
        None, description="Why. It is shown in the history, which the customer can read.", examples=["Refund posted"]
    )
    version: int | None = Field(
        None, ge=1, description="As read: refused if the ticket has changed since.", examples=[3]
    )


TeamId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9-]{1,32}$"),
    Field(description="A team of the operator's staff.", examples=["payments"]),
]


class TicketAssignment(Model):
    """To a person, a team or both. A team alone takes the ticket from an assignee who is not in it."""

    user_id: TypedId | None = Field(
        None,
        description="An active member of the operator's staff; null takes the ticket from its assignee.",
        examples=[_USER_ID],
    )
    team: TeamId | None = Field(None, description="Null takes it from its team.", examples=["payments"])
    note: Note | None = Field(None, description="For staff only.", examples=["Knows the gateway best"])

    @model_validator(mode="after")
    def _something(self) -> TicketAssignment:
        if not {"user_id", "team"} & self.model_fields_set:
            raise ValueError("give user_id, team or both")
        return self


class NewComment(Model):
    body: LongText | None = Field(
        None, description="Required unless a canned response is named.", examples=["Which order is it?"]
    )
    visibility: Literal["public", "internal"] = Field(
        "public", description="`internal` is for staff: customers never see it, on any channel.", examples=["public"]
    )
    status: TicketStatus | None = Field(
        None, description="Moves the ticket at the same time, such as to `pending`.", examples=["pending"]
    )
    canned_response_id: TypedId | None = Field(
        None,
        description="Staff only: sends this text, its variables filled in.",
        examples=["cnr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"],
    )
    attachments: AttachmentIds = Field(default=[])
    idempotency_key: IdempotencyKey | None = Field(None, examples=["reply-42"])


class CommentsQuery(Model):
    limit: int = Field(50, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


class NewRating(Model):
    score: int = Field(ge=1, le=5, description="1 (very dissatisfied) to 5 (very satisfied).", examples=[5])
    note: Note | None = Field(None, examples=["Quick and friendly"])


class RatingByLink(NewRating):
    token: str = Field(
        min_length=1,
        max_length=300,
        description="From the link of the mail or text which said that the ticket is resolved.",
        examples=["tkt_01KDC0V6M8W3T4Q9X2Z7N5B1FA.1799000000.k3j5h2m4n6p7q2r3s4t5"],
    )


class RatedByLink(Model):
    subject: str = Field(examples=["Refund of order 1001 is missing"])
    score: int = Field(examples=[5])
    note: str | None = Field(examples=["Quick and friendly"])
    changeable_until: Instant = Field(description="Until then the rating can be changed.", examples=[_AT])


class MergeTicket(Model):
    into: TypedId = Field(description="The ticket of the same tenant that goes on.", examples=[_TICKET_ID])


class AttachmentOut(Model):
    document_id: str = Field(examples=["doc_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    name: str = Field(examples=["statement.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    size: int = Field(examples=[48211])
    download_url: str | None = Field(
        description="A link that works for five minutes; null if the document is gone or unsafe, and in lists.",
        examples=[None],
    )


class RatingOut(Model):
    score: int = Field(examples=[5])
    note: str | None = Field(examples=["Quick and friendly"])
    at: Instant = Field(examples=[_AT])


class TicketSummary(Model):
    id: str = Field(examples=[_TICKET_ID])
    tenant_id: str = Field(examples=[_TENANT_ID])
    tenant_name: str = Field(examples=["Kaveri Stores"])
    subject: str = Field(examples=["Refund of order 1001 is missing"])
    category: TicketCategory = Field(examples=["transaction"])
    priority: TicketPriority = Field(examples=["high"])
    status: TicketStatus = Field(examples=["open"])
    requester_id: str = Field(examples=[_USER_ID])
    requester_name: str = Field(examples=["Lakshmi Narayan"])
    assigned_to: str | None = Field(description="For staff; null for everyone else.", examples=[_USER_ID])
    assigned_name: str | None = Field(description="For staff; null for everyone else.", examples=["Joseph Fernandes"])
    team: str | None = Field(description="For staff; null for everyone else.", examples=["payments"])
    related: RelatedThing | None
    follow_up_of: str | None = Field(examples=[None])
    merged_into: str | None = Field(description="The ticket that goes on in its place.", examples=[None])
    created_at: Instant = Field(examples=[_AT])
    updated_at: Instant = Field(description="The last change that the reader may know of.", examples=[_AT])
    version: int = Field(examples=[3])


class SlaClockOut(Model):
    clock: Literal["first_response", "next_response", "resolution"] = Field(examples=["resolution"])
    state: Literal["running", "paused", "breached"] = Field(
        description="`paused` while the customer is awaited.", examples=["running"]
    )
    due_at: Instant | None = Field(description="null while it is paused.", examples=[_AT])


class TicketOut(TicketSummary):
    description: str = Field(examples=["We refunded order 1001 yesterday, but the balance has not changed."])
    attachments: list[AttachmentOut]
    allowed_statuses: list[TicketStatus] = Field(
        description="What the reader may change the status to now.", examples=[["pending", "on_hold", "resolved"]]
    )
    sla: list[SlaClockOut] | None = Field(
        description="The clocks that have not ended. For staff; null for everyone else."
    )
    rating: RatingOut | None


class CommentOut(Model):
    id: str = Field(examples=[_COMMENT_ID])
    ticket_id: str = Field(examples=[_TICKET_ID])
    visibility: Literal["public", "internal"] = Field(examples=["public"])
    author_type: TicketSide = Field(examples=["staff"])
    author_id: str = Field(examples=[_USER_ID])
    author_name: str = Field(examples=["Joseph Fernandes"])
    body: str = Field(examples=["Which order is it?"])
    attachments: list[AttachmentOut]
    created_at: Instant = Field(examples=[_AT])


class CommentAdded(Model):
    comment: CommentOut
    ticket: TicketSummary


class HistoryEntry(Model):
    what: Literal[
        "created", "updated", "status", "commented", "noted", "assigned", "rated", "reminded", "sla", "merged"
    ] = Field(description="`noted`, `assigned` and `sla` are shown to staff only.", examples=["status"])
    by_type: TicketSide = Field(examples=["staff"])
    by: str = Field(examples=[_USER_ID])
    by_name: str = Field(examples=["Joseph Fernandes"])
    before: str | None = Field(examples=["open"])
    after: str | None = Field(examples=["resolved"])
    note: str | None = Field(examples=["Refund posted"])
    at: Instant = Field(examples=[_AT])
