"""Comments on a ticket, and its history. What is internal has keys of its own and never reaches a customer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from heapq import merge
from itertools import islice
from typing import Any, Final

from .. import clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.styles import Reply, replay_headers
from ..store import support_keys as keys
from ..store.store import Record
from .access import caller_name, is_staff_of, is_support_staff, requested_ticket, side_of
from .attachments import attach_documents, attachments_out, load_documents
from .model import Comment, Ticket, TicketStep, comment_put, read_comment_record, read_step_record
from .models import CommentAdded, CommentOut, CommentsQuery, HistoryEntry, NewComment
from .refusals import TICKET_CLOSED, TOO_MANY_COMMENTS
from .states import TicketStatus, status_after_comment
from .tickets import ticket_summary
from .writing import (
    RequestRepeated,
    SupportRequest,
    TicketActor,
    TicketDecision,
    change_ticket,
    moved,
    reload_ticket,
    require_step,
    ticket_actor,
)

MAX_COMMENTS: Final = 1_000


def add_comment(call: Call[NewComment]) -> Reply:
    """Adds a comment. A customer's reply reopens what is pending or resolved; staff take up what is new."""
    given, ticket = call.input, requested_ticket(call)
    _require_allowed(call, ticket)
    content = {"ticket": ticket.id, **given.model_dump(exclude={"idempotency_key"})}
    request = SupportRequest.of(call, "tickets.comment", content)
    try:
        if request is not None:
            request.require_first(call.store)
        comment = _written(call, ticket)
        actor = ticket_actor(call, ticket)
        after = change_ticket(
            call.store, ticket, lambda now: commented(actor, now, comment, request, given.status), request=request
        )
    except RequestRepeated as repeated:
        key = keys.ticket_comment_key(ticket.id, repeated.made, internal=given.visibility == "internal")
        record = call.store.read([key])[key]
        comment = read_comment_record(record or {"pk": key.pk, "sk": key.sk})
        after = reload_ticket(call.store, ticket)
        return Reply(_comment_response(call, comment, after), "Comment added", headers=replay_headers(True))
    return Reply(_comment_response(call, comment, after), "Comment added")


def _require_allowed(call: Call[NewComment], ticket: Ticket) -> None:
    given = call.input
    if given.visibility == "internal" and not is_staff_of(call.caller, ticket):
        raise errors.FORBIDDEN("Only staff who answer the ticket can write internal comments.")
    if given.canned_response_id is not None and not is_support_staff(call.caller):
        raise errors.FORBIDDEN("Only the operator's staff may send canned responses.")
    if given.attachments and ticket.from_customer:
        raise errors.invalid("attachments", "customers cannot open your tenant's documents; write what is in them")
    if given.visibility == "internal" and given.status is not None:
        raise errors.invalid("status", "cannot be given with an internal comment; change the status by itself")
    if (given.body is None) == (given.canned_response_id is None):
        raise errors.invalid("body", "give either a body or a canned_response_id")


def _written(call: Call[NewComment], ticket: Ticket) -> Comment:
    given, now = call.input, clock.system()
    body = given.body
    if given.canned_response_id is not None:
        from .canned import rendered_response  # staff alone have them

        body = rendered_response(call, given.canned_response_id, ticket)
    return Comment(
        id=ids.new_id("cmt", now),
        ticket=ticket.id,
        internal=given.visibility == "internal",
        side=side_of(call.caller, ticket),
        by=call.caller.id,
        by_name=caller_name(call),
        body=body or "",
        at=now,
        attachments=attach_documents(call, given.attachments),
    )


def commented(
    actor: TicketActor,
    ticket: Ticket,
    comment: Comment,
    request: SupportRequest | None,
    wanted: TicketStatus | None = None,
) -> TicketDecision:
    """What a comment makes of a ticket. `wanted`: the status that its author moves the ticket to besides."""
    if ticket.status == "closed":
        raise TICKET_CLOSED()
    if ticket.comments >= MAX_COMMENTS:
        raise TOO_MANY_COMMENTS(figures={"limit": MAX_COMMENTS})
    writes = [comment_put(comment), *([request.put(comment.id, comment.at)] if request else [])]
    if comment.internal:
        # Nothing that a customer can see changes: no time, no status.
        noted = replace(ticket, comments=ticket.comments + 1, last=actor.note("noted", comment.at))
        return TicketDecision(noted, actor.step("noted", comment.at, internal=True), writes)
    status = status_after_comment(ticket.status, comment.side)
    if wanted is not None and wanted != status:
        require_step(replace(ticket, status=status), wanted, comment.side)
        status = wanted
    step = actor.step(
        "commented",
        comment.at,
        before=ticket.status if status != ticket.status else None,
        after=status if status != ticket.status else None,
    )
    after = replace(
        moved(ticket, status, comment.at),
        comments=ticket.comments + 1,
        updated_at=comment.at,
        last=actor.note("commented", comment.at, comment=comment.id, before=ticket.status),
    )
    return TicketDecision(after, step, writes, commented_by=comment.side)


