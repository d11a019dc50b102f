"""Undoing issues and redemptions of coins. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict

from ... import clock
from ...money import MAX_MINOR
from .. import lots as lot
from ..lots import PendingCoins, PendingLot, add_pending, negate_pending, pending_lots, take_pending
from ..model import (
    CoinDecision,
    MonthChange,
    Original,
    Program,
    Refusal,
    Shard,
    Wallet,
)
from . import allowance
from .coin_posting import FIRST_ISSUE, Merchant, WalletAsOf, coin_posting, issued_months, live_lots, wallet_as_of


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

    What an issue did to the customer's remainder is undone with the last of its coins. The remainder may fall below
    zero by it, where it has become a coin of a later bill since: the next bills make up for it.

    With a `merchant` (who issued, and reverses of its own accord), an issue is not reversed further than the room that
    it gave is still there. A shop's refund is: the goods are back, and the room may fall below zero.
    """
    left = original.reversible - original.reversed
    part, coins = coins is not None, left if coins is None else coins
    if original.kind not in ("issue", "import", "redeem", "capture"):
        return Refusal("not_reversible", {})
    if left <= 0:
        return Refusal("nothing_to_reverse", {"original": original.amount, "reversed": original.reversed})
    if coins > left or (part and not original.amount):
        left = min(left, original.amount)
        return Refusal("reversal_exceeds_original", {"original": original.amount, "left": left})
    at = wallet_as_of(wallet, program, now)
    if original.kind in ("issue", "import"):
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
    whole, counted = original.reversed + coins == original.reversible, coins
    if not original.amount:
        coins = 0  # it gave a part of a coin alone
    there = max(0, at.owned)
    short = max(0, coins - there)
    if short and program.reversal == "reject":
        return Refusal("coins_already_spent", {"available": there})
    debt = short if program.reversal == "negative" else 0
    taken = coins - short + debt
    imported = original.kind == "import"
    months = () if imported else _taken_back(at, program, original, taken, merchant, shards)
    if isinstance(months, Refusal):
        return months
    # An issue gives one lot. The program's expiry may have changed since.
    month = next(iter(original.lots), lot.expiry_month(original.month, program.expiry_months))
    spendable, pending = take_issued(at, original.pending, month, coins - short)
    return coin_posting(
        "reverse_import" if imported else "reverse_issue",
        program,
        at,
        taken,
        given=lot.negate_lots(lot.add_lots(spendable, pending_lots(pending))),
        pending=negate_pending(pending),
        debt=debt,
        legs=[("wallet", -taken), ("imported" if imported else "mint", taken)],
        months=months,
        **({} if imported else earned_without(at, original, coins, clean=whole and not short)),
        qualifying=None if imported else {(original.day // 100 or original.month): -coins},
        original=_reversible_amount(original, counted),
        shortfall=short - debt,
        carried=-original.carried if whole else 0,
    )


class EarnedDay(TypedDict, total=False):
    """What a wallet remembers of the last day on which its customer earned; see `coin_posting`."""

    earned: Mapping[str, int]
    earned_on: int
    unused: bool


def earned_without(at: WalletAsOf, original: Original, coins: int, *, clean: bool) -> EarnedDay:
    """What the wallet remembers of earning once coins of an issue are taken back.

    Where the issue is the wallet's latest entry and goes as a whole (`clean`), it is as if it had never been: the first
    issue is still to come, and the customer has stayed away as long as before. Otherwise the day stays: a return is no
    visit, and undoes none that was followed by another.
    """
    wallet = at.wallet
    if clean and original.seq == wallet.seq and original.earned_before is not None:
        first = original.earned_before == FIRST_ISSUE
        return {"earned": {}, "earned_on": 0 if first else original.earned_before, "unused": first}
    if wallet.earned_on != at.day:
        return {}
    today = wallet.earned
    if original.day == at.day and original.merchant in today:
        today = {**today, original.merchant: max(0, today[original.merchant] - coins)}
    return {"earned": today}


def take_issued(
    at: WalletAsOf, issued: PendingCoins, month: int, coins: int
) -> tuple[dict[int, int], dict[PendingLot, int]]:
    """So many coins of a wallet to take an issue back: what is pending of the issue first, then what can be spent (of
    the issue's lot, then the earliest), then what else is pending. By lot: what could be spent, and what is pending."""
    own = {each: min(count, at.pending.get(each, 0)) for each, count in issued.items()}
    first = take_pending(own, coins)
    coins -= sum(first.values())
    spendable = lot.take_from_month(live_lots(at), month, coins)
    coins -= sum(spendable.values())
    rest = take_pending(add_pending(at.pending, negate_pending(first)), coins)
    return spendable, add_pending(first, rest)


def _reverse_redemption(at: WalletAsOf, program: Program, original: Original, coins: int) -> CoinDecision:
    if at.wallet.balance + coins > MAX_MINOR:
        return Refusal("balance_limit_exceeded", {"balance": at.wallet.balance})
    back = lot.take_lifo(original.lots, coins, skip=original.reversed)
    return coin_posting(
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
        return issued_months(program, original.month, original.shard, -coins)
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
