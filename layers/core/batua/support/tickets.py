"""Opening, listing, reading and changing tickets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from .. import clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.styles import Reply, replay_headers
from ..store import support_keys as keys
from ..store.store import Cancelled, Contended, Record, Store
from ..store.writes import ABSENT, Put
from .access import SEES_TENANT, caller_name, is_staff_of, is_support_staff, may_see, requested_ticket, side_of
from .attachments import attach_documents, attachments_out, load_documents
from .clocks import CLOCKS, read_sla
from .due import due_write, open_clocks
from .model import Attachment, RelatedType, Ticket, TicketStep, read_ticket_record, step_put, ticket_item
from .models import (
    NewTicket,
    RatingOut,
    RelatedThing,
    SlaClockOut,
    TicketChange,
    TicketOut,
    TicketsQuery,
    TicketSummary,
)
from .refusals import TICKET_CLOSED, TICKET_NOT_FOUND
from .sla_settings import load_sla_settings
from .states import allowed_statuses
from .writing import (
    RequestRepeated,
    SupportRequest,
    TicketActor,
    TicketDecision,
    change_ticket,
    event_note,
    require_ticket_version,
    step_by,
    ticket_actor,
)

_PREFIXES: Final[dict[RelatedType, tuple[str, ...]]] = {
    "transaction": ("txn",),
    "prefund_request": ("pfr",),
    "balance_request": ("breq",),
    "invoice": ("inv",),
    "redemption": ("rdm",),
    "customer": ("cust",),
}
_PAGE_SIZE: Final = 100
_MAX_SCANNED: Final = 1_000
"""Tickets that one page may look at for what the filters want."""
_MAX_ATTEMPTS: Final = 5


def create_ticket(call: Call[NewTicket]) -> Reply:
    """Opens a ticket. With an idempotency key, the same request again gets the same ticket."""
    given = call.input
    related = _related(given.related)
    request = SupportRequest.of(call, "tickets.create", given.model_dump(exclude={"idempotency_key"}))
    try:
        if request is not None:
            request.require_first(call.store)
        ticket = _new_ticket(call, related)
        step = step_by(call, "created", ticket.created_at, after="new")
        write_new_ticket(call.store, ticket, step, request)
    except RequestRepeated as repeated:
        key = keys.ticket_key(repeated.made)
        record = call.store.read([key])[key]
        if record is None:
            raise TICKET_NOT_FOUND() from repeated
        return Reply(ticket_out(call, read_ticket_record(record)), "Ticket opened", headers=replay_headers(True))
    return Reply(ticket_out(call, ticket), "Ticket opened")


def _new_ticket(call: Call[NewTicket], related: tuple[str, str] | None) -> Ticket:
    given, caller, now = call.input, call.caller, clock.system()
    tenant = caller.tenant
    ticket = Ticket(
        id=ids.new_id("tkt", now),
        tenant=tenant.id,
        tenant_name=tenant.name,
        operator=tenant.path[0] if tenant.path else tenant.id,
        requester=caller.id,
        requester_name=caller_name(call),
        subject=given.subject,
        description=given.description,
        category=given.category,
        priority=given.priority,
        status="new",
        created_at=now,
        updated_at=now,
        status_since=now,
        related=related,
        attachments=attach_documents(call, given.attachments),
        follow_up_of=_followed(call, given.follow_up_of),
        last=event_note(call, "created", now),
    )
    from .teams import load_teams, team_for_category  # needed where a ticket is opened

    ticket = replace(ticket, team=team_for_category(load_teams(call.store), given.category))
    return open_clocks(ticket, load_sla_settings(call.store))


def follow_up_by_mail(
    store: Store,
    closed: Ticket,
    actor: TicketActor,
    body: str,
    attachments: tuple[Attachment, ...],
    request: SupportRequest,
    now: int,
) -> Ticket:
    """Opens a ticket that continues a closed one, for a reply that came by mail. Raises RequestRepeated."""
    ticket = Ticket(
        id=ids.new_id("tkt", now),
        tenant=closed.tenant,
        tenant_name=closed.tenant_name,
        operator=closed.operator,
        requester=actor.id,
        requester_name=actor.name,
        subject=closed.subject,
        description=body,
        category=closed.category,
        priority=closed.priority,
        status="new",
        created_at=now,
        updated_at=now,
        status_since=now,
        related=closed.related,
        attachments=attachments,
        team=closed.team,
        follow_up_of=closed.id,
        last=actor.note("created", now),
    )
    ticket = open_clocks(ticket, load_sla_settings(store))
    write_new_ticket(store, ticket, actor.step("created", now, after="new"), request)
    return ticket


def write_new_ticket(store: Store, ticket: Ticket, step: TicketStep, request: SupportRequest | None) -> None:
    """Writes a ticket that is not there yet. Raises RequestRepeated where its request has made one before."""
    writes = [
        Put(ticket.key, ticket_item(ticket), when=ABSENT),
        step_put(ticket, step),
        due_write(ticket),
        *([request.put(ticket.id, ticket.created_at)] if request else []),
    ]
    for tries in range(_MAX_ATTEMPTS):
        try:
            store.commit(writes, caller=ticket.id)
            return
        except Cancelled as cancelled:
            if request is not None:
                request.require_first(store)
            raise errors.BUSY() from cancelled
        except Contended:
            store.sleep(0.02 * 2**tries)
    raise errors.BUSY(headers={"Retry-After": "1"})


def _related(thing: RelatedThing | None) -> tuple[str, str] | None:
    """Only its form is checked: a reader of the ticket opens the thing with permissions of their own."""
    if thing is None:
        return None
    prefixes = _PREFIXES[thing.type]
    if not ids.is_id(thing.id, *prefixes):
        raise errors.invalid("related.id", f"must be the id of the {thing.type.replace('_', ' ')}, `{prefixes[0]}_…`")
    return thing.type, thing.id


def _followed(call: Call[NewTicket], id: str | None) -> str | None:
    if id is None:
        return None
    if ids.is_id(id, "tkt"):
        record = call.store.read([keys.ticket_key(id)])[keys.ticket_key(id)]
        if record is not None and may_see(call.caller, read_ticket_record(record)):
            return id
    raise errors.invalid("follow_up_of", "must be the id of a ticket that you can read")


def list_tickets(call: Call[TicketsQuery]) -> Reply:
    """A page of tickets, the newest first."""
    query, caller = call.input, call.caller
    staff = is_support_staff(caller)
    for name in ("tenant_id", "assigned_to", "team"):
        if getattr(query, name) is not None and not staff:
            raise errors.FORBIDDEN(f"Only the operator's staff can filter by {name}.")
    if query.from_customers and (staff or SEES_TENANT not in caller.permissions):
        raise errors.FORBIDDEN("Customers' tickets can only be read by their tenant's users with tickets:read.")
    filters = {"list": "tickets", "by": caller.id, **query.model_dump(exclude={"cursor", "limit"})}
    after = cursor.open_cursor(caller.tenant.id, filters, query.cursor) if query.cursor else None
    rows: list[Ticket] = []
    following = None
    for looked_at, ticket in enumerate(_tickets_by_time(call, after), start=1):
        wanted = may_see(caller, ticket) and _matches_query(query, ticket)
        if wanted and len(rows) == query.limit:
            following = rows[-1].id
            break
        rows += [ticket] if wanted else []
        if looked_at == _MAX_SCANNED:
            following = ticket.id
            break
    sealed = cursor.seal_cursor(caller.tenant.id, filters, following) if following else None
    return Reply([ticket_summary(call, each) for each in rows], meta={"next_cursor": sealed, "limit": query.limit})


def _tickets_by_time(call: Call[TicketsQuery], after: str | None) -> Iterator[Ticket]:
    tenant = call.input.tenant_id if is_support_staff(call.caller) else call.caller.tenant.id
    if tenant is None:
        partition, index, attributes = keys.all_tickets_partition(), "by_name", ("g2p", "g2s")
    else:
        if not ids.is_id(tenant, "ten"):
            raise errors.invalid("tenant_id", "must be a tenant's id, `ten_…`")
        lists = keys.customers_tickets_partition if call.input.from_customers else keys.tenant_tickets_partition
        partition, index, attributes = lists(tenant), "by_parent", ("g1p", "g1s")
    start: dict[str, Any] | None = None
    if after is not None:
        key = keys.ticket_key(after)
        start = {"pk": key.pk, "sk": key.sk, attributes[0]: partition, attributes[1]: after}
    while True:
        page = call.store.query("directory", partition, index=index, descending=True, limit=_PAGE_SIZE, after=start)
        yield from map(read_ticket_record, page.items)
        start = page.last
        if start is None:
            return


def _matches_query(query: TicketsQuery, ticket: Ticket) -> bool:
    over = ticket.status in ("resolved", "closed")
    return (
        query.status in (None, ticket.status)
        and query.active in (None, not over)
        and query.category in (None, ticket.category)
        and query.priority in (None, ticket.priority)
        and query.assigned_to in (None, ticket.assignee or "nobody")
        and query.team in (None, ticket.team or "none")
    )


def read_ticket(call: Call[None]) -> TicketOut:
    return ticket_out(call, requested_ticket(call))


def update_ticket(call: Call[TicketChange]) -> TicketOut:
    """Changes subject, category or priority, until the ticket is closed."""
    given, seen, now = call.input, requested_ticket(call), clock.system()
    changes = given.model_dump(include={"subject", "category", "priority"}, exclude_none=True)

    def decide(ticket: Ticket) -> TicketDecision | None:
        require_ticket_version(ticket, given.version)
        different = {name: value for name, value in changes.items() if getattr(ticket, name) != value}
        if not different:
            return None
        if ticket.status == "closed":
            raise TICKET_CLOSED()
        changed_text = ", ".join(f"{name}: {getattr(ticket, name)}" for name in different)
        became = ", ".join(f"{name}: {value}" for name, value in different.items())
        actor = ticket_actor(call, ticket)
        after = replace(ticket, **different, updated_at=now, last=actor.note("updated", now, fields=[*different]))
        return TicketDecision(after, actor.step("updated", now, before=changed_text, after=became))

    return ticket_out(call, change_ticket(call.store, seen, decide))


def ticket_summary(call: Call[Any], ticket: Ticket) -> TicketSummary:
    return TicketSummary(**_ticket_fields(call, ticket))


def ticket_out(call: Call[Any], ticket: Ticket) -> TicketOut:
    """The ticket as this reader may see it."""
    loaded: dict[Any, Record | None] = load_documents(call.store, ticket.attachments)
    rating = ticket.rating
    return TicketOut(
        **_ticket_fields(call, ticket),
        description=ticket.description,
        attachments=attachments_out(ticket.attachments, loaded),
        allowed_statuses=list(allowed_statuses(ticket.status, side_of(call.caller, ticket))),
        sla=_sla_out(ticket) if is_support_staff(call.caller) else None,
        rating=RatingOut(score=rating.score, note=rating.note, at=clock.iso(rating.at)) if rating else None,
    )


def _sla_out(ticket: Ticket) -> list[SlaClockOut]:
    clocks = read_sla(ticket.sla).clocks if ticket.sla else {}
    return [
        SlaClockOut(
            clock=name,
            state="breached"
            if clocks[name].breached_at is not None
            else "running"
            if clocks[name].running
            else "paused",
            due_at=clock.iso(due) if (due := clocks[name].due_at) is not None else None,
        )
        for name in CLOCKS
        if name in clocks
    ]


def _ticket_fields(call: Call[Any], ticket: Ticket) -> dict[str, Any]:
    staff = is_staff_of(call.caller, ticket)
    kind, id = ticket.related or (None, None)
    return {
        "id": ticket.id,
        "tenant_id": ticket.tenant,
        "tenant_name": ticket.tenant_name,
        "subject": ticket.subject,
        "category": ticket.category,
        "priority": ticket.priority,
        "status": ticket.status,
        "requester_id": ticket.requester,
        "requester_name": ticket.requester_name,
        "assigned_to": ticket.assignee if staff else None,
        "assigned_name": ticket.assignee_name if staff else None,
        "team": ticket.team if staff else None,
        "related": RelatedThing(type=kind, id=id) if kind and id else None,
        "follow_up_of": ticket.follow_up_of,
        "merged_into": ticket.merged_into,
        "created_at": clock.iso(ticket.created_at),
        "updated_at": clock.iso(ticket.updated_at),
        "version": ticket.version,
    }
