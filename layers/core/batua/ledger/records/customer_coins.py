"""Customer coins on record: the items of an entry, a wallet and a hold.

One item is the journal entry, the transaction and the idempotency record at once. Attribute names are short where
DynamoDB counts them: an entry stays under one kilobyte, which is what a write unit buys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ... import clock
from ...store import keys
from ...store.codec import Item
from ...store.store import Record
from ..model import AppliedGrant, Hold, Leg, Origin, Posting, Wallet
from .shared import due_attributes, entry_hash, origin_attributes
from .tombstones import rehydrate

if TYPE_CHECKING:
    from ..lots import PendingCoins, PendingLot


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry as read back. Amounts in minor units; `before` and `after` are the wallet's whole balance."""

    id: str
    kind: str
    wallet: str
    customer: str
    asset: str
    merchant: str
    amount: int
    before: int
    after: int
    held: int
    seq: int
    at: int
    legs: tuple[Leg, ...]
    lots: Mapping[int, int]
    spent: Mapping[int, int]
    expired: Mapping[int, int]
    caller: str
    address: str
    fingerprint: bytes
    previous: bytes
    hash: bytes
    spends: Mapping[int, int] = field(default_factory=dict)
    month: int = 0
    day: int = 0
    reference: str | None = None
    note: str | None = None
    bill: int | None = None
    rule: tuple[str, int, str] | None = None
    campaign: AppliedGrant | None = None
    tier: AppliedGrant | None = None
    hold: str | None = None
    until: int = 0
    """When the hold that the entry made expires."""
    original: str | None = None
    shortfall: int = 0
    debt: int = 0
    request_id: str | None = None
    claimed: str | None = None
    counterpart: str | None = None
    """The other wallet of a transfer."""
    moved_qualifying: Mapping[int, int] = field(default_factory=dict)
    """Of a transfer: the coins that count towards a tier, by month, that came (+) or went (-) with it."""
    carried: int = 0
    """What the customer's remainder grew or (below zero) shrank by."""
    remainder: int | None = None
    """The remainder after it; None where there was none before and after."""
    occurred_at: int | None = None
    """When the sale happened, as the caller says: `at` is when we posted it."""
    funded: int = 0
    """What was paid for the coins, or given back, in paise: of a prefunded program."""
    payer: str | None = None
    """The tenant whose wallet that was, where it is not the merchant's."""
    pending: PendingCoins = field(default_factory=dict)
    """Pending coins that it gave (+) or took (-)."""
    earned_before: int | None = None
    """Of an issue: see `Posting.earned_before`; None of those from before it was kept as well."""

    @property
    def shard(self) -> int:
        return next(iter(self.spends), 0)

    @property
    def reversible(self) -> int:
        """What its reversals add up to; see `Original.reversible`."""
        return self.amount or int(self.carried != 0)

    @property
    def created_at(self) -> str:
        return clock.iso(self.at)


def entry_item(
    scope: str,
    id: str,
    posting: Posting,
    source: Origin,
    fingerprint: bytes,
    day: int,
    month: int,
    funded: int | None = None,
    payer: str | None = None,
) -> Item:
    """The item of an entry, its hash included. `day` and `month` are the tenant's, for caps and reversals later.

    `funded` is what the coins of a prefunded program took from a wallet, or gave back, in paise. `payer` is whose
    wallet that is, where it is not the merchant's.
    """
    at = clock.iso(posting.at)
    item: dict[str, Any] = {
        "kind": posting.kind,
        "cust": posting.before.customer,
        "asset": posting.asset,
        "amt": posting.amount,
        "bef": posting.before.balance,
        "aft": posting.after.balance,
        "held": posting.after.held or None,
        "debt": posting.after.debt or None,
        "legs": [[leg.account, leg.amount] for leg in posting.legs],
        "lots": _by_month(posting.lots),
        "spent": _by_month(posting.spent) if posting.kind == "capture" else None,
        "exp": _by_month(posting.expired),
        "day": day,
        "mon": month,
        "sh": _by_month({change.shard: abs(change.counted) for change in posting.months if change.counted}),
        "bill": posting.bill,
        "rule": list(posting.rule) if posting.rule else None,
        "camp": _grant(posting.campaign),
        "tier": _grant(posting.tier),
        **origin_attributes(source),
        "hold": posting.hold.id if posting.hold else None,
        "until": posting.hold.expires_at if posting.hold and posting.kind == "hold" else None,
        "fund": funded,
        "payer": payer,
        "orig": posting.original.id if posting.original else None,
        "short": posting.shortfall or None,
        "peer": posting.counterpart,
        "qual": _by_month(posting.moved_qualifying),
        "carry": _remainder(posting),
        "pend": _pending_item(posting.pending),
        "was": posting.earned_before,
        "fp": fingerprint,
        "prev": posting.before.last_hash,
        "g1p": keys.wallet_partition(scope, posting.before.id),
        "g1s": sequence_text(posting.after.seq),
        "g2p": keys.activity_partition(scope, source.merchant),
        "g2s": f"{at}#{id}",
    }
    item = {name: value for name, value in item.items() if value is not None}
    return {**item, "hash": entry_hash(id, item)}


