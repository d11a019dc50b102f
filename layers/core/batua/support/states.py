"""The statuses of a ticket and the steps between them. Pure.

    new -> open <-> pending (waits for the customer) / on_hold (waits for us or a third party) -> resolved -> closed

A customer's reply takes `pending` and `resolved` back to `open`. `closed` is final: a follow-up is a new ticket.
"""

from __future__ import annotations

from typing import Final, Literal

TicketStatus = Literal["new", "open", "pending", "on_hold", "resolved", "closed"]
TicketPriority = Literal["low", "normal", "high", "urgent"]
TicketCategory = Literal[
    "wallet", "transaction", "prefund", "billing", "integration", "account", "verification", "other"
]
TicketSide = Literal["customer", "staff", "system"]
"""Who acts on a ticket: a person of its tenant, one of the operator's staff, or the schedule."""

_STAFF: Final[dict[TicketStatus, tuple[TicketStatus, ...]]] = {
    "new": ("open", "pending", "on_hold", "resolved"),
    "open": ("pending", "on_hold", "resolved"),
    "pending": ("open", "on_hold", "resolved"),
    "on_hold": ("open", "pending", "resolved"),
    "resolved": ("open", "closed"),
    "closed": (),
}
_CUSTOMER: Final[dict[TicketStatus, tuple[TicketStatus, ...]]] = {
    "new": ("resolved",),
    "open": ("resolved",),
    "pending": ("open", "resolved"),
    "on_hold": ("resolved",),
    "resolved": ("open", "closed"),
    "closed": (),
}


def allowed_statuses(status: TicketStatus, side: TicketSide) -> tuple[TicketStatus, ...]:
    """The statuses that someone may move a ticket to."""
    return (_CUSTOMER if side == "customer" else _STAFF)[status]


def status_after_comment(status: TicketStatus, side: TicketSide) -> TicketStatus:
    """What a public comment makes of a ticket: staff take up what is new, a customer's reply reopens."""
    if side == "staff":
        return "open" if status == "new" else status
    return "open" if status in ("pending", "resolved") else status
