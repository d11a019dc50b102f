"""Decides the outcome of a command against a customer's wallet: a posting, or a refusal with its figures.

Pure: no AWS, no environment, no clock. The same inputs give the same decision, so a replay, a retry after a conflict
and `calculate` (which writes nothing) all use it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from ... import clock
from ...money import MAX_MINOR
from .. import lots as lot
from ..campaigns import Campaign, SaleLine
from ..lots import PendingLot
from ..model import (
    CoinDecision,
    EntryKind,
    Hold,
    LedgerAccount,
    MonthChange,
    Posting,
    Program,
    Refusal,
    Shard,
    Wallet,
)
from . import allowance
from .coin_posting import Merchant as Merchant
from .coin_posting import WalletAsOf as WalletAsOf
from .coin_posting import coin_posting, earned_before, issued_months, live_lots
from .coin_posting import wallet_as_of as wallet_as_of
from .reversals import decide_reversal as decide_reversal


def decide_issue(
    wallet: Wallet,
    program: Program,
    merchant: Merchant,
    now: int,
    *,
    coins: int | None,
    bill: int | None,
    shard: int = 0,
    campaigns: Sequence[Campaign] = (),
    exhausted: Collection[str] = (),
    lines: Sequence[SaleLine] = (),
) -> CoinDecision:
    """Gives coins: as many as requested, or what the earning rules, the customer's tier and one campaign make of the
    bill (paise). Where the program carries remainders, a bill may give a part of a coin alone: the entry then has none.

    `exhausted` are campaigns whose budget was found too small for what they would give; `lines` the bill's items.
    """
    at = wallet_as_of(wallet, program, now)
    if closed := _refused_by_status(program, at.at):
        return closed
    if program.is_over(at.at):
        return Refusal("program_ended", {})
    today = wallet.earned if wallet.earned_on == at.day else {}
    earned_today = today.get(merchant.id, 0)
    earned = None
    if coins is None:
        from .earnings import base_earnings, earnings_of  # nothing but an issue by the rules needs them

        carried = wallet.carried if program.carry_remainders else None
        earned = earnings_of(
            program,
            merchant,
            at,
            bill or 0,
            earned_today=earned_today,
            campaigns=campaigns,
            exhausted=exhausted,
            carried=carried,
            lines=lines,
        )
        if earned is None:
            uncapped = base_earnings(program, merchant, bill or 0, earned_today=0, carried=carried)
            return Refusal("daily_cap_reached" if uncapped else "no_rule_matches", {"earned_today": earned_today})
        coins = earned.coins
    if wallet.status != "active":
        return Refusal("wallet_not_active", {})
    if wallet.balance + coins > MAX_MINOR:
        return Refusal("balance_limit_exceeded", {"balance": wallet.balance})
    from_day = clock.add_days(at.day, program.pending_days + 1) if program.pending_days else at.day
    expires = lot.expiry_month(from_day // 100, program.expiry_months)
    return coin_posting(
        "issue",
        program,
        at,
        coins,
        given={expires: coins} if coins else {},
        pending={PendingLot(from_day, expires): coins} if coins and program.pending_days else None,
        legs=[("wallet", coins), ("mint", -coins)],
        months=issued_months(program, at.month, shard, coins),
        earned={**today, merchant.id: earned_today + coins},
        earned_before=earned_before(wallet, at.day),
        qualifying={at.month: coins},
        rule=earned.rule if earned else None,
        campaign=earned.campaign if earned else None,
        tier=earned.tier if earned else None,
        carried=earned.carried if earned else 0,
        bill=bill,
    )


def decide_import(
    wallet: Wallet, program: Program, now: int, *, coins: int, expires: int | None = None
) -> CoinDecision:
    """Brings in coins that the customer held in another system, to expire with the month `expires` (yyyymm).

    Nobody issued them here: they give no room under the issuance ratio and count towards no daily cap.
    """
    at = wallet_as_of(wallet, program, now)
    if closed := _refused_by_status(program, at.at):
        return closed
    if program.is_over(at.at):
        return Refusal("program_ended", {})
    if wallet.status != "active":
        return Refusal("wallet_not_active", {})
    if wallet.balance + coins > MAX_MINOR:
        return Refusal("balance_limit_exceeded", {"balance": wallet.balance})
    month = lot.expiry_month(at.month, program.expiry_months) if expires is None else expires
    if month < at.month:
        return Refusal("coins_expired", {})
    legs: list[tuple[LedgerAccount, int]] = [("wallet", coins), ("imported", -coins)]
    return coin_posting("import", program, at, coins, given={month: coins}, legs=legs)


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
    spent = lot.take_fifo(live_lots(at), coins)
    return coin_posting(
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
    taken = lot.take_fifo(live_lots(at), coins)
    return coin_posting(
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
    return coin_posting("expire", program, at, sum(at.expired.values()), legs=[])


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
    return coin_posting(
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


def _refused_by_status(program: Program, at: int) -> Refusal | None:
    """A draft and a paused program move no coins; what was set aside or is undone is not affected."""
    if not program.has_started(at):
        return Refusal("program_not_started", {})
    return Refusal("program_paused", {}) if program.status == "paused" else None


def _spendable(at: WalletAsOf, program: Program, coins: int, bill: int | None) -> Refusal | None:
    if closed := _refused_by_status(program, at.at):
        return closed
    if at.wallet.status != "active":
        return Refusal("wallet_not_active", {})
    if coins > at.available:
        figures = {"balance": at.balance, "available": max(0, at.available), "requested": coins}
        return Refusal("insufficient_balance", figures)
    if bill is not None and program.value_of(coins) > bill:
        return Refusal("coins_exceed_bill", {"bill": bill, "value": program.value_of(coins)})
    return None


def _room(
    program: Program, merchant: Merchant, at: WalletAsOf, coins: int, shard: int, shards: Mapping[int, Shard] | None
) -> tuple[MonthChange, ...] | Refusal:
    if program.kind == "application":
        return ()
    policy = program.ceiling_policy(at.at)
    new = policy is not None and allowance.is_new(policy, merchant.joined_at, at.at)
    return allowance.redemption_change(policy, at.month, coins, new=new, shard=shard, shards=shards)
