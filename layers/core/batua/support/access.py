"""Who may see a ticket, and as what: staff all, a tenant's people their own or, with the permission, the tenant's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import ids
from ..api.endpoint import Call
from ..api.request import Request
from ..identity.caller import Caller
from ..identity.credentials import Claims
from ..store import keys as directory
from ..store import support_keys as keys
from ..store.keys import Key
from .model import Ticket, read_ticket_record
from .refusals import TICKET_NOT_FOUND
from .states import TicketSide

SEES_TENANT = "tickets:read"
"""The permission to see every ticket of one's tenant."""


@dataclass(frozen=True, slots=True)
class TicketLookup:
    key: Key

    @property
    def keys(self) -> list[Key]:
        return [self.key]


def prefetch_ticket(claims: Claims, content: Any, request: Request) -> TicketLookup:
    id = request.path["id"]
    if not ids.is_id(id, "tkt"):
        raise TICKET_NOT_FOUND()
    return TicketLookup(keys.ticket_key(id))


def is_support_staff(caller: Caller) -> bool:
    """Both halves matter: a role of a tenant's people never makes them staff, whatever it is called."""
    return caller.tenant.kind == "operator" and "platform:review" in caller.permissions


def is_staff_of(caller: Caller, ticket: Ticket) -> bool:
    """Whether the caller answers this ticket: the operator's staff, or of a customer's ticket the tenant's people."""
    if ticket.from_customer:
        return ticket.tenant == caller.tenant.id and SEES_TENANT in caller.permissions
    return is_support_staff(caller)


def side_of(caller: Caller, ticket: Ticket | None = None) -> TicketSide:
    staff = is_support_staff(caller) if ticket is None else is_staff_of(caller, ticket)
    return "staff" if staff else "customer"


def may_see(caller: Caller, ticket: Ticket) -> bool:
    if is_staff_of(caller, ticket):
        return True
    if ticket.from_customer:
        return False
    return ticket.tenant == caller.tenant.id and (ticket.requester == caller.id or SEES_TENANT in caller.permissions)


def requested_ticket(call: Call[Any]) -> Ticket:
    """The ticket of the path. Raises TICKET_NOT_FOUND for one that the caller may not see, as for none."""
    record = call.loaded[call.lookup.key]
    if record is None:
        raise TICKET_NOT_FOUND()
    ticket = read_ticket_record(record)
    if not may_see(call.caller, ticket):
        raise TICKET_NOT_FOUND()
    return ticket


def caller_name(call: Call[Any]) -> str:
    """The name of the signed-in user, as read when the call was admitted."""
    record = call.loaded.get(directory.user_key(call.caller.tenant.id, call.caller.id)) or {}
    return str(record.get("name", ""))
