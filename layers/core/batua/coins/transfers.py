"""Coins that belong to another customer: two wallets of one person, and issues to a wrong number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from pydantic import Field

from .. import errors, ids
from ..api.endpoint import Call
from ..api.models import IdempotencyKey, Instant, Model, Note, Number, Text
from ..api.request import Request
from ..api.styles import Reply
from ..customers import model as customers
from ..customers.listing import carry_name
from ..customers.tags import carried_tags
from ..identity.credentials import Claims
from ..ledger.decisions import transfers
from ..ledger.errors import LedgerBusy, PostingRefused, PreconditionFailed
from ..ledger.model import CoinDecision, Original, Posting, Program, Wallet
from ..ledger.posting.customer_coins import entry_writes
from ..ledger.posting.request import CoinPostingResult, ExtraWrite, PostingState
from ..ledger.queries import coin_entries
from ..ledger.records import moved_coins
from ..ledger.records.customer_coins import Entry, read_entry, read_wallet
from ..store import keys
from ..store.keys import Key, Mode
from ..store.writes import EXISTS, Update, Write
from . import counter
from .counter import CustomerLookup
from .models import CustomerReference, LotCoins
from .reverse import own_entry

_MAX_ATTEMPTS: Final = 8
"""How often a posting is decided anew because the other customer's wallet has changed."""

MERGE_ERRORS = (
    errors.CUSTOMER_NOT_FOUND,
    errors.NOTHING_TO_TRANSFER,
    errors.WALLET_HAS_HOLDS,
    errors.WALLET_NOT_ACTIVE,
    errors.BALANCE_LIMIT_EXCEEDED,
)
REASSIGN_ERRORS = (
    errors.CUSTOMER_NOT_FOUND,
    errors.TRANSACTION_NOT_FOUND,
    errors.NOT_REVERSIBLE,
    errors.NOTHING_TO_REVERSE,
    errors.COINS_ALREADY_SPENT,
    errors.WALLET_NOT_ACTIVE,
    errors.BALANCE_LIMIT_EXCEEDED,
)


class MoveCoins(CustomerReference):
    """The customer whom the coins belong to, and why they are moved."""

    reason: Note = Field(
        description="For your own records; shown in the ledger.", examples=["Wrong number at the till"]
    )
    reference: Text | None = None
    idempotency_key: IdempotencyKey | None = None


class MovedSide(Model):
    transaction_id: str = Field(examples=["txn_21CBYXTED3WGH5X3H3JBPET8VZ"])
    customer_id: str = Field(examples=["cust_21CBYXTED3WGH5X3H3JBPET8VZ"])
    wallet_id: str = Field(examples=["wal_21CBYXTED3WGH5X3H3JBPET8VZ"])
    previous_balance: Number
    balance: Number


class MovedCoins(Model):
    coins: Number
    lots: list[LotCoins] = Field(description="The coins by the month in which they expire, as before.")
    source: MovedSide
    target: MovedSide
    shortfall: Number = Field(description="Coins of the issue that had been spent and could not be moved.")
    reversed_transaction_id: str | None = Field(description="The issue that was made to the wrong number.")
    reason: str | None
    reference: str | None
    mode: Mode
    created_at: Instant


@dataclass(frozen=True, slots=True)
class TransferLookup:
    """The customer who gets the coins, and what names those who lose them."""

    target: CustomerLookup
    source: tuple[Key, ...]

    @property
    def keys(self) -> list[Key]:
        return [*self.source, *self.target.keys]


def prefetch_merge(claims: Claims, body: MoveCoins, request: Request) -> TransferLookup:
    id, target = request.path["id"], counter.prefetch_customer(claims, body, request)
    if not ids.is_id(id, "cust"):
        raise errors.CUSTOMER_NOT_FOUND()
    wallet = customers.customer_wallet_id(claims.scope, target.program, id)
    if wallet == target.wallet:
        raise errors.invalid("id", "must differ from the customer who gets the coins")
    return TransferLookup(target, (keys.wallet_key(claims.scope, wallet),))


def prefetch_reassignment(claims: Claims, body: MoveCoins, request: Request) -> TransferLookup:
    id, target = request.path["id"], counter.prefetch_customer(claims, body, request)
    if not ids.is_id(id, "txn"):
        raise errors.TRANSACTION_NOT_FOUND()
    return TransferLookup(target, (keys.transaction_key(claims.scope, id), keys.reversed_sum_key(claims.scope, id)))


def merge_customers(call: Call[MoveCoins]) -> Reply:
    """Moves all coins of one customer to another, lot by lot, with tags and name; the first one's QR codes are revoked.

    For the program's owner alone: a wallet of a network holds coins that other merchants gave.
    """
    caller, program = call.caller, counter.program_of(call.caller)
    if caller.tenant.id != caller.claims.owner:
        raise errors.FORBIDDEN("Only the owner of the program can merge customers.")
    lookup: TransferLookup = call.lookup
    source = _loaded_wallet(call, lookup.source[0])
    old_qr = Update(keys.customer_key(caller.scope, source.customer), add={"qr": 1}, when=EXISTS)

    def decision(state: PostingState, target: Wallet) -> CoinDecision:
        return transfers.decide_merge(state.wallet, target, program, state.now)

    def also(out: Posting, into: Posting, _: str) -> list[ExtraWrite | Write]:
        merge = moved_coins.merge_put(caller.scope, out, into.after.customer)
        tags = carried_tags(call.store, caller.scope, source.customer, into.after.customer, call.now)
        return [ExtraWrite(old_qr, optional=True), merge, *tags]

    move = _Move(call, program, "merge", decision, transfers.merged_into, also)
    reply = move.post(PostingState(source, call.now), {"from": source.id}, "Customers merged")
    carry_name(call.store, caller.scope, source.customer, move.target.customer, call.now, caller=call.request.id)
    return reply


