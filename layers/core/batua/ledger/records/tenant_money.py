"""Tenant wallets on record: the items of a wallet, a hold, and the lines of a transaction.

A transaction is one item per line, in one partition per book: the first line carries the idempotency record as well.
There is no number and no chain, since a wallet is not read before it is written: a statement is in the order of time,
a running balance is the sum of the lines so far, and the wallet's item must equal the sum of all its lines (`recount`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ... import clock
from ...store import keys
from ...store.codec import Item
from ...store.store import Record
from ...store.writes import ABSENT, Condition, Update
from ..decisions.tenant_money import (
    FundsBalance,
    FundsHold,
    FundsLine,
    FundsOriginal,
    FundsPosting,
    TenantWallet,
    WalletChange,
    held_by,
)
from ..model import Origin
from .shared import due_attributes, entry_hash, origin_attributes
from .tombstones import rehydrate


@dataclass(frozen=True, slots=True)
class FundsEntry:
    """A line as read back, with what it holds about its transaction. Amounts in minor units of the wallet's asset."""

    id: str
    number: int
    line: FundsLine
    at: int
    day: int
    caller: str
    address: str
    fingerprint: bytes = b""
    """On the first line only, as are `total` and `count`."""
    total: int = 0
    count: int = 0
    reference: str | None = None
    note: str | None = None
    hold: str | None = None
    original: str | None = None
    request_id: str | None = None
    claimed: str | None = None

    @property
    def wallet(self) -> str:
        return self.line.wallet.id

    @property
    def kind(self) -> str:
        return self.line.kind

    @property
    def created_at(self) -> str:
        return clock.iso(self.at)

    @property
    def follows(self) -> str | None:
        """The transaction that this one refunds, or whose hold it captures, voids or lets expire."""
        if self.original is None and self.hold is not None and self.kind != "hold":
            return held_by(self.hold)
        return self.original


@dataclass(frozen=True, slots=True)
class TransactionContext:
    """What the lines of one transaction have in common."""

    id: str
    at: int
    source: Origin
    day: int
    fingerprint: bytes = b""
    total: int = 0
    count: int = 0
    hold: str | None = None
    original: str | None = None
    known_tenants: set[str] = field(default_factory=set)
    """A transaction is once in the activity of each tenant: with the first of its lines there."""


def posting_items(
    id: str, posting: FundsPosting, source: Origin, fingerprint: bytes, day: int
) -> list[tuple[keys.Key, Item]]:
    """The items of a transaction's lines, the first with the idempotency record."""
    writing = TransactionContext(
        id,
        posting.at,
        source,
        day,
        fingerprint,
        posting.amount,
        len(posting.lines),
        posting.hold.id if posting.hold else None,
        posting.reversal.id if posting.reversal else None,
    )
    return [
        (keys.funds_line_key(line.wallet.scope, id, number), line_item(line, number, writing))
        for number, line in enumerate(posting.lines)
    ]


def line_item(line: FundsLine, number: int, writing: TransactionContext) -> Item:
    """The item of a line, its seal included."""
    place = f"{clock.iso(writing.at)}#{writing.id}#{number:02d}"
    wallet, source = line.wallet, writing.source
    first_of_tenant = wallet.tenant not in writing.known_tenants
    writing.known_tenants.add(wallet.tenant)
    item: dict[str, Any] = {
        "kind": line.kind,
        "ten": wallet.tenant,
        "asset": wallet.asset,
        "cust": wallet.customer,
        "amt": line.amount,
        "legs": [[account, amount] for account, amount in line.legs],
        "of": [line.counterparty.tenant, line.counterparty.customer or ""] if line.counterparty else None,
        "more": dict(line.details) or None,
        "day": writing.day,
        **origin_attributes(source),
        "hold": writing.hold,
        "orig": writing.original,
        "fp": writing.fingerprint if not number and writing.fingerprint else None,
        "tot": writing.total if not number and writing.total else None,
        "n": writing.count if not number and writing.count else None,
        "g1p": keys.funds_statement_partition(wallet.scope, wallet.id),
        "g1s": place,
        "g2p": keys.funds_activity_partition(wallet.scope, wallet.tenant) if first_of_tenant else None,
        "g2s": place if first_of_tenant else None,
    }
    item = {name: value for name, value in item.items() if value is not None}
    return {**item, "hash": entry_hash(writing.id, item)}


def read_line(record: Record) -> FundsEntry:
    """A line out of its item, or of its tombstone: that has no address any more."""
    record = rehydrate(record)
    at, id, number = record["g1s"].split("#")
    scope = record["pk"].rpartition("#K#")[0]
    tenant, customer = record.get("of", ("", ""))
    other = TenantWallet(f"{scope[:2]}{tenant}", tenant, record["asset"], customer or None) if tenant else None
    return FundsEntry(
        id=id,
        number=int(number),
        line=FundsLine(
            TenantWallet(scope, record["ten"], record["asset"], record.get("cust")),
            record["kind"],
            record["amt"],
            tuple((account, amount) for account, amount in record["legs"]),
            other,
            record.get("more", {}),
        ),
        at=clock.parse_iso(at),
        day=record["day"],
        caller=record["by"],
        address=record["ip"],
        fingerprint=record.get("fp", b""),
        total=record["tot"] if "tot" in record else record["amt"],
        count=record.get("n", 1),
        reference=record.get("ref"),
        note=record.get("note"),
        hold=record.get("hold"),
        original=record.get("orig"),
        request_id=record.get("req"),
        claimed=record.get("for"),
    )


