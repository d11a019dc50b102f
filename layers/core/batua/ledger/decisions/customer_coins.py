"""What becomes of a wallet: state and command in, posting or refusal out.

Pure: no AWS, no environment, no clock. The same inputs give the same answer, so a replay, a retry after a conflict and
`calculate` (which writes nothing) all ask here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ... import clock
from ...money import MAX_MINOR
from ..earning import EarningRule, best_earning
from ..model import (
    CoinDecision,
    EntryKind,
    Hold,
    LedgerAccount,
    Leg,
    MonthChange,
    Original,
    Posting,
    Program,
    Refusal,
    Shard,
    Wallet,
)
from . import allowance
from . import lots as lot


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who issues or redeems. `rules` are its own earning rules, which stand in for the program's."""

    id: str
    joined_at: int
    rules: tuple[EarningRule, ...] = ()


@dataclass(frozen=True, slots=True)
class WalletAsOf:
    """A wallet at the moment of a movement: its time, and itself without the lots that are past."""

    wallet: Wallet
    at: int
    month: int
    day: int
    expired: Mapping[int, int]

    @property
    def available(self) -> int:
        return self.wallet.available - sum(self.expired.values())


def wallet_as_of(wallet: Wallet, program: Program, now: int) -> WalletAsOf:
    """Time never runs backwards for a wallet; coins that are past are no longer there."""
    at = max(now, wallet.last_at)
    month = clock.local_month(at, program.time_zone)
    return WalletAsOf(wallet, at, month, clock.local_day(at, program.time_zone), lot.expired_lots(wallet.lots, month))


def decide_issue(
    wallet: Wallet,
    program: Program,
    merchant: Merchant,
    now: int,
    *,
    coins: int | None,
    bill: int | None,
    shard: int = 0,
) -> CoinDecision:
    """Gives coins: as many as told, or what the earning rules make of the bill (paise)."""
    at = wallet_as_of(wallet, program, now)
    today = wallet.earned if wallet.earned_on == at.day else {}
    earned_today = today.get(merchant.id, 0)
    applied = None
    if coins is None:
        rules = merchant.rules or program.rules
        won = best_earning(
            rules, bill or 0, scale=program.scale, coin_value=program.coin_value, earned_today=earned_today
        )
        if won is None:
            uncapped = best_earning(
                rules, bill or 0, scale=program.scale, coin_value=program.coin_value, earned_today=0
            )
            return Refusal("daily_cap_reached" if uncapped else "no_rule_matches", {"earned_today": earned_today})
        coins, applied = won.coins, (won.rule.id, won.rule.version, won.how)
    if wallet.status != "active":
        return Refusal("wallet_not_active", {})
    if wallet.balance + coins > MAX_MINOR:
        return Refusal("balance_limit_exceeded", {"balance": wallet.balance})
    return _posting(
        "issue",
        program,
        at,
        coins,
        given={lot.expiry_month(at.month, program.expiry_months): coins},
        legs=[("wallet", coins), ("mint", -coins)],
        months=_issued(program, at.month, shard, coins),
        earned={**today, merchant.id: earned_today + coins},
        rule=applied,
        bill=bill,
    )


def decide_redemption(
    wallet: Wallet,
    program: Program,
    merchant: Merchant,
    now: int,
    *,
    coins: int,
    bill: int | None = None,
    shard: int = 0,
    shards: Mapping[int, Shard] | None = None,
) -> CoinDecision:
    """Takes coins, those that expire first, within what the merchant may redeem this month."""
    at = wallet_as_of(wallet, program, now)
    refusal = _spendable(at, program, coins, bill)
    months = refusal or _room(program, merchant, at, coins, shard, shards)
    if isinstance(months, Refusal):
        return months
    spent = lot.take_fifo(_live(at), coins)
    return _posting(
        "redeem",
        program,
        at,
        coins,
        given=lot.negate_lots(spent),
        spent=spent,
        legs=[("wallet", -coins), ("redeemed", coins)],
        months=months,
        bill=bill,
    )


def decide_hold(
    wallet: Wallet, program: Program, merchant: Merchant, now: int, *, id: str, coins: int, expires_at: int
) -> CoinDecision:
    """Sets coins aside until capture, void or expiry; while held they do not expire."""
    at = wallet_as_of(wallet, program, now)
    refusal = _spendable(at, program, coins, None)
    if refusal:
        return refusal
    taken = lot.take_fifo(_live(at), coins)
    return _posting(
        "hold",
        program,
        at,
        coins,
        given=lot.negate_lots(taken),
        legs=[("wallet", -coins), ("held", coins)],
        hold=Hold(id, wallet.id, coins, taken, "open", expires_at, merchant.id),
    )


