"""What decisions about customers' wallets are made of: a wallet as of now, and the posting of a movement. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypedDict, Unpack

from ... import clock
from .. import lots as lot
from ..earning import EarningRule
from ..lots import PendingCoins, add_pending, beyond_lots, negate_pending, pending_lots, pending_on
from ..model import (
    AppliedGrant,
    EntryKind,
    Hold,
    LedgerAccount,
    Leg,
    MonthChange,
    Original,
    Posting,
    Program,
    Wallet,
)
from . import allowance


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who issues or redeems. `rules` are its own earning rules, which stand in for the program's."""

    id: str
    joined_at: int
    rules: tuple[EarningRule, ...] = ()


FIRST_ISSUE: Final = -1


def earned_before(wallet: Wallet, day: int) -> int | None:
    """What an issue on a day replaces in what the wallet remembers, to bring it back where the issue is taken back: the
    day on which the customer earned before it, 0 for never, FIRST_ISSUE where there was no issue yet. None on the day
    of another issue, where nothing is replaced."""
    if wallet.earned_on == day:
        return None
    return FIRST_ISSUE if is_first_issue(wallet) else wallet.earned_on


def is_first_issue(wallet: Wallet) -> bool:
    """Whether the next issue is the customer's first in the program."""
    return wallet.seq == 0 or wallet.unused


@dataclass(frozen=True, slots=True)
class WalletAsOf:
    """A wallet at the moment of a movement: its time, and itself without the lots that are past."""

    wallet: Wallet
    at: int
    month: int
    day: int
    expired: Mapping[int, int]
    pending: PendingCoins

    @property
    def owned(self) -> int:
        """All coins that are not held, the pending ones too. Below zero where coins are owed."""
        return self.wallet.available - sum(self.expired.values())

    @property
    def available(self) -> int:
        """What can be spent now."""
        return self.owned - sum(self.pending.values())

    @property
    def balance(self) -> int:
        return self.owned + self.wallet.held


def wallet_as_of(wallet: Wallet, program: Program, now: int) -> WalletAsOf:
    """Time never runs backwards for a wallet; coins that are past are no longer there, and those whose day has come
    are pending no more."""
    at = max(now, wallet.last_at)
    day = clock.local_day(at, program.time_zone)
    expired = lot.expired_lots(wallet.lots, day // 100)
    return WalletAsOf(wallet, at, day // 100, day, expired, pending_on(wallet.pending, day))


class PostingDetails(TypedDict, total=False):
    """What a posting records besides the change of its wallet; see Posting."""

    spent: Mapping[int, int]
    months: tuple[MonthChange, ...]
    hold: Hold | None
    original: Original | None
    rule: tuple[str, int, str] | None
    campaign: AppliedGrant | None
    tier: AppliedGrant | None
    bill: int | None
    shortfall: int
    counterpart: str | None
    moved_qualifying: Mapping[int, int]
    carried: int
    earned_before: int | None


def coin_posting(
    kind: EntryKind,
    program: Program,
    at: WalletAsOf,
    amount: int,
    *,
    legs: list[tuple[LedgerAccount, int]],
    given: Mapping[int, int] | None = None,
    debt: int = 0,
    earned: Mapping[str, int] | None = None,
    earned_on: int | None = None,
    unused: bool = False,
    qualifying: Mapping[int, int] | None = None,
    pending: PendingCoins | None = None,
    **details: Unpack[PostingDetails],
) -> Posting:
    """The posting of a movement, with the lots that are past leaving beside it.

    `given`: lots added (+) or taken (-), by month of expiry. `debt`: coins that are owed from now on, or (-) no more.
    `earned`: coins that each merchant has issued to this wallet today (or on the day `earned_on`), where that changes.
    `unused`: whether the next issue is the first again. `qualifying`: coins that
    count towards a tier from now on, or (-) no more, by month. `pending`: those of `given` that cannot be spent yet.
    """
    wallet = at.wallet
    settled = lot.settle_lots(wallet.lots, wallet.debt + debt, given or {}, at.month)
    kept = add_pending(at.pending, pending or {})
    paid = negate_pending(beyond_lots(kept, settled.lots))
    breakage = sum(settled.past.values())
    details["months"] = tuple(change for change in details.get("months", ()) if change.moves)
    legs = [*legs, ("wallet", -breakage), ("breakage", breakage)]
    after = replace(
        wallet,
        lots=settled.lots,
        debt=settled.debt,
        held=wallet.held + sum(amount for account, amount in legs if account == "held"),
        seq=wallet.seq + 1,
        last_at=at.at,
        opened_at=wallet.opened_at or at.at,
        earned_on=wallet.earned_on if earned is None else at.day if earned_on is None else earned_on,
        earned=wallet.earned if earned is None else earned,
        unused=unused,
        carried=wallet.carried + details.get("carried", 0),
        pending=add_pending(kept, paid),
    )
    change = qualifying or details.get("moved_qualifying")
    if change:
        from ..tiers import count_qualifying  # most functions that import this post nothing

        after = replace(
            after,
            qualifying=count_qualifying(wallet.qualifying, change, at.month),
            # A wallet from before there were tiers counts from here on.
            qualifying_from=wallet.qualifying_from if wallet.qualifying or not wallet.seq else after.seq,
        )
    return Posting(
        kind=kind,
        asset=program.asset,
        amount=amount,
        before=wallet,
        after=after,
        legs=tuple(Leg(account, count) for account, count in legs if count),
        at=at.at,
        lots=given or {},
        expired=settled.past,
        pending=add_pending(pending or {}, paid),
        **details,
    )


def live_lots(at: WalletAsOf) -> dict[int, int]:
    """The lots that can be spent: not past, and without what is pending."""
    return lot.subtract_lots(unexpired_lots(at), pending_lots(at.pending))


def unexpired_lots(at: WalletAsOf) -> dict[int, int]:
    """The lots that are not past, with what is pending of them."""
    return lot.subtract_lots(at.wallet.lots, at.expired)


def issued_months(program: Program, month: int, shard: int, coins: int) -> tuple[MonthChange, ...]:
    return () if program.kind == "application" else (allowance.issue_change(program.mir, month, shard, coins),)
