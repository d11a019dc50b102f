"""A transaction of either kind, of tenant wallets or of customers' coins, as the lists show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ..ledger.decisions.tenant_money import REFUNDABLE
from ..ledger.model import Program
from ..ledger.records.customer_coins import Entry, read_entry
from ..ledger.records.tenant_money import FundsEntry, read_line
from ..ledger.totals import COINS_REFUNDABLE, refunded_status
from ..money import to_wire
from ..store import keys
from ..store.keys import Key
from ..store.store import Record, Store
from ..wallets.service import scale_of
from .models import EntryOut, LegOut, TransactionDetail, TransactionLine, TransactionStatus


@dataclass(frozen=True, slots=True)
class ListedTransaction:
    """A transaction out of a list. `place` is its position in time, and in the cursor."""

    place: str
    scope: str
    entry: Entry | FundsEntry

    @property
    def is_funds(self) -> bool:
        return isinstance(self.entry, FundsEntry)

    @property
    def asset(self) -> str:
        return self.entry.line.wallet.asset if isinstance(self.entry, FundsEntry) else self.entry.asset

    @property
    def amount(self) -> int:
        return self.entry.total if isinstance(self.entry, FundsEntry) else self.entry.amount

    @property
    def beside(self) -> Key | None:
        """What tells the rest of its state: its hold, or how much of it is undone."""
        entry, scope = self.entry, self.scope
        if entry.kind == "hold" and entry.hold:
            return (keys.funds_hold_key if self.is_funds else keys.hold_key)(scope, entry.hold)
        if self.is_funds and entry.kind in REFUNDABLE:
            return keys.funds_reversed_key(scope, entry.id)
        if not self.is_funds and entry.kind in COINS_REFUNDABLE:
            return keys.reversed_sum_key(scope, entry.id)
        return None

    def touches(self, wallet: str) -> bool:
        if isinstance(self.entry, FundsEntry):
            other = self.entry.line.counterparty
            return wallet == self.entry.wallet or (other is not None and wallet == other.id)
        return wallet == self.entry.wallet


def listed_transaction(record: Record) -> ListedTransaction:
    scope = str(record["pk"]).rpartition("#K#")[0]
    entry = read_entry(record) if record["sk"] == "TX" else read_line(record)
    return ListedTransaction(record["g2s"], scope, entry)


@dataclass(frozen=True, slots=True)
class TransactionWithState:
    """A transaction with the state that it is in."""

    listed: ListedTransaction
    status: TransactionStatus
    refunded: int
    hold: Record | None


def load_states(store: Store, transactions: Sequence[ListedTransaction]) -> list[TransactionWithState]:
    """The states of these transactions, in one strongly consistent read."""
    found = store.read(key for one in transactions if (key := one.beside))
    return [state_of(one, found) for one in transactions]


def state_of(one: ListedTransaction, found: Mapping[Key, Record | None]) -> TransactionWithState:
    record = found[one.beside] if one.beside else None
    entry = one.entry
    if entry.kind == "hold":
        state = record["st"] if record else "open"
        return TransactionWithState(one, cast(TransactionStatus, "pending" if state == "open" else state), 0, record)
    if entry.kind in ("void", "expire"):
        return TransactionWithState(one, "voided" if entry.kind == "void" else "expired", 0, None)
    refunded = (record or {}).get("sum", 0)
    status = cast(TransactionStatus, refunded_status(refunded, one.amount))
    return TransactionWithState(one, status, min(refunded, one.amount), None)


def transaction_line(shown: TransactionWithState, program: Program | None) -> TransactionLine:
    entry, scale = shown.listed.entry, scale_of(shown.listed.asset, program)
    other = entry.line.counterparty if isinstance(entry, FundsEntry) else None
    return TransactionLine(
        transaction_id=entry.id,
        type=entry.kind,
        status=shown.status,
        wallet_id=entry.wallet,
        other_wallet_id=other.id if other else None,
        customer_id=entry.line.wallet.customer if isinstance(entry, FundsEntry) else entry.customer,
        asset=shown.listed.asset,
        amount=to_wire(shown.listed.amount, scale),
        refunded=to_wire(shown.refunded, scale),
        reference=entry.reference,
        note=entry.note,
        original_transaction_id=entry.follows if isinstance(entry, FundsEntry) else entry.original,
        created_at=entry.created_at,
        by=entry.caller,
    )


def transaction_detail(
    shown: TransactionWithState, entries: Iterable[FundsEntry], program: Program | None, mode: str
) -> TransactionDetail:
    """A transaction with its entries. `entries` are the lines of one on tenant wallets."""
    first, hold = shown.listed.entry, shown.hold
    scale = scale_of(shown.listed.asset, program)
    return TransactionDetail(
        **transaction_line(shown, program).model_dump(),
        expires_at=first.line.details.get("expires_at") if isinstance(first, FundsEntry) else None,
        captured=to_wire(hold["cap"], scale) if hold and hold.get("cap") else None,
        entries=[_coin_entry(first, scale)] if isinstance(first, Entry) else [_entry(one, scale) for one in entries],
        mode="test" if mode == "test" else "live",
    )


def _coin_entry(entry: Entry, scale: int) -> EntryOut:
    return EntryOut(
        wallet_id=entry.wallet,
        type=entry.kind,
        amount=to_wire(entry.amount, scale),
        legs=[LegOut(account=leg.account, amount=to_wire(leg.amount, scale)) for leg in entry.legs],
        other_wallet_id=None,
        details={},
    )


def _entry(entry: FundsEntry, scale: int) -> EntryOut:
    one = entry.line
    return EntryOut(
        wallet_id=one.wallet.id,
        type=one.kind,
        amount=to_wire(one.amount, scale),
        legs=[LegOut(account=account, amount=to_wire(amount, scale)) for account, amount in one.legs],
        other_wallet_id=one.counterparty.id if one.counterparty else None,
        details=dict(one.details),
    )
