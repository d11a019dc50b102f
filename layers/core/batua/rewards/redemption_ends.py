"""What becomes of a redemption where its coins go back by another way: its deadline passes, or they are reversed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..ledger.model import Posting, Refusal
from ..ledger.posting.request import ExtraWrite, PostingRequest
from ..ledger.records.customer_coins import Entry
from ..store import reward_keys
from ..store.keys import Key
from ..store.store import Record, Store
from ..store.writes import Put, Write
from .redemption import Redemption, ended, read_redemption_record, redemption_id
from .redemption_writes import changed_write, returning_writes

if TYPE_CHECKING:
    from .wallet_credit import CreditReversal


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


@dataclass(frozen=True, slots=True)
class RewardReversal:
    """What a redeemed reward gives back with its coins: its wallet credit in proportion; stock, limits and an unseen
    code once all coins are back."""

    redemption: Redemption
    request: PostingRequest
    credit: CreditReversal | None
    now: int

    def refusal(self, coins: Posting) -> Refusal | None:
        return self.credit.refusal(coins) if self.credit else None

    def writes(self, coins: Posting) -> Sequence[ExtraWrite | Write]:
        redemption, scope = self.redemption, self.request.scope
        credit = self.credit.writes(coins) if self.credit else ()
        if coins.original is None or coins.original.reversed < coins.original.amount:
            return credit
        after = replace(
            redemption,
            state="reversed",
            settlement=self.request.id,
            version=redemption.version + 1,
            updated_at=self.now,
            reason=_lost(redemption) or redemption.reason,
        )
        return [*credit, changed_write(scope, redemption, after), *returning_writes(scope, redemption)]


def reward_reversal(store: Store, request: PostingRequest, entry: Entry, now: int) -> RewardReversal | None:
    """Of an entry that took the coins of a fulfilled redemption."""
    redemption = _redemption_of(store, request.scope, entry)
    if redemption is None or redemption.state != "fulfilled":
        return None
    credit = None
    if redemption.credit:
        from .wallet_credit import credit_reversal  # few rewards are one

        credit = credit_reversal(store, request, redemption, now)
    return RewardReversal(redemption, request, credit, now)


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