def decide_capture(
    wallet: Wallet,
    program: Program,
    merchant: Merchant,
    held: Hold,
    now: int,
    *,
    coins: int | None = None,
    shard: int = 0,
    shards: Mapping[int, Shard] | None = None,
) -> CoinDecision:
    """Redeems held coins, all or (what is left goes back) a part of them."""
    at = wallet_as_of(wallet, program, now)
    coins = held.amount if coins is None else coins
    if held.state != "open" or at.at >= held.expires_at:
        return Refusal("hold_not_open", {})
    if coins > held.amount:
        return Refusal("capture_exceeds_hold", {"held": held.amount})
    months = _room(program, merchant, at, coins, shard, shards)
    if isinstance(months, Refusal):
        return months
    spent = lot.take_fifo(held.lots, coins)
    return _release(
        "capture", program, at, held, spent, months=months, ended=replace(held, state="captured", captured=coins)
    )


def decide_void(
    wallet: Wallet, program: Program, held: Hold, now: int, *, why: Literal["voided", "expired"]
) -> CoinDecision:
    """Gives held coins back: the caller's wish, or (`expired`) because the time of the hold is over."""
    at = wallet_as_of(wallet, program, now)
    if held.state != "open" or (why == "expired" and at.at < held.expires_at):
        return Refusal("hold_not_open", {})
    return _release("void", program, at, held, {}, ended=replace(held, state=why))


def decide_expiry(wallet: Wallet, program: Program, now: int) -> CoinDecision:
    """Takes out what is past and nothing else: the monthly sweep of wallets that nobody touches."""
    at = wallet_as_of(wallet, program, now)
    if not at.expired:
        return Refusal("nothing_expired", {})
    return _posting("expire", program, at, sum(at.expired.values()), legs=[])


def decide_reversal(
    wallet: Wallet,
    program: Program,
    original: Original,
    now: int,
    *,
    coins: int | None = None,
    merchant: Merchant | None = None,
    shards: Mapping[int, Shard] | None = None,
) -> CoinDecision:
    """Undoes an issue or a redemption, the rest of it or a part. All reversals together never exceed the original.

    With a `merchant` (who issued, and reverses of its own accord), an issue is not reversed further than the room that
    it gave is still there. A shop's refund is: the goods are back, and the room may fall below zero.
    """
    left = original.amount - original.reversed
    coins = left if coins is None else coins
    if original.kind not in ("issue", "redeem", "capture"):
        return Refusal("not_reversible", {})
    if left <= 0:
        return Refusal("nothing_to_reverse", {"original": original.amount, "reversed": original.reversed})
    if coins > left:
        return Refusal("reversal_exceeds_original", {"original": original.amount, "left": left})
    at = wallet_as_of(wallet, program, now)
    if original.kind == "issue":
        return _reverse_issue(at, program, original, coins, merchant, shards)
    return _reverse_redemption(at, program, original, coins)


def _reverse_issue(
    at: WalletAsOf,
    program: Program,
    original: Original,
    coins: int,
    merchant: Merchant | None,
    shards: Mapping[int, Shard] | None,
) -> CoinDecision:
    there = max(0, at.available)
    short = max(0, coins - there)
    if short and program.reversal == "reject":
        return Refusal("coins_already_spent", {"available": there})
    debt = short if program.reversal == "negative" else 0
    taken = coins - short + debt
    months = _taken_back(at, program, original, taken, merchant, shards)
    if isinstance(months, Refusal):
        return months
    month = lot.expiry_month(original.month, program.expiry_months)
    today = at.wallet.earned if at.wallet.earned_on == at.day else {}
    if original.day == at.day and original.merchant in today:
        today = {**today, original.merchant: max(0, today[original.merchant] - coins)}
    return _posting(
        "reverse_issue",
        program,
        at,
        taken,
        given=lot.negate_lots(lot.take_from_month(_live(at), month, coins - short)),
        debt=debt,
        legs=[("wallet", -taken), ("mint", taken)],
        months=months,
        earned=today,
        original=_reversible_amount(original, coins),
        shortfall=short - debt,
    )


def _reverse_redemption(at: WalletAsOf, program: Program, original: Original, coins: int) -> CoinDecision:
    if at.wallet.balance + coins > MAX_MINOR:
        return Refusal("balance_limit_exceeded", {"balance": at.wallet.balance})
    back = lot.take_lifo(original.lots, coins, skip=original.reversed)
    return _posting(
        "reverse_redeem",
        program,
        at,
        coins,
        given=back,
        legs=[("wallet", coins), ("redeemed", -coins)],
        months=_given_back(program, original, coins),
        original=_reversible_amount(original, coins),
    )


def _reversible_amount(original: Original, coins: int) -> Original:
    return replace(original, reversed=original.reversed + coins, reversed_before=original.reversed)