def original_of(entries: Sequence[FundsEntry], reversed_amount: int) -> FundsOriginal:
    """A transaction as the original of a refund. `entries` are all its lines, in their order."""
    first = entries[0]
    lines = tuple(entry.line for entry in entries)
    return FundsOriginal(first.id, first.kind, first.total, lines, reversed_amount, first.reference)


def funds_update(change: WalletChange) -> Update:
    """What a posting does to a wallet, on the condition that what it takes is there. A gain makes the item."""
    wallet = change.wallet
    needs = {name: -delta for name, delta in (("free", change.free), ("held", change.held)) if delta < 0}
    gains = change.free > 0
    return Update(
        wallet.key,
        add={name: delta for name, delta in (("free", change.free), ("held", change.held)) if delta},
        # The same at every turn, so the index is written once.
        set=_identity(wallet) if gains or not needs else {},
        when=Condition(at_least=needs, missing=("frozen", "closed") if change.needs_active else ("closed",)),
    )


def opening_update(wallet: TenantWallet) -> Update:
    """Makes an empty wallet, unless it is there already."""
    return Update(wallet.key, set={**_identity(wallet), "free": 0, "held": 0}, when=ABSENT)


def name_update(record: Record, name: str) -> Update:
    """Gives a wallet another name, unless it has been changed since `record` was read. Its id and entries stay."""
    return _revision(record, set={"label": name})


def closing_update(record: Record, now: int) -> Update:
    """Closes a wallet as it was read: what was empty then must still be."""
    balance = ("free", "held", "over")
    unchanged = {name: record[name] for name in balance if name in record}
    return _revision(
        record, set={"closed": now}, equal=unchanged, missing=tuple(name for name in balance if name not in record)
    )


def reopening_update(record: Record) -> Update:
    return _revision(record, remove=("closed",))


def revision_of(record: Record | None) -> int:
    """How often the wallet's name or state was changed."""
    return int(record.get("rev", 0)) if record else 0


def _revision(
    record: Record,
    *,
    set: Mapping[str, Any] | None = None,
    remove: tuple[str, ...] = (),
    equal: Mapping[str, Any] | None = None,
    missing: tuple[str, ...] = (),
) -> Update:
    """The next revision of a wallet's item, on the condition that nobody else has made it."""
    revision = revision_of(record)
    as_read = {**(equal or {}), **({"rev": revision} if revision else {})}
    when = Condition(equal=as_read, missing=missing if revision else (*missing, "rev"), present=("ten",))
    key = keys.Key("ledger", record["pk"], record["sk"])
    return Update(key, set={**(set or {}), "rev": revision + 1}, remove=remove, when=when)


def overdraft_update(wallet: TenantWallet, before: int, after: int) -> Update:
    """Changes a wallet's overdraft limit, which was `before`. What it takes away must not be in use."""
    added = after - before
    as_read = Condition(equal={"over": before} if before else {}, missing=() if before else ("over",))
    needs = {"free": -added} if added < 0 else {}
    return Update(
        wallet.key,
        add={"free": added},
        set={**_identity(wallet), "over": after} if after else _identity(wallet),
        remove=() if after else ("over",),
        when=Condition(equal=as_read.equal, missing=as_read.missing, at_least=needs),
    )


def _identity(wallet: TenantWallet) -> dict[str, Any]:
    whose = {
        "ten": wallet.tenant,
        "asset": wallet.asset,
        "g3p": keys.funds_wallets_partition(wallet.scope),
        "g3s": wallet.id,
    }
    return {**whose, "cust": wallet.customer} if wallet.customer else whose


def read_funds_balance(record: Record | None) -> FundsBalance | None:
    if record is None:
        return None
    return FundsBalance(
        record.get("free", 0), record.get("held", 0), record.get("over", 0), "frozen" in record, "closed" in record
    )


def read_tenant_wallet(record: Record) -> TenantWallet:
    """Which wallet a wallet's item, or a line's, is of."""
    scope = record["pk"].rpartition("#W#")[0]
    return TenantWallet(scope, record["ten"], record["asset"], record.get("cust"))


def read_wallet_name(record: Record) -> str | None:
    """What a tenant calls a wallet now: as it was renamed last, or the name that it was made under."""
    name: str | None = record.get("label") or record.get("cust")
    return name


def funds_hold_item(hold: FundsHold) -> Item:
    wallet = hold.wallet
    return {
        "wal": wallet.id,
        "ten": wallet.tenant,
        "asset": wallet.asset,
        "cust": wallet.customer,
        "amt": hold.amount,
        "st": hold.state,
        "exp": hold.expires_at,
        "cap": hold.captured or None,
        **due_attributes(hold.id, hold.expires_at, hold.state),
    }


def read_funds_hold(record: Record) -> FundsHold:
    scope, _, id = record["pk"].rpartition("#H#")
    wallet = TenantWallet(scope, record["ten"], record["asset"], record.get("cust"))
    return FundsHold(id, wallet, record["amt"], record["exp"], record["st"], record.get("cap", 0))


def loaded_balances(found: Mapping[keys.Key, Record | None], *wallets: TenantWallet) -> dict[str, FundsBalance | None]:
    """What a request has read of these wallets, by their ids."""
    return {wallet.id: read_funds_balance(found[wallet.key]) for wallet in wallets if wallet.key in found}
