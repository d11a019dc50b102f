"""The keys of support, all in the directory: tickets with all that belongs to them, and the operator's settings.

A ticket, its comments and its history share a partition. Internal comments have a sort key of their own kind, so that a
query for what customers may read cannot return one.
"""

from __future__ import annotations

from typing import Final

from .keys import Key
from .scope import require_id

COMMENT: Final = "COMMENT#"
INTERNAL: Final = "INTERNAL#"
STEP: Final = "STEP#"


def ticket_partition(ticket_id: str) -> str:
    require_id(ticket_id, "tkt")
    return f"TICKET#{ticket_id}"


def ticket_key(ticket_id: str) -> Key:
    return Key("directory", ticket_partition(ticket_id), "TICKET")


def ticket_comment_key(ticket_id: str, comment_id: str, *, internal: bool) -> Key:
    """Comment ids sort by time, so each kind of comment is read in order."""
    require_id(comment_id, "cmt")
    return Key("directory", ticket_partition(ticket_id), f"{INTERNAL if internal else COMMENT}{comment_id}")


def ticket_step_key(ticket_id: str, number: int) -> Key:
    """One line of a ticket's history. Its number is the ticket's version, so a line cannot be written twice."""
    return Key("directory", ticket_partition(ticket_id), f"{STEP}{number:06d}")


def ticket_due_key(ticket_id: str) -> Key:
    """What has to happen to a ticket next, and when."""
    return Key("directory", ticket_partition(ticket_id), "DUE")


def support_request_key(request_id: str) -> Key:
    """What a request with an idempotency key has made."""
    require_id(request_id, "srq")
    return Key("directory", f"TICKET_REQUEST#{request_id}", "MADE")


def tenant_tickets_partition(tenant_id: str) -> str:
    """A tenant's tickets in index `by_parent`, by time."""
    require_id(tenant_id, "ten")
    return f"TICKETS#{tenant_id}"


def all_tickets_partition() -> str:
    """All tickets in index `by_name`, for the operator's staff."""
    return "TICKETS"


def customers_tickets_partition(tenant_id: str) -> str:
    """The tickets of a tenant's customers in index `by_parent`, by time."""
    require_id(tenant_id, "ten")
    return f"TICKETS#CUSTOMERS#{tenant_id}"


def customer_tickets_partition(customer_id: str) -> str:
    """The tickets of one customer, with whichever merchant, in index `by_name`, by time."""
    require_id(customer_id, "cust")
    return f"TICKETS#CUSTOMER#{customer_id}"


def customer_desk_key(tenant_id: str) -> Key:
    """Whether a tenant takes tickets from its customers."""
    require_id(tenant_id, "ten")
    return Key("directory", f"SUPPORT#DESK#{tenant_id}", "SETTINGS")


def due_tickets_partition() -> str:
    """Tickets in index `by_name` by the time at which something is due."""
    return "TICKETS_DUE"


def support_settings_key() -> Key:
    """Calendars, SLA targets and automatic closing, as the operator has set them."""
    return Key("directory", "SUPPORT", "SETTINGS")


def support_teams_key() -> Key:
    """The teams of the operator's staff."""
    return Key("directory", "SUPPORT", "TEAMS")


def sla_outcomes_partition(month: int) -> str:
    """How the SLA clocks of one month ended, by day."""
    return f"SLA#{month:06d}"


def sla_outcome_key(day: int, priority: str, clock: str, ticket_id: str, number: int) -> Key:
    """A clock ends once, so its outcome cannot be written twice."""
    require_id(ticket_id, "tkt")
    return Key(
        "directory", sla_outcomes_partition(day // 100), f"{day:08d}#{priority}#{clock}#{ticket_id}#{number:04d}"
    )


def canned_response_key(response_id: str) -> Key:
    require_id(response_id, "cnr")
    return Key("directory", canned_responses_partition(), response_id)


def canned_responses_partition() -> str:
    return "SUPPORT#CANNED"