def _release(
    kind: EntryKind,
    program: Program,
    at: WalletAsOf,
    held: Hold,
    spent: Mapping[int, int],
    *,
    ended: Hold,
    months: tuple[MonthChange, ...] = (),
) -> Posting:
    """Ends a hold: `spent` of its lots is redeemed, the rest returns to the wallet."""
    redeemed = sum(spent.values())
    return _posting(
        kind,
        program,
        at,
        redeemed if kind == "capture" else held.amount,
        given=lot.subtract_lots(held.lots, spent),
        legs=[("held", -held.amount), ("wallet", held.amount - redeemed), ("redeemed", redeemed)],
        spent=spent,
        months=months,
        hold=ended,
    )


def _posting(
    kind: EntryKind,
    program: Program,
    at: WalletAsOf,
    amount: int,
    *,
    legs: list[tuple[LedgerAccount, int]],
    given: Mapping[int, int] | None = None,
    debt: int = 0,
    spent: Mapping[int, int] | None = None,
    months: tuple[MonthChange, ...] = (),
    hold: Hold | None = None,
    earned: Mapping[str, int] | None = None,
    original: Original | None = None,
    rule: tuple[str, int, str] | None = None,
    bill: int | None = None,
    shortfall: int = 0,
) -> Posting:
    """The posting of a movement, with the lots that are past leaving beside it."""
    wallet = at.wallet
    settled = lot.settle_lots(wallet.lots, wallet.debt + debt, given or {}, at.month)
    breakage = sum(settled.past.values())
    legs = [*legs, ("wallet", -breakage), ("breakage", breakage)]
    after = replace(
        wallet,
        lots=settled.lots,
        debt=settled.debt,
        held=wallet.held + sum(amount for account, amount in legs if account == "held"),
        seq=wallet.seq + 1,
        last_at=at.at,
        opened_at=wallet.opened_at or at.at,
        earned_on=wallet.earned_on if earned is None else at.day,
        earned=wallet.earned if earned is None else earned,
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
        spent=spent or {},
        expired=settled.past,
        months=tuple(change for change in months if change.moves),
        hold=hold,
        original=original,
        rule=rule,
        bill=bill,
        shortfall=shortfall,
    )


def _live(at: WalletAsOf) -> dict[int, int]:
    """The lots that are not past."""
    return lot.subtract_lots(at.wallet.lots, at.expired)


def _spendable(at: WalletAsOf, program: Program, coins: int, bill: int | None) -> Refusal | None:
    if at.wallet.status != "active":
        return Refusal("wallet_not_active", {})
    if coins > at.available:
        figures = {"balance": at.available + at.wallet.held, "available": max(0, at.available), "requested": coins}
        return Refusal("insufficient_balance", figures)
    if bill is not None and program.value_of(coins) > bill:
        return Refusal("coins_exceed_bill", {"bill": bill, "value": program.value_of(coins)})
    return None


def _room(
    program: Program, merchant: Merchant, at: WalletAsOf, coins: int, shard: int, shards: Mapping[int, Shard] | None
) -> tuple[MonthChange, ...] | Refusal:
    if program.kind == "application":
        return ()
    new = program.mir is not None and allowance.is_new(program.mir, merchant.joined_at, at.at)
    return allowance.redemption_change(program.mir, at.month, coins, new=new, shard=shard, shards=shards)


def _issued(program: Program, month: int, shard: int, coins: int) -> tuple[MonthChange, ...]:
    return () if program.kind == "application" else (allowance.issue_change(program.mir, month, shard, coins),)


def _taken_back(
    at: WalletAsOf,
    program: Program,
    original: Original,
    coins: int,
    merchant: Merchant | None,
    shards: Mapping[int, Shard] | None,
) -> tuple[MonthChange, ...] | Refusal:
    """A reversed issue takes its room back from the month that it gave it to, under that month's ratio."""
    if program.kind == "application" or merchant is None or not coins:
        return _issued(program, original.month, original.shard, -coins)
    # A month of the past is judged as of its end.
    as_of = at.at if original.month == at.month else clock.month_end(original.month, program.time_zone) - 1
    new = program.mir is not None and allowance.is_new(program.mir, merchant.joined_at, as_of)
    return allowance.issue_reversal_change(
        program.mir, original.month, coins, new=new, shard=original.shard, shards=shards
    )


def _given_back(program: Program, original: Original, coins: int) -> tuple[MonthChange, ...]:
    """A reversed redemption gives its room back to the month and the shards that it came from."""
    if program.kind == "application":
        return ()
    changes = []
    for number, there in lot.take_lifo(original.spends, coins, skip=original.reversed).items():
        changes.append(allowance.redemption_counters(program.mir, original.month, number, -there))
    return tuple(changes)
