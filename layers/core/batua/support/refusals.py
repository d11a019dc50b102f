"""What the support endpoints refuse."""

from __future__ import annotations

from .. import errors

TICKET_NOT_FOUND = errors.define("ticket_not_found", 404, "Ticket not found.")
TICKET_STEP_NOT_ALLOWED = errors.define(
    "ticket_step_not_allowed",
    409,
    "The ticket's status does not allow this step.",
    "A ticket that is {status} cannot become {requested}. Allowed: {allowed}.",
)
TICKETS_NOT_OFFERED = errors.define(
    "tickets_not_offered", 409, "This merchant does not take tickets here. Contact it in another way."
)
TOO_MANY_OPEN_TICKETS = errors.define(
    "too_many_open_tickets", 409, "You have five open tickets already. Add to one of them."
)
TICKET_CLOSED = errors.define(
    "ticket_closed", 409, "The ticket is closed. Open a new ticket and name this one in follow_up_of."
)
TICKET_NOT_RATEABLE = errors.define("ticket_not_rateable", 409, "Only a resolved or closed ticket can be rated.")
RATING_FINAL = errors.define(
    "rating_final", 409, "The rating is more than seven days old and can no longer be changed."
)
TICKET_ASSIGNEE_UNFIT = errors.define(
    "ticket_assignee_unfit", 422, "Tickets can only be assigned to active members of the operator's staff."
)
CANNED_RESPONSE_NOT_FOUND = errors.define("canned_response_not_found", 404, "Canned response not found.")
TOO_MANY_CANNED_RESPONSES = errors.define(
    "too_many_canned_responses", 409, "Canned response limit reached (200). Delete one that you no longer use."
)
TOO_MANY_COMMENTS = errors.define(
    "too_many_comments", 409, "The ticket has reached its limit of 1000 comments. Open a new ticket."
)