def read_entry(record: Record) -> Entry:
    """An entry out of its item, or of its tombstone: that has no legs and no address any more."""
    record = rehydrate(record)
    at, _, id = record["g2s"].partition("#")
    rule = record.get("rule")
    lots = _months(record.get("lots"))
    spent = _months(record.get("spent"))
    if record["kind"] == "redeem":
        spent = {month: -count for month, count in lots.items()}
    return Entry(
        id=id,
        kind=record["kind"],
        wallet=record["g1p"].rpartition("#")[2],
        customer=record["cust"],
        asset=record["asset"],
        merchant=record["g2p"].rpartition("#")[2],
        amount=record["amt"],
        before=record["bef"],
        after=record["aft"],
        held=record.get("held", 0),
        seq=int(record["g1s"]),
        at=clock.parse_iso(at),
        legs=tuple(Leg(account, amount) for account, amount in record["legs"]),
        lots=lots,
        spent=spent,
        expired=_months(record.get("exp")),
        caller=record["by"],
        address=record["ip"],
        fingerprint=record["fp"],
        previous=record["prev"],
        hash=record["hash"],
        spends=_months(record.get("sh")),
        month=record["mon"],
        day=record["day"],
        reference=record.get("ref"),
        note=record.get("note"),
        bill=record.get("bill"),
        rule=(rule[0], rule[1], rule[2]) if rule else None,
        campaign=AppliedGrant(*record["camp"]) if record.get("camp") else None,
        tier=AppliedGrant(*record["tier"]) if record.get("tier") else None,
        hold=record.get("hold"),
        until=record.get("until", 0),
        original=record.get("orig"),
        shortfall=record.get("short", 0),
        debt=record.get("debt", 0),
        request_id=record.get("req"),
        claimed=record.get("for"),
        counterpart=record.get("peer"),
        moved_qualifying=_months(record.get("qual")),
        carried=record["carry"][0] if record.get("carry") else 0,
        remainder=record["carry"][1] if record.get("carry") else None,
        occurred_at=record.get("occ"),
        funded=record.get("fund", 0),
        payer=record.get("payer"),
        pending=_read_pending(record.get("pend")),
        earned_before=record.get("was"),
    )


def wallet_item(scope: str, wallet: Wallet) -> Item:
    """The wallet's item. `g3p` changes only when the earliest expiry does, so the index is seldom written."""
    earliest = min((month for month in wallet.lots if month != clock.NO_EXPIRY), default=None)
    return {
        "cust": wallet.customer,
        "lots": _by_month(wallet.lots) or {},
        "held": wallet.held,
        "debt": wallet.debt or None,
        "seq": wallet.seq,
        "st": wallet.status,
        "hash": wallet.last_hash,
        "at": wallet.last_at,
        "open": wallet.opened_at,
        "day": wallet.earned_on or None,
        "earn": dict(wallet.earned) or None,
        "new": wallet.unused or None,
        "qual": _by_month(wallet.qualifying),
        "qual_from": wallet.qualifying_from or None,
        "carry": wallet.carried or None,
        "pend": _pending_item(wallet.pending),
        "g3p": f"{scope}#X#{earliest}" if earliest else None,
        "g3s": wallet.id if earliest else None,
    }


def read_wallet(record: Record) -> Wallet:
    return Wallet(
        id=record["pk"].rpartition("#")[2],
        customer=record["cust"],
        lots=_months(record["lots"]),
        held=record["held"],
        debt=record.get("debt", 0),
        seq=record["seq"],
        status=record["st"],
        last_hash=record["hash"],
        last_at=record["at"],
        opened_at=record["open"],
        earned_on=record.get("day", 0),
        earned=record.get("earn", {}),
        unused=record.get("new", False),
        qualifying=_months(record.get("qual")),
        qualifying_from=record.get("qual_from", 0),
        carried=record.get("carry", 0),
        pending=_read_pending(record.get("pend")),
    )


def hold_item(hold: Hold, scope: str) -> Item:
    """While open, a hold is in the index of due work by the time at which it expires."""
    return {
        "wal": hold.wallet,
        "amt": hold.amount,
        "lots": _by_month(hold.lots),
        "st": hold.state,
        "exp": hold.expires_at,
        "mer": hold.merchant,
        "cap": hold.captured or None,
        **due_attributes(hold.id, hold.expires_at, hold.state),
    }


def read_hold(record: Record) -> Hold:
    return Hold(
        id=record["pk"].rpartition("#")[2],
        wallet=record["wal"],
        amount=record["amt"],
        lots=_months(record["lots"]),
        state=record["st"],
        expires_at=record["exp"],
        merchant=record["mer"],
        captured=record.get("cap", 0),
    )


def sequence_text(number: int) -> str:
    """Fixed width, so that text sorts as numbers do."""
    return f"{number:012d}"


def _pending_item(pending: PendingCoins) -> dict[str, int] | None:
    if not pending:
        return None
    from ..lots import pending_item  # most wallets have none

    return pending_item(pending)


def _read_pending(stored: Mapping[str, int] | None) -> dict[PendingLot, int]:
    if not stored:
        return {}
    from ..lots import read_pending  # most wallets have none

    return read_pending(stored)


def _remainder(posting: Posting) -> list[int] | None:
    """How the remainder changes, and what it is then, where the posting is an issue's or changes it."""
    after = posting.after.carried
    return [posting.carried, after] if posting.carried or (after and posting.kind == "issue") else None


def _grant(applied: AppliedGrant | None) -> list[Any] | None:
    return [applied.id, applied.version, applied.coins, applied.how] if applied else None


def _by_month(lots: Mapping[int, int]) -> dict[str, int] | None:
    return {str(month): count for month, count in lots.items()} or None


def _months(stored: Mapping[str, int] | None) -> dict[int, int]:
    return {int(month): count for month, count in stored.items()} if stored else {}