def reassign_issue(call: Call[MoveCoins]) -> Reply:
    """Moves what is left of one issue of this merchant's to the customer whom it was meant for."""
    program = counter.program_of(call.caller)
    lookup: TransferLookup = call.lookup
    at, sum_at = lookup.source
    entry = own_entry(call, at, program)
    original = coin_entries.original_from(entry, (call.loaded[sum_at] or {}).get("sum", 0))
    if entry.wallet == lookup.target.wallet:
        raise errors.invalid("phone", "must be of another customer: the coins were issued to this one")
    key = keys.wallet_key(call.caller.scope, entry.wallet)
    record = call.store.read([key])[key]
    if record is None:
        raise errors.TRANSACTION_NOT_FOUND()

    def decision(state: PostingState, target: Wallet) -> CoinDecision:
        now_reversed: Original = state.original or original
        return transfers.decide_reassignment(state.wallet, target, program, now_reversed, state.now)

    # Coins of a prefunded program stay paid for: the issue is another's now, and is no less.
    unfunded = replace(program, funding="none")

    def also(_: Posting, __: Posting, replacement: str) -> list[ExtraWrite | Write]:
        return [moved_coins.reassignment_put(call.caller.scope, entry.id, replacement)]

    move = _Move(call, unfunded, "reassign", decision, transfers.reassigned_to, also, month=entry.month)
    state = PostingState(read_wallet(record), call.now, original=original)
    return move.post(state, {"transaction": entry.id}, "Issue reassigned")


@dataclass(slots=True)
class _Move:
    """One move of coins: both sides in one transaction, each wallet under the condition that it is as it was read."""

    call: Call[MoveCoins]
    program: Program
    operation: str
    decide: Callable[[PostingState, Wallet], CoinDecision]
    receive: Callable[[Wallet, Program, Posting, int], Posting]
    extras: Callable[[Posting, Posting, str], Sequence[ExtraWrite | Write]]
    """What is written with the move, by what it takes, what it gives, and the id of the entry that gives."""
    month: int | None = None
    target: Wallet = field(init=False)

    def post(self, state: PostingState, content: dict[str, Any], message: str) -> Reply:
        call, named = self.call, self.call.lookup.target
        self.target = counter.wallet_or_new(call, named)
        reason = call.input.reason
        content = {**content, "into": self.target.id, "reason": reason}
        order = counter.coin_request(call, self.operation, content, note=reason)
        other = ids.derived_id("txn", order.id, "target")
        newcomer: list[ExtraWrite | Write] = []
        if named.phone and named.customer:
            customer = customers.Customer(named.customer, call.now, phone=named.phone)
            put = customers.customer_put(named.scope, customer, by=call.caller.tenant.id)
            newcomer += [ExtraWrite(put, optional=True)]

        def also(posting: Posting) -> list[ExtraWrite | Write]:
            received = self.receive(self.target, self.program, posting, call.now)
            entry, wallet = entry_writes(order, other, received, self.program.time_zone, month=self.month)
            return [entry, wallet, *self.extras(posting, received, other), *newcomer]

        service = counter.posting_service(call)
        service.program, service.extra_writes = self.program, also
        try:
            posted = self._posted(lambda: service.post(order, state, lambda now: self.decide(now, self.target)))
        except PostingRefused as refusal:
            raise counter.coin_problem(refusal, self.program) from None
        key = keys.transaction_key(order.scope, other)
        record = call.store.read([key])[key]
        if record is None:
            raise LedgerBusy()
        data = _moved_response(posted.entry, read_entry(record), self.program, call)
        return Reply(data, message, headers=counter.replay_headers(posted.replayed))

    def _posted(self, post: Callable[[], CoinPostingResult]) -> CoinPostingResult:
        """Posts, again with the target's wallet as it has become where another posting was first."""
        key = keys.wallet_key(self.call.caller.scope, self.target.id)
        for _ in range(_MAX_ATTEMPTS):
            try:
                return post()
            except PreconditionFailed:
                record = self.call.store.read([key])[key]
                if record is not None:
                    self.target = read_wallet(record)
        raise LedgerBusy()


def _loaded_wallet(call: Call[MoveCoins], key: Key) -> Wallet:
    record = call.loaded[key]
    if record is None:
        raise errors.CUSTOMER_NOT_FOUND()
    return read_wallet(record)


def _moved_response(out: Entry, into: Entry, program: Program, call: Call[MoveCoins]) -> MovedCoins:
    amount = partial(counter.coins_wire, program=program)

    def side(entry: Entry, change: int) -> MovedSide:
        return MovedSide(
            transaction_id=entry.id,
            customer_id=entry.customer,
            wallet_id=entry.wallet,
            previous_balance=amount(entry.after - change + sum(entry.expired.values())),
            balance=amount(entry.after),
        )

    return MovedCoins(
        coins=amount(out.amount),
        lots=counter.lot_coins(out.lots, program),
        source=side(out, -out.amount),
        target=side(into, into.amount),
        shortfall=amount(out.shortfall),
        reversed_transaction_id=out.original,
        reason=out.note,
        reference=out.reference,
        mode=call.caller.mode,
        created_at=out.created_at,
    )
