"""What the endpoints of transactions refuse, besides what the ledger does."""

from __future__ import annotations

from .. import errors

HOLD_OF_BALANCE_REQUEST = errors.define(
    "hold_of_balance_request",
    409,
    "This amount is on hold for an approved balance request, and ends with it: it goes to the child when the request "
    "settles, or is released if it can't. To get settled money back, raise a dispute.",
    "This amount is on hold for the approved balance request {request}, and ends with it: it goes to the child when "
    "the request settles, or is released if it can't. To get settled money back, raise a dispute.",
)
