"""Merging one ticket into another: the first is closed, the second goes on and says what it has taken in."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..store import support_keys as keys
from ..store.store import Store
from ..store.writes import Condition, Put, Write
from .access import requested_ticket
from .canned import require_support_staff
from .model import Comment, Ticket, comment_put, read_comment_record, read_ticket_record, step_put, ticket_item
from .models import MergeTicket, TicketOut
from .refusals import TICKET_CLOSED
from .tickets import ticket_out
from .writing import TicketActor, TicketDecision, change_ticket, moved, ticket_actor

_BODY: Final = 10_000


def merge_ticket(call: Call[MergeTicket]) -> TicketOut:
    """Merges the ticket of the path into another one of its tenant. Answers with the ticket that goes on."""
    require_support_staff(call)
    into, source, now = call.input.into, requested_ticket(call), clock.system()
    if source.merged_into != into:
        comment_id, actor, last_words = ids.new_id("cmt", now), ticket_actor(call), _last_words(call.store, source)

        def decide(ticket: Ticket) -> TicketDecision | None:
            if ticket.merged_into == into:
                return None
            target = _target(call.store, ticket, into)
            if "closed" in (ticket.status, target.status):
                raise TICKET_CLOSED()
            note = actor.note("merged", now, before=ticket.status)
            after = replace(moved(ticket, "closed", now), merged_into=target.id, updated_at=now, last=note)
            step = actor.step("merged", now, before=ticket.status, after=target.id)
            comment = _merge_comment(ticket, target, comment_id, actor, last_words, now)
            return TicketDecision(after, step, _target_writes(target, ticket, comment, actor, now))

        change_ticket(call.store, source, decide)
    return ticket_out(call, _target(call.store, source, into))


def _target(store: Store, source: Ticket, into: str) -> Ticket:
    record = None
    if ids.is_id(into, "tkt") and into != source.id:
        key = keys.ticket_key(into)
        record = store.read([key])[key]
    target = read_ticket_record(record) if record else None
    # A customer's ticket is not the operator's to write on, though it is of the same tenant.
    fits = target is not None and target.tenant == source.tenant and not target.from_customer
    if target is None or not fits or target.merged_into == source.id:
        raise errors.invalid("into", "must be the id of another ticket of the same tenant")
    return target


def _last_words(store: Store, ticket: Ticket) -> str:
    """The newest public comment on a ticket, with its author."""
    page = store.query(
        "directory",
        keys.ticket_partition(ticket.id),
        beginning=keys.COMMENT,
        descending=True,
        limit=1,
        consistent=True,
    )
    found = [read_comment_record(record) for record in page.items]
    return f"\n\n{found[0].by_name}: {found[0].body}" if found else ""


def _merge_comment(source: Ticket, target: Ticket, id: str, actor: TicketActor, last_words: str, now: int) -> Comment:
    """What the target says of the source. Internal where somebody else opened that: they may not read it."""
    head = f"Ticket {source.id}, {source.subject!r}, was merged into this one."
    body = f"{head}\n\n{source.requester_name}: {source.description}{last_words}"
    return Comment(
        id=id,
        ticket=target.id,
        internal=source.requester != target.requester,
        side=actor.side,
        by=actor.id,
        by_name=actor.name,
        body=body if len(body) <= _BODY else f"{body[: _BODY - 1]}…",
        at=now,
        attachments=source.attachments,
    )


def _target_writes(target: Ticket, source: Ticket, comment: Comment, actor: TicketActor, now: int) -> list[Write]:
    """The target's part of the transaction. Its clocks and its status stay: nobody has answered anything."""
    after = replace(
        target,
        comments=target.comments + 1,
        updated_at=target.updated_at if comment.internal else now,
        last=actor.note("took_in", now),
        version=target.version + 1,
    )
    step = actor.step("merged", now, before=source.id, after=target.id, internal=comment.internal)
    put = Put(after.key, ticket_item(after), when=Condition(equal={"version": target.version}))
    return [put, step_put(after, step), comment_put(comment)]
