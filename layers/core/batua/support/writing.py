"""How tickets are written: the ticket, a line of its history and what goes with it, in one transaction or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from .. import errors, ids
from ..api.endpoint import Call
from ..canonical import content_fingerprint
from ..store import support_keys as keys
from ..store.store import Cancelled, Contended, Store
from ..store.writes import ABSENT, Condition, Put, Write
from .access import caller_name, side_of
from .due import due_write, follow_clocks
from .model import Ticket, TicketStep, read_ticket_record, step_put, ticket_item
from .refusals import TICKET_NOT_FOUND, TICKET_STEP_NOT_ALLOWED
from .sla_settings import load_sla_settings
from .states import TicketSide, TicketStatus, allowed_statuses

_MAX_ATTEMPTS: Final = 8
_REQUEST_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class TicketDecision:
    """What a change makes of a ticket. `after` still has the version it was decided on."""

    after: Ticket
    step: TicketStep
    writes: Sequence[Write] = ()
    commented_by: TicketSide | None = None
    """Who wrote the public comment, where the change is one."""


class RequestRepeated(Exception):
    """A request with this idempotency key was carried out before; `made` is what it made."""

    def __init__(self, made: str) -> None:
        super().__init__("the request was carried out before")
        self.made = made


@dataclass(frozen=True, slots=True)
class SupportRequest:
    """An idempotency key of one user: the same key and content make nothing twice, for 30 days."""

    id: str
    fingerprint: str

    @staticmethod
    def of(call: Call[Any], operation: str, content: Any) -> SupportRequest | None:
        key = call.idempotency_key
        if key is None:
            return None
        id = ids.derived_id("srq", operation, call.caller.tenant.id, call.caller.id, key)
        return SupportRequest(id, content_fingerprint(operation, content).hex())

    def put(self, made: str, now: int) -> Put:
        item = {"fp": self.fingerprint, "made": made, "ttl": now // 1000 + _REQUEST_DAYS * 86_400}
        return Put(keys.support_request_key(self.id), item, when=ABSENT)

    def require_first(self, store: Store) -> None:
        """Raises RequestRepeated, or IDEMPOTENCY_KEY_REUSED where the key stood for other content."""
        key = keys.support_request_key(self.id)
        record = store.read([key])[key]
        if record is None:
            return
        if record["fp"] != self.fingerprint:
            raise errors.IDEMPOTENCY_KEY_REUSED()
        raise RequestRepeated(record["made"])


def change_ticket(
    store: Store,
    ticket: Ticket,
    decide: Callable[[Ticket], TicketDecision | None],
    *,
    request: SupportRequest | None = None,
) -> Ticket:
    """Decides and writes; if the ticket has changed meanwhile, decides again on what it has become.

    `decide` gives None where nothing is to change. Ids and times must come from outside of it, so that a second try
    after a lost reply writes the same. Times are the clock's: tickets know no sandbox. Raises RequestRepeated, and
    `busy` when too many are at the ticket.
    """
    attempt, settings = ids.new_id("act"), load_sla_settings(store)
    for tries in range(_MAX_ATTEMPTS):
        decision = decide(ticket)
        if decision is None:
            return ticket
        followed, ended = follow_clocks(ticket, decision.after, settings, decision.step.at, decision.commented_by)
        after = replace(followed, version=ticket.version + 1)
        put = Put(after.key, ticket_item(after), when=Condition(equal={"version": ticket.version}))
        try:
            writes = [put, step_put(after, decision.step), due_write(after), *decision.writes, *ended]
            store.commit(writes, caller=attempt)
            return after
        except Cancelled:
            if request is not None:
                request.require_first(store)
            ticket = reload_ticket(store, ticket)
        except Contended:
            store.sleep(0.02 * 2**tries)
    raise errors.BUSY(headers={"Retry-After": "1"})


def reload_ticket(store: Store, ticket: Ticket) -> Ticket:
    record = store.read([ticket.key])[ticket.key]
    if record is None:
        raise TICKET_NOT_FOUND()
    return read_ticket_record(record)


def require_ticket_version(ticket: Ticket, version: int | None) -> None:
    if version is not None and version != ticket.version:
        raise errors.VERSION_CONFLICT(figures={"version": ticket.version})


@dataclass(frozen=True, slots=True)
class TicketActor:
    """Who does something to a ticket: the caller, or somebody who wrote a mail or followed a link."""

    side: TicketSide
    id: str
    name: str

    def step(self, what: str, now: int, **more: Any) -> TicketStep:
        """A line of the history."""
        return TicketStep(what, self.side, self.id, self.name, now, **more)

    def note(self, what: str, now: int, **more: Any) -> dict[str, Any]:
        """What the ticket says of its newest change, for the event that is made of it. Nothing of a text goes in."""
        return {"what": what, "side": self.side, "by": self.id, "at": now, **more}


def ticket_actor(call: Call[Any], ticket: Ticket | None = None) -> TicketActor:
    """The caller, as what they are to a ticket; without one, to the operator's desk."""
    return TicketActor(side_of(call.caller, ticket), call.caller.id, caller_name(call))


def step_by(call: Call[Any], what: str, now: int, **more: Any) -> TicketStep:
    """A line of the history by the caller."""
    return ticket_actor(call).step(what, now, **more)


def moved(ticket: Ticket, status: TicketStatus, now: int) -> Ticket:
    """The ticket in another status."""
    if status == ticket.status:
        return ticket
    return replace(ticket, status=status, status_since=now, reminded=False)


def require_step(ticket: Ticket, status: TicketStatus, side: TicketSide) -> None:
    """Raises TICKET_STEP_NOT_ALLOWED, which names the steps that this side may take."""
    allowed = allowed_statuses(ticket.status, side)
    if status not in allowed:
        figures = {
            "status": ticket.status,
            "requested": status,
            "allowed": ", ".join(allowed) or "none",
        }
        raise TICKET_STEP_NOT_ALLOWED(
            TICKET_STEP_NOT_ALLOWED.describe(figures), figures={**figures, "allowed": list(allowed)}
        )


def event_note(call: Call[Any], what: str, now: int, **more: Any) -> dict[str, Any]:
    return ticket_actor(call).note(what, now, **more)