def _comment_response(call: Call[NewComment], comment: Comment, ticket: Ticket) -> CommentAdded:
    return CommentAdded(comment=_comments_out(call, [comment])[0], ticket=ticket_summary(call, ticket))


def list_comments(call: Call[CommentsQuery]) -> Reply:
    """A page of comments, the oldest first. Internal ones are read for staff only."""
    query, ticket = call.input, requested_ticket(call)
    staff = is_staff_of(call.caller, ticket)
    filters = {"list": "comments", "ticket": ticket.id, "staff": staff}
    after = cursor.open_cursor(call.caller.tenant.id, filters, query.cursor) if query.cursor else None
    kinds = [keys.COMMENT, keys.INTERNAL] if staff else [keys.COMMENT]
    streams = [_comments(call, ticket, kind, after, query.limit + 1) for kind in kinds]
    found = list(islice(merge(*streams, key=lambda comment: comment.id), query.limit + 1))
    page = found[: query.limit]
    more = len(found) > query.limit
    following = cursor.seal_cursor(call.caller.tenant.id, filters, page[-1].id) if more else None
    return Reply(_comments_out(call, page), meta={"next_cursor": following, "limit": query.limit})


def _comments(call: Call[Any], ticket: Ticket, kind: str, after: str | None, limit: int) -> Iterator[Comment]:
    partition = keys.ticket_partition(ticket.id)
    # Between the ids of one kind: `~` sorts after every character of an id.
    since, until = f"{kind}{after}~" if after else kind, f"{kind}~"
    page = call.store.query("directory", partition, since=since, until=until, limit=limit, consistent=True)
    return map(read_comment_record, page.items)


def _comments_out(call: Call[Any], comments: list[Comment]) -> list[CommentOut]:
    attached = [each for comment in comments for each in comment.attachments]
    loaded: dict[Any, Record | None] = load_documents(call.store, attached)
    return [
        CommentOut(
            id=comment.id,
            ticket_id=comment.ticket,
            visibility="internal" if comment.internal else "public",
            author_type=comment.side,
            author_id=comment.by,
            author_name=comment.by_name,
            body=comment.body,
            attachments=attachments_out(comment.attachments, loaded),
            created_at=clock.iso(comment.at),
        )
        for comment in comments
    ]


def list_ticket_history(call: Call[CommentsQuery]) -> Reply:
    """A page of the ticket's history, the oldest line first. What only staff may know is left out for others."""
    query, ticket = call.input, requested_ticket(call)
    staff = is_staff_of(call.caller, ticket)
    filters = {"list": "history", "ticket": ticket.id, "staff": staff}
    place = cursor.open_cursor(call.caller.tenant.id, filters, query.cursor) if query.cursor else None
    found: list[tuple[str, TicketStep]] = []
    since: str | None = f"{keys.STEP}{place}~" if place else keys.STEP
    while since is not None and len(found) <= query.limit:
        page = call.store.query(
            "directory",
            keys.ticket_partition(ticket.id),
            since=since,
            until=f"{keys.STEP}~",
            limit=query.limit + 1,
            consistent=True,
        )
        lines = [(str(record["sk"]).removeprefix(keys.STEP), read_step_record(record)) for record in page.items]
        found += [(number, step) for number, step in lines if staff or not step.internal]
        since = f"{page.last['sk']}~" if page.last else None
    shown = found[: query.limit]
    following = None
    if len(found) > query.limit:
        following = cursor.seal_cursor(call.caller.tenant.id, filters, shown[-1][0])
    return Reply([_entry(step) for _, step in shown], meta={"next_cursor": following, "limit": query.limit})


def _entry(step: TicketStep) -> HistoryEntry:
    return HistoryEntry(
        what=step.what,
        by_type=step.side,
        by=step.by,
        by_name=step.by_name,
        before=step.before,
        after=step.after,
        note=step.note,
        at=clock.iso(step.at),
    )
