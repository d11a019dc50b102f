"""A customer's tickets with the merchant, where the merchant takes them. Internal comments are never read here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Final, Literal

from pydantic import Field

from .. import clock, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import IdempotencyKey, Model, Text
from ..api.styles import Reply, replay_headers
from ..customers.model import SILENCE_MS, customer_wallet_id
from ..store import support_keys as keys
from ..store.keys import Key
from ..store.writes import EXISTS, Update
from ..support.conversation import commented
from ..support.model import FORGOTTEN, Comment, Ticket, rating_item, read_comment_record, read_ticket_record
from ..support.models import LongText, NewRating
from ..support.rating import changeable_until, rated
from ..support.refusals import TICKET_NOT_FOUND, TICKETS_NOT_OFFERED, TOO_MANY_OPEN_TICKETS
from ..support.tickets import write_new_ticket
from ..support.writing import RequestRepeated, SupportRequest, TicketActor, change_ticket
from .signed_in import signed_in_customer
from .ticket_models import MyComment, MyRating, MyTicket, MyTicketDetail

MOST_OPEN_TICKETS: Final = 5
_SHOWN_COMMENTS: Final = 100
_MOST_EXPORTED: Final = 200


class NewMyTicket(Model):
    subject: Text = Field(examples=["Coins of yesterday's bill are missing"])
    description: LongText = Field(examples=["I paid 500 rupees yesterday at six and got no coins."])
    category: Literal["wallet", "transaction", "account", "other"] = Field("other", examples=["transaction"])
    idempotency_key: IdempotencyKey | None = None


class NewMyComment(Model):
    body: LongText = Field(examples=["The bill's number is 1001."])
    idempotency_key: IdempotencyKey | None = None


class MyTicketsQuery(Model):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


def open_my_ticket(call: Call[NewMyTicket]) -> Reply:
    """Opens a ticket with the merchant. With an idempotency key, the same request again gets the same ticket."""
    given, tenant, now = call.input, call.caller.tenant, clock.system()
    actor = _actor(call)
    request = SupportRequest.of(call, "me.tickets", given.model_dump(exclude={"idempotency_key"}))
    try:
        if request is not None:
            request.require_first(call.store)
        _require_room(call)
        ticket = Ticket(
            id=ids.new_id("tkt", now),
            tenant=tenant.id,
            tenant_name=tenant.name,
            operator=tenant.id,
            requester=actor.id,
            requester_name=actor.name,
            subject=given.subject,
            description=given.description,
            category=given.category,
            priority="normal",
            status="new",
            created_at=now,
            updated_at=now,
            status_since=now,
            from_customer=True,
            last=actor.note("created", now),
        )
        write_new_ticket(call.store, ticket, actor.step("created", now, after="new"), request)
    except RequestRepeated as repeated:
        ticket = _load(call, repeated.made)
        return Reply(_detail(call, ticket), "Ticket opened", headers=replay_headers(True))
    return Reply(_detail(call, ticket), "Ticket opened")


def list_my_tickets(call: Call[MyTicketsQuery]) -> Reply:
    """The newest first."""
    query, caller = call.input, call.caller
    bound = {"list": "my-tickets", "customer": caller.id}
    before = cursor.open_cursor(caller.tenant.id, bound, query.cursor) if query.cursor else None
    rows = []
    for ticket in own_tickets(call):
        if ticket.tenant != caller.tenant.id or (before is not None and ticket.id >= before):
            continue
        rows.append(ticket)
        if len(rows) > query.limit:
            break
    more = len(rows) > query.limit
    following = cursor.seal_cursor(caller.tenant.id, bound, rows[query.limit - 1].id) if more else None
    shown = [MyTicket(**_ticket_summary(ticket)) for ticket in rows[: query.limit]]
    return Reply(shown, meta={"next_cursor": following, "limit": query.limit})


def read_my_ticket(call: Call[None]) -> MyTicketDetail:
    return _detail(call, _load(call, call.path["id"]))


def add_my_comment(call: Call[NewMyComment]) -> Reply:
    """Adds to a ticket. What is pending or resolved is open again."""
    given, now, actor = call.input, clock.system(), _actor(call)
    ticket = _load(call, call.path["id"])
    request = SupportRequest.of(call, "me.comment", {"ticket": ticket.id, "body": given.body})
    comment = Comment(
        id=ids.new_id("cmt", now),
        ticket=ticket.id,
        internal=False,
        side="customer",
        by=actor.id,
        by_name=actor.name,
        body=given.body,
        at=now,
    )
    replayed = False
    try:
        if request is not None:
            request.require_first(call.store)
        ticket = change_ticket(
            call.store, ticket, lambda seen: commented(actor, seen, comment, request), request=request
        )
    except RequestRepeated:
        ticket, replayed = _load(call, ticket.id), True
    return Reply(_detail(call, ticket), "Comment added", headers=replay_headers(replayed))


def rate_my_ticket(call: Call[NewRating]) -> MyTicketDetail:
    """Rates how a ticket was handled, once it is resolved. The rating can be changed for a week."""
    ticket = _load(call, call.path["id"])
    return _detail(call, rated(call.store, ticket, call.input.score, call.input.note, clock.system()))


def _actor(call: Call[Any]) -> TicketActor:
    customer = signed_in_customer(call)
    return TicketActor("customer", customer.id, customer.masked_phone or "Customer")


def _require_room(call: Call[Any]) -> None:
    """Raises TICKETS_NOT_OFFERED, or TOO_MANY_OPEN_TICKETS."""
    from ..support.customer_desk import is_desk_open  # needed where a ticket is opened

    if not is_desk_open(call.store, call.caller.tenant.id):
        raise TICKETS_NOT_OFFERED()
    running = [ticket for ticket in _tickets_by_time(call) if ticket.status not in ("resolved", "closed")]
    if len(running) >= MOST_OPEN_TICKETS:
        raise TOO_MANY_OPEN_TICKETS(figures={"limit": MOST_OPEN_TICKETS})


def _tickets_by_time(call: Call[Any]) -> Iterator[Ticket]:
    """Those with this merchant."""
    return (ticket for ticket in tickets_of_mine(call) if ticket.tenant == call.caller.tenant.id)


def own_tickets(call: Call[Any]) -> Iterator[Ticket]:
    """Those of the number with every merchant of the network that are certainly this customer's, the newest first."""
    return until_silent(tickets_of_mine(call), _uses(call), call.now)


