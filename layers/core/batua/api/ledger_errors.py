"""The API error for each of the ledger's own errors: the only place that maps them.

`PostingRefused` is not among them: each domain words its refusals with the figures in its own units.
"""

from __future__ import annotations

from .. import errors
from ..errors import Problem
from ..ledger.errors import EntryUnreadable, IdempotencyKeyConflict, LedgerBusy

_SOON = {"Retry-After": "1"}


def ledger_problem(fault: Exception) -> Problem | None:
    """The answer to the caller; None for any other exception, also one that the domain should have handled."""
    if isinstance(fault, LedgerBusy) and fault.outcome_unknown:
        return errors.BUSY(
            "No reply arrived in time, so it is not known yet whether this request was carried out. Send it again "
            "with the same idempotency key: it takes effect at most once.",
            headers=_SOON,
        )
    if isinstance(fault, LedgerBusy):
        return errors.BUSY("Too many requests changed the same wallet at once. Nothing was changed.", headers=_SOON)
    if isinstance(fault, IdempotencyKeyConflict):
        return errors.IDEMPOTENCY_KEY_REUSED()
    if isinstance(fault, EntryUnreadable):
        return errors.REQUEST_IN_PROGRESS(headers=_SOON)
    return None
