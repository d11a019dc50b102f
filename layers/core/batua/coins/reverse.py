"""Undoing an issue or a redemption."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from .. import errors, ids
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply
from ..identity.credentials import Claims
from ..ledger import decide, read
from ..ledger.entry import Entry, read_entry, read_wallet
from ..ledger.model import Decision, Program
from ..ledger.post import Refused, State
from ..store import keys
from ..store.keys import Key, Mode
from . import counter
from .models import CoinsReversed, ReverseCoins

ERRORS = (
    errors.TRANSACTION_NOT_FOUND,
    errors.NOTHING_TO_REVERSE,
    errors.REVERSAL_EXCEEDS_ORIGINAL,
    errors.NOT_REVERSIBLE,
    errors.COINS_ALREADY_SPENT,
    errors.BALANCE_LIMIT_EXCEEDED,
)


@dataclass(frozen=True, slots=True)
class Undone:
    """The transaction to undo, and how much of it is undone already."""

    entry: Key
    sum: Key

    @property
    def keys(self) -> list[Key]:
        return [self.entry, self.sum]


def seek_transaction(claims: Claims, body: ReverseCoins, request: Request) -> Undone:
    id = request.path["id"]
    if not ids.is_id(id, "txn"):
        raise errors.TRANSACTION_NOT_FOUND()
    return Undone(keys.transaction(claims.scope, id), keys.reversed_sum(claims.scope, id))


def reverse(call: Call[ReverseCoins]) -> Reply:
    """Undoes a transaction of this merchant's, the rest of it or a part. The correction is a transaction of its own."""
    program = counter.program_of(call.caller)
    entry = _own_entry(call, program)
    undone = (call.found[call.sought.sum] or {}).get("sum", 0)
    key = keys.wallet(call.caller.scope, entry.wallet)
    record = call.store.read([key])[key]
    if record is None:
        raise errors.TRANSACTION_NOT_FOUND()
    coins = counter.coins_minor(call.input.coins, program)
    original = read.original(entry, undone)

    def decision(state: State) -> Decision:
        return decide.reverse(state.wallet, program, state.original or original, state.now, coins=coins)

    content = {"transaction": entry.id, "coins": coins, "reason": call.input.reason}
    order = counter.order(call, "reverse", content, note=call.input.reason)
    state = State(read_wallet(record), call.now, original=original)
    try:
        posted = counter.desk(call).post(order, state, decision)
    except Refused as refusal:
        raise counter.refused(refusal, program) from None
    data = reversed_(posted.entry, program, call.caller.mode)
    return Reply(data, "Transaction reversed", headers=counter.replay_headers(posted.replayed))


def reversed_(entry: Entry, program: Program, mode: Mode) -> CoinsReversed:
    amount = partial(counter.coins_wire, program=program)
    moved = sum(leg.amount for leg in entry.legs if leg.account == "wallet")
    return CoinsReversed(
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


def _own_entry(call: Call[ReverseCoins], program: Program) -> Entry:
    """The entry, where this merchant made it in this program: any other looks as if it were not there."""
    record = call.found[call.sought.entry]
    if record is None or record["kind"] == "refused":
        raise errors.TRANSACTION_NOT_FOUND()
    entry = read_entry(record)
    if entry.merchant != call.caller.tenant.id or entry.asset != program.asset:
        raise errors.TRANSACTION_NOT_FOUND()
    return entry
