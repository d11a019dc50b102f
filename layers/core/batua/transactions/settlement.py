"""Refunds a transaction; captures or voids one that is pending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .. import errors, ids
from ..api.endpoint import Call
from ..api.styles import Reply
from ..coins import reverse as coins
from ..coins.models import ReversalResult, ReverseCoins
from ..ledger.decisions import tenant_money
from ..ledger.decisions.tenant_money import FundsDecision, FundsHold, FundsState
from ..ledger.errors import PostingRefused
from ..ledger.posting.request import PostingRequest
from ..ledger.records.tenant_money import FundsEntry
from ..wallets import service
from ..wallets.models import MovementOut
from . import queries
from .models import CaptureTransaction, RefundTransaction, VoidTransaction

HOLD_OF_BALANCE_REQUEST = errors.define(
    "hold_of_balance_request",
    409,
    "This amount is on hold for an approved balance request, and ends with it: it goes to the child when the request "
    "settles, or is released if it can't. To get settled money back, raise a dispute.",
    "This amount is on hold for the approved balance request {request}, and ends with it: it goes to the child when "
    "the request settles, or is released if it can't. To get settled money back, raise a dispute.",
)

FOUND_ERRORS = (errors.TRANSACTION_NOT_FOUND,)
REFUND_ERRORS = (
    *FOUND_ERRORS,
    errors.NOT_REVERSIBLE,
    errors.NOTHING_TO_REVERSE,
    errors.REVERSAL_EXCEEDS_ORIGINAL,
    errors.REFUND_WHOLE_ONLY,
    errors.CREDIT_EXCEEDS_DEBITS,
    errors.INSUFFICIENT_BALANCE,
    errors.COINS_ALREADY_SPENT,
    errors.REVERSAL_EXCEEDS_ALLOWANCE,
    errors.BALANCE_LIMIT_EXCEEDED,
    errors.REWARD_CREDIT_SPENT,
    errors.WALLET_CLOSED,
)
PENDING_ERRORS = (*FOUND_ERRORS, errors.NOT_PENDING, errors.HOLD_NOT_OPEN, HOLD_OF_BALANCE_REQUEST)
CAPTURE_ERRORS = (*PENDING_ERRORS, errors.CAPTURE_EXCEEDS_HOLD)


def refund_transaction(call: Call[RefundTransaction]) -> Reply:
    """Undoes a transaction of this tenant's, the rest of it or a part, as a transaction of its own."""
    if queries.requested_coin_transaction(call) is not None:
        return _refund_coins(call)
    transaction = queries.requested_funds_transaction(call)
    if not transaction.own:
        raise errors.NOT_REVERSIBLE("Only the tenant that made a transaction refunds it.")
    tenant_ledger = service.wallet_ledger(call)
    original = tenant_ledger.load_original(transaction)
    if any(line.wallet.tenant != call.caller.tenant.id for line in original.lines):
        # A settled balance request: what was given is the child's, and is not taken back without anybody's consent.
        raise errors.NOT_REVERSIBLE(
            "The money is in another tenant's wallet. Raise a dispute: the operator decides whether it comes back."
        )
    asset = original.lines[0].wallet.asset
    amount = _requested_amount(call, asset)
    content = {"transaction": original.id, "amount": amount, "reason": call.input.reason}
    order = service.wallet_request(call, "transactions.refund", content, asset=asset, note=call.input.reason)
    return _posted(
        call,
        order,
        lambda known: tenant_money.decide_refund(known, original, call.now, amount=amount),
        asset,
        "Refunded",
    )


def _refund_coins(call: Call[RefundTransaction]) -> Reply:
    """The reversal of an issue or a redemption, in the words of this domain."""
    from ..rewards.redemption_ends import reward_reversal

    lookup = coins.ReversalLookup(*call.lookup.keys)
    body = call.input
    reverse = ReverseCoins(
        coins=body.amount, reason=body.reason, reference=body.reference, idempotency_key=body.idempotency_key
    )
    reply = coins.reverse_coins(replace(call, input=reverse, lookup=lookup), reward_reversal)  # type: ignore[arg-type]
    done: ReversalResult = reply.data
    program = call.caller.tenant.program
    data = MovementOut(
        transaction_id=done.transaction_id,
        type=done.type,
        status="posted",
        wallet_id=done.wallet_id,
        other_wallet_id=None,
        asset=program.asset if program else "",
        amount=done.coins_reversed,
        original_transaction_id=done.reversed_transaction_id,
        reference=done.reference,
        note=done.reason,
        mode=done.mode,
        created_at=done.created_at,
    )
    return Reply(data, "Refunded", headers=reply.headers)


def capture_transaction(call: Call[CaptureTransaction]) -> Reply:
    """Takes what a pending transaction holds, all of it or (the rest goes back) a part."""
    held, entry = _held(call)
    body, asset = call.input, held.wallet.asset
    amount = _requested_amount(call, asset)
    content = {"transaction": entry.id, "amount": amount, "destination": body.destination, "note": body.note}
    order = service.wallet_request(call, "transactions.capture", content, asset=asset, note=body.note)
    return _posted(
        call,
        order,
        lambda known: tenant_money.decide_funds_capture(known, held, call.now, amount=amount, contra=body.destination),
        asset,
        "Captured",
    )


def void_transaction(call: Call[VoidTransaction]) -> Reply:
    """Gives back what a pending transaction holds."""
    held, entry = _held(call)
    content = {"transaction": entry.id, "reason": call.input.reason}
    asset = held.wallet.asset
    order = service.wallet_request(call, "transactions.void", content, asset=asset, note=call.input.reason)
    return _posted(call, order, lambda known: tenant_money.decide_funds_void(known, held, call.now), asset, "Voided")


def _held(call: Call[Any]) -> tuple[FundsHold, FundsEntry]:
    """The hold of a pending transaction of this tenant's; one that has ended is for the ledger to refuse."""
    transaction = queries.requested_funds_transaction(call)
    entry = transaction.entries[0]
    held = service.wallet_ledger(call).hold(call.lookup.own, entry.id) if entry.kind == "hold" else None
    if held is None:
        raise errors.NOT_PENDING()
    _require_free(call, held, entry)
    return held, entry


def _require_free(call: Call[Any], held: FundsHold, entry: FundsEntry) -> None:
    """What an approval has set aside for a child is the request's to capture or release. Its record was written with
    the hold, and leaves this step in the transaction that ends the hold."""
    request = entry.reference or ""
    if not ids.is_id(request, "breq"):
        return
    from ..store import gateway_keys  # few holds are a request's

    key = gateway_keys.balance_request_key(call.lookup.own, request)
    record = call.store.read([key])[key]
    if record and record.get("hold") == held.id and record.get("step") == "SETTLING":
        message = HOLD_OF_BALANCE_REQUEST.describe({"request": request})
        raise HOLD_OF_BALANCE_REQUEST(message, figures={"request": request})


def _requested_amount(call: Call[Any], asset: str) -> int | None:
    amount = call.input.amount
    return None if amount is None else service.amount_minor(amount, asset, call.caller.tenant.program)


def _posted(
    call: Call[Any], order: PostingRequest, decide: Callable[[FundsState], FundsDecision], asset: str, message: str
) -> Reply:
    program = call.caller.tenant.program
    try:
        posted = service.wallet_ledger(call).post(order, decide)
    except PostingRefused as refusal:
        raise service.wallet_problem(refusal, asset, program) from None
    return service.movement_reply(call, posted, program, message)
