"""What becomes of a redemption where its coins go back by another way: its deadline passes, or they are reversed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..ledger.model import Posting
from ..ledger.posting.request import ExtraWrite, ExtraWrites
from ..ledger.records.customer_coins import Entry
from ..store import reward_keys
from ..store.keys import Key
from ..store.store import Record, Store
from ..store.writes import Put
from .redemption import Redemption, ended, read_redemption_record, redemption_id
from .redemption_writes import changed_write, returning_writes


def redemption_key_of_hold(scope: str, hold: str) -> Key:
    """The key of a hold's redemption, if it has one."""
    return reward_keys.redemption_key(scope, redemption_id(hold))


def expiry_writes(scope: str, record: Record | None, transaction: str, now: int) -> Sequence[ExtraWrite | Put]:
    """With the coins of an expired hold: its redemption expires, and stock, limits and code go back."""
    if record is None:
        return ()
    before = read_redemption_record(record)
    if not before.is_open:
        return ()
    after = replace(ended(before), state="expired", settlement=transaction, version=before.version + 1, updated_at=now)
    return [changed_write(scope, before, after), *returning_writes(scope, before)]


def reversal_writes(store: Store, scope: str, entry: Entry, transaction: str, now: int) -> ExtraWrites[Posting]:
    """With the reversal of a redeemed reward's coins: stock, limits and an unseen code go back, once all coins do."""
    redemption = _redemption_of(store, scope, entry)
    if redemption is None or redemption.state != "fulfilled":
        return ()

    def writes(posting: Posting) -> Sequence[ExtraWrite | Put]:
        if posting.original is None or posting.original.reversed < posting.original.amount:
            return ()
        after = replace(
            redemption,
            state="reversed",
            settlement=transaction,
            version=redemption.version + 1,
            updated_at=now,
            reason=_lost(redemption) or redemption.reason,
        )
        return [changed_write(scope, redemption, after), *returning_writes(scope, redemption)]

    return writes


def _lost(redemption: Redemption) -> str | None:
    """What a reversal can't restore."""
    if redemption.pool_code is None or redemption.shown_at is None:
        return None
    return "The coins are back. The code had been shown, so it was not returned to the pool."


def _redemption_of(store: Store, scope: str, entry: Entry) -> Redemption | None:
    if entry.kind not in ("redeem", "capture"):
        return None
    opened_by = entry.hold if entry.kind == "capture" else entry.id
    key = reward_keys.redemption_key(scope, redemption_id(str(opened_by)))
    record = store.read([key])[key]
    return read_redemption_record(record) if record else None
