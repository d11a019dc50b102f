"""Moving coins from one customer's wallet to another's: a merge of two wallets, and an issue to a wrong number. Pure.

Each has two sides, which are posted in one transaction: an entry that takes from the source, and one that gives to the
target. A lot keeps the month in which it expires.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...money import MAX_MINOR
from .. import lots as lot
from ..lots import PendingCoins, negate_pending, pending_lots, take_pending
from ..model import CoinDecision, EntryKind, LedgerAccount, Original, Posting, Program, Refusal, Wallet
from .coin_posting import WalletAsOf, coin_posting, live_lots, unexpired_lots, wallet_as_of
from .reversals import earned_without, take_issued


def decide_merge(source: Wallet, target: Wallet, program: Program, now: int) -> CoinDecision:
    """Takes all coins of the source that are not held, for the target. Nothing is issued and nothing redeemed; what is
    pending stays so."""
    at = wallet_as_of(source, program, now)
    if source.status != "active":
        return Refusal("wallet_not_active", {})
    if source.held:
        return Refusal("wallet_has_holds", {"held": source.held})
    if at.owned <= 0:
        return Refusal("nothing_to_transfer", {"available": 0})
    coins = at.owned
    return _target_refusal(target, coins) or coin_posting(
        "transfer_out",
        program,
        at,
        coins,
        given=lot.negate_lots(unexpired_lots(at)),
        pending=negate_pending(at.pending),
        legs=[("wallet", -coins), ("transferred", coins)],
        counterpart=target.id,
        moved_qualifying=lot.negate_lots(source.qualifying),
        carried=-source.carried,
    )


def merged_into(target: Wallet, program: Program, out: Posting, now: int) -> Posting:
    """The other side of a merge."""
    return _received(target, program, out, now, "transfer_in", "transferred")


def decide_recall(
    source: Wallet,
    target: Wallet,
    program: Program,
    now: int,
    *,
    coins: int,
    month: int,
    issued_in: int,
    issued: PendingCoins | None = None,
) -> CoinDecision:
    """Takes coins of a merge back to the wallet that they were issued to, so that they can be reversed there.

    As many as the source has of them: first those of the issue that are pending (`issued`), then of the lot that
    expires in `month`. A frozen wallet gives them too, as it
    does in a reversal. What they counted towards a tier, in the month `issued_in`, goes with them.
    """
    at = wallet_as_of(source, program, now)
    coins = min(coins, max(0, at.owned))
    if not coins:
        return Refusal("nothing_to_transfer", {"available": 0})
    spendable, pending = take_issued(at, issued or {}, month, coins)
    counted = min(coins, source.qualifying.get(issued_in, 0))
    return coin_posting(
        "transfer_out",
        program,
        at,
        coins,
        given=lot.negate_lots(lot.add_lots(spendable, pending_lots(pending))),
        pending=negate_pending(pending),
        legs=[("wallet", -coins), ("transferred", coins)],
        counterpart=target.id,
        moved_qualifying=lot.negate_lots({issued_in: counted}) if counted else {},
    )


def decide_reassignment(source: Wallet, target: Wallet, program: Program, original: Original, now: int) -> CoinDecision:
    """Takes back what is left of an issue to a wrong number, for the right one.

    Only coins of the issue's own lot are taken: those that the source got otherwise stay. What has been spent is
    recorded as the shortfall, and the whole issue counts as reversed, so a later refund takes nothing from the source.
    The merchant's month stays as it is: no more and no less is issued in it.
    """
    left = original.amount - original.reversed
    if original.kind != "issue":
        return Refusal("not_reversible", {})
    if left <= 0:
        return Refusal("nothing_to_reverse", {"original": original.amount, "reversed": original.reversed})
    if source.status != "active":
        return Refusal("wallet_not_active", {})
    at = wallet_as_of(source, program, now)
    month = next(iter(original.lots))
    own = {each: min(count, at.pending.get(each, 0)) for each, count in original.pending.items()}
    coins = min(left, sum(own.values()) + live_lots(at).get(month, 0))
    if not coins:
        return Refusal("coins_already_spent", {"available": 0})
    return _target_refusal(target, coins) or coin_posting(
        "reverse_issue",
        program,
        at,
        coins,
        given={month: -coins},
        pending=negate_pending(take_pending(own, coins)),
        legs=[("wallet", -coins), ("mint", coins)],
        **earned_without(at, original, left, clean=coins == original.amount),
        qualifying={(original.day // 100 or original.month): -left},
        original=replace(original, reversed=original.reversed + left, reversed_before=original.reversed),
        shortfall=left - coins,
        carried=-original.carried,
    )


def reassigned_to(target: Wallet, program: Program, out: Posting, now: int) -> Posting:
    """The other side of a reassignment: an issue that can be reversed as the first could."""
    return _received(target, program, out, now, "issue", "mint")


def _received(
    target: Wallet, program: Program, out: Posting, now: int, kind: EntryKind, from_account: LedgerAccount
) -> Posting:
    at = wallet_as_of(target, program, now)
    merchant = out.original.merchant if out.original else None
    return coin_posting(
        kind,
        program,
        at,
        out.amount,
        given=lot.negate_lots(out.lots),
        pending=negate_pending(out.pending),
        legs=[("wallet", out.amount), (from_account, -out.amount)],
        earned=_earned(at, merchant, out.amount) if merchant else None,
        qualifying={at.month: out.amount} if kind == "issue" else None,
        moved_qualifying=lot.negate_lots(out.moved_qualifying),
        counterpart=out.before.id if kind == "transfer_in" else None,
        carried=-out.carried,
    )


def _earned(at: WalletAsOf, merchant: str, coins: int) -> Mapping[str, int]:
    """What the wallet earned today, as daily caps count it, with so many coins more or fewer at the merchant."""
    today = at.wallet.earned if at.wallet.earned_on == at.day else {}
    if coins < 0 and merchant not in today:
        return today
    return {**today, merchant: max(0, today.get(merchant, 0) + coins)} if coins else today


def _target_refusal(target: Wallet, coins: int) -> Refusal | None:
    if target.status != "active":
        return Refusal("wallet_not_active", {})
    if target.balance + coins > MAX_MINOR:
        return Refusal("balance_limit_exceeded", {"balance": target.balance})
    return None