def until_silent(tickets: Iterable[Ticket], uses: Iterator[int], now: int) -> Iterator[Ticket]:
    """Tickets, newest first, up to where the number was silent for half a year: what a merchant did with a ticket later
    is no use of the number. `uses`: when else it was in use, the latest first; read where the tickets leave a gap."""
    reached = now
    for ticket in tickets:
        while reached - ticket.created_at > SILENCE_MS:
            earlier = next(uses, None)
            if earlier is None:
                return
            reached = min(reached, earlier)
        yield ticket
        reached = min(reached, ticket.created_at)


def _uses(call: Call[Any]) -> Iterator[int]:
    from .statement import own_entries  # seldom needed

    program = call.caller.tenant.program
    if program is not None:
        wallet = customer_wallet_id(call.caller.scope, program.id, call.caller.id)
        yield from (entry.at for entry in own_entries(call, wallet, None, 100))


def tickets_of_mine(call: Call[Any]) -> Iterator[Ticket]:
    """All of the number's with every merchant of the network, the newest first: also of whoever had it before."""
    partition = keys.customer_tickets_partition(call.caller.id)
    rows = call.store.query_all("directory", partition, index="by_name", descending=True, limit=100)
    return map(read_ticket_record, rows)


def exported_tickets(call: Call[Any]) -> list[MyTicketDetail]:
    """All of them with what was said, for a copy of the customer's data."""
    return [_detail(call, ticket) for ticket in islice(own_tickets(call), _MOST_EXPORTED)]


def forget_tickets(call: Call[Any]) -> int:
    """Takes out what the customer has written and their number, and says of how many tickets. Done again, no harm."""
    count = 0
    for ticket in tickets_of_mine(call):
        # A change of a kind that makes no event: nobody is notified of a text that is gone.
        last = {"what": "erased", "side": "customer", "by": call.caller.id, "at": call.now}
        gone: dict[str, Any] = {"subject": FORGOTTEN, "body": FORGOTTEN, "req_name": FORGOTTEN, "last": last}
        if ticket.rating is not None:
            gone["rating"] = rating_item(replace(ticket.rating, note=None))
        call.store.write(Update(ticket.key, set=gone, add={"version": 1}, when=EXISTS))
        partition = keys.ticket_partition(ticket.id)
        for record in call.store.query_all("directory", partition, beginning=keys.COMMENT, consistent=True):
            if record["side"] == "customer":
                place = Key("directory", record["pk"], record["sk"])
                call.store.write(Update(place, set={"body": FORGOTTEN, "by_name": FORGOTTEN}, when=EXISTS))
        for record in call.store.query_all("directory", partition, beginning=keys.STEP, consistent=True):
            if record["side"] == "customer":
                place = Key("directory", record["pk"], record["sk"])
                call.store.write(Update(place, set={"by_name": FORGOTTEN}, remove=("note",), when=EXISTS))
        count += 1
    return count


def _load(call: Call[Any], id: str) -> Ticket:
    """The customer's own ticket. Raises TICKET_NOT_FOUND for any other, as for none."""
    record = None
    if ids.is_id(id, "tkt"):
        key = keys.ticket_key(id)
        record = call.store.read([key])[key]
    ticket = read_ticket_record(record) if record else None
    caller = call.caller
    if ticket is None or not ticket.from_customer or (ticket.tenant, ticket.requester) != (caller.tenant.id, caller.id):
        raise TICKET_NOT_FOUND()
    return ticket


def _ticket_summary(ticket: Ticket) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "subject": ticket.subject,
        "category": ticket.category,
        "status": ticket.status,
        "created_at": clock.iso(ticket.created_at),
        "updated_at": clock.iso(ticket.updated_at),
    }


def _detail(call: Call[Any], ticket: Ticket) -> MyTicketDetail:
    page = call.store.query(
        "directory",
        keys.ticket_partition(ticket.id),
        beginning=keys.COMMENT,
        descending=True,
        limit=_SHOWN_COMMENTS,
        consistent=True,
    )
    comments = [read_comment_record(record) for record in reversed(page.items)]
    return MyTicketDetail(
        **_ticket_summary(ticket),
        description=ticket.description,
        rating=_rating(ticket),
        comments=[
            MyComment(
                id=each.id,
                author="you" if each.side == "customer" else "merchant",
                body=each.body,
                created_at=clock.iso(each.at),
            )
            for each in comments
        ],
    )


def _rating(ticket: Ticket) -> MyRating | None:
    rating = ticket.rating
    if rating is None:
        return None
    return MyRating(score=rating.score, note=rating.note, changeable_until=clock.iso(changeable_until(rating)))
