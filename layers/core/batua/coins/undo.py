"""Undoing a slip at the counter: a cashier takes back an issue of their own, at once and as a whole.

Reversing in general needs `coins:reverse`, which cashiers do not have: a person who may reverse any transaction can
take coins from any customer. An undo is narrower, and the narrowness is checked here, not in the portal.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from .. import errors
from ..api.endpoint import Call
from ..api.models import IdempotencyKey, Model, Note, Text
from ..api.request import Request
from ..api.styles import Reply
from ..identity.credentials import Claims
from ..ledger.model import Refusal
from ..ledger.posting.request import PostingState
from ..ledger.records.customer_coins import Entry
from .models import ReverseCoins
from .reverse import REVERSE_ERRORS, ReversalLookup, prefetch_reversal, reverse_coins

UNDO_MINUTES: Final = 5
UNDO_ERRORS = (*REVERSE_ERRORS, errors.UNDO_NOT_ALLOWED)


class UndoIssue(Model):
    reason: Note | None = Field(None, examples=["Typed the wrong bill"])
    reference: Text | None = None
    idempotency_key: IdempotencyKey | None = None


def prefetch_undo(claims: Claims, body: UndoIssue, request: Request) -> ReversalLookup:
    return prefetch_reversal(claims, _whole_reversal(body), request)


def undo_issue(call: Call[UndoIssue]) -> Reply:
    """Reverses an issue as a whole, where its own cashier asks at once. Raises what `reverse_coins` does as well."""
    user = call.caller.id

    def guard(entry: Entry, state: PostingState) -> Refusal | None:
        # The wallet's number is that of its latest entry: with any later one, somebody has built on these coins.
        latest = state.wallet.seq == entry.seq
        at_once = state.now - entry.at <= UNDO_MINUTES * 60_000
        if entry.kind == "issue" and entry.caller == user and latest and at_once:
            return None
        if entry.caller == user and state.original is not None and state.original.reversed >= entry.amount:
            return None  # the reversal itself says that nothing is left
        return Refusal(errors.UNDO_NOT_ALLOWED.code, {})

    whole = Call(_whole_reversal(call.input), call.request, call.store, call.now, call.loaded, call.lookup, call.caller)
    return reverse_coins(whole, guard=guard)


def _whole_reversal(given: UndoIssue) -> ReverseCoins:
    return ReverseCoins(reason=given.reason, reference=given.reference, idempotency_key=given.idempotency_key)
