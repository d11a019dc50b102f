"""Undoing an issue or a redemption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from .. import errors, ids
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply
from ..identity.credentials import Claims
from ..ledger.decisions import customer_coins
from ..ledger.errors import LedgerBusy, PostingRefused, PreconditionFailed
from ..ledger.model import CoinDecision, Posting, Program, Refusal, Wallet
from ..ledger.posting.request import ExtraWrite, PostingRequest, PostingState
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import Entry, read_entry, read_wallet
from ..store import keys
from ..store.keys import Key, Mode
from ..store.store import Store
from ..store.writes import Write
from . import counter
from .models import ReversalResult, ReverseCoins

REVERSE_ERRORS = (
    errors.TRANSACTION_NOT_FOUND,
    errors.NOTHING_TO_REVERSE,
    errors.REVERSAL_EXCEEDS_ORIGINAL,
    errors.NOT_REVERSIBLE,
    errors.COINS_ALREADY_SPENT,
    errors.REVERSAL_EXCEEDS_ALLOWANCE,
    errors.BALANCE_LIMIT_EXCEEDED,
    errors.REWARD_CREDIT_SPENT,
)


@dataclass(frozen=True, slots=True)
class ReversalLookup:
    """The transaction to undo, and how much of it is undone already."""

    entry: Key
    sum: Key

    @property
    def keys(self) -> list[Key]:
        return [self.entry, self.sum]


def prefetch_reversal(claims: Claims, body: ReverseCoins, request: Request) -> ReversalLookup:
    id = request.path["id"]
    if not ids.is_id(id, "txn"):
        raise errors.TRANSACTION_NOT_FOUND()
    return ReversalLookup(keys.transaction_key(claims.scope, id), keys.reversed_sum_key(claims.scope, id))


class ReversalCompanion(Protocol):
    """What is undone along with an entry's coins, in the same transaction."""

    def refusal(self, coins: Posting) -> Refusal | None:
        """Why it can't be undone with these coins, which are then not reversed either."""

    def writes(self, coins: Posting) -> Sequence[ExtraWrite | Write]: ...


CompanionOf = Callable[[Store, PostingRequest, Entry, int], ReversalCompanion | None]
"""Finds what goes along with the reversal of an entry, as it is requested at an instant."""

Guard = Callable[[Entry, PostingState], Refusal | None]
"""What else must hold of the entry and of the wallet as the reversal finds it."""


def reverse_coins(
    call: Call[ReverseCoins], companion_of: CompanionOf | None = None, guard: Guard | None = None
) -> Reply:
    """Undoes a transaction of this merchant's, the rest of it or a part. The correction is a transaction of its own."""
    program = counter.program_of(call.caller)
    entry = own_entry(call, call.lookup.entry, program)
    undone = (call.loaded[call.lookup.sum] or {}).get("sum", 0)
    key = keys.wallet_key(call.caller.scope, entry.wallet)
    record = call.store.read([key])[key]
    if record is None:
        raise errors.TRANSACTION_NOT_FOUND()
    coins, merchant = counter.coins_minor(call.input.coins, program), counter.merchant_of(call.caller)
    original = coin_entries.original_from(entry, undone)

    def decision(state: PostingState) -> CoinDecision:
        refusal = guard(entry, state) if guard else None
        decided = refusal or customer_coins.decide_reversal(
            state.wallet,
            program,
            state.original or original,
            state.now,
            coins=coins,
            merchant=merchant,
            shards=state.shards,
        )
        if companion is None or isinstance(decided, Refusal):
            return decided
        return companion.refusal(decided) or decided

    content = {"transaction": entry.id, "coins": coins, "reason": call.input.reason}
    order = counter.coin_request(
        call,
        "reverse",
        content,
        note=call.input.reason,
        asks_for="reverse_issue" if entry.kind == "issue" else "reverse_redeem",
    )
    state = PostingState(read_wallet(record), call.now, original=original)
    if entry.kind == "issue" and guard is None:
        # Moves value by itself, so it never goes before a guard that may refuse.
        state = replace(state, wallet=_with_merged_coins(call, order, program, state.wallet, entry, coins, undone))
    companion = companion_of(call.store, order, entry, call.now) if companion_of else None
    service = counter.posting_service(call)
    if companion:
        service.extra_writes = companion.writes
    try:
        posted = service.post(order, state, decision)
    except PreconditionFailed:
        raise LedgerBusy() from None
    except PostingRefused as refusal:
        raise counter.coin_problem(refusal, program) from None
    data = reversal_result(posted.entry, program, call.caller.mode)
    return Reply(data, "Transaction reversed", headers=counter.replay_headers(posted.replayed))


def _with_merged_coins(
    call: Call[ReverseCoins],
    request: PostingRequest,
    program: Program,
    wallet: Wallet,
    issue: Entry,
    coins: int | None,
    undone: int,
) -> Wallet:
    """The wallet of an issue, with what it lacks for the reversal brought back from where a merge has taken it."""
    left = issue.amount - undone
    wanted = left if coins is None else coins
    if not 0 < wanted <= left or wallet.available >= wanted:
        return wallet
    if call.store.read([request.entry_key])[request.entry_key] is not None:
        return wallet  # a replay, which takes nothing more
    from ..ledger.posting.recall import recall_merged_coins  # few wallets lack coins that they were given

    recall = PostingRequest(
        operation="recall",
        mode=request.mode,
        scope=request.scope,
        source=request.source,
        key=request.id,
        content={"transaction": issue.id, "coins": wanted},
    )
    try:
        if not recall_merged_coins(call.store, program, recall, issue, wallet, wanted, call.now):
            return wallet
    except PreconditionFailed:
        raise LedgerBusy() from None
    key = keys.wallet_key(call.caller.scope, wallet.id)
    record = call.store.read([key])[key]
    return read_wallet(record) if record else wallet


def reversal_result(entry: Entry, program: Program, mode: Mode) -> ReversalResult:
    amount = partial(counter.coins_wire, program=program)
    # Not from the legs: an entry that has left the table for the archive is answered for without them.
    moved = (-entry.amount if entry.kind == "reverse_issue" else entry.amount) - sum(entry.expired.values())
    return ReversalResult(
        transaction_id=entry.id,
        reversed_transaction_id=str(entry.original),
        type="reverse_issue" if entry.kind == "reverse_issue" else "reverse_redeem",
        customer_id=entry.customer,
        wallet_id=entry.wallet,
        coins_reversed=amount(entry.amount),
        shortfall=amount(entry.shortfall),
        expired=amount(sum(entry.expired.values())),
        previous_balance=amount(entry.after - moved),
        balance=amount(entry.after),
        reference=entry.reference,
        reason=entry.note,
        mode=mode,
        created_at=entry.created_at,
    )


def own_entry(call: Call[Any], key: Key, program: Program) -> Entry:
    """The entry, where this merchant made it in this program: any other looks as if it were not there."""
    record = call.loaded[key]
    if record is None or record["kind"] == "refused":
        raise errors.TRANSACTION_NOT_FOUND()
    entry = read_entry(record)
    if entry.merchant != call.caller.tenant.id or entry.asset != program.asset:
        raise errors.TRANSACTION_NOT_FOUND()
    return entry
