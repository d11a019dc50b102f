"""A sequential model of the ledger that every run is compared with.

It shares no code with the product and is simple enough to be seen to be correct: a wallet is a list of coins, each the
month in which it expires; there are no shards, no conditions and no concurrency.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import Final

from batua import clock
from tests.faults.plan import ZONE, Plan

NEVER: Final = 999912
DAY_MS: Final = 86_400_000


class No(Exception):
    """The act is refused. `figures` are those of the ledger's refusal."""

    def __init__(self, code: str, **figures: int) -> None:
        super().__init__(code, figures)
        self.code, self.figures = code, figures


@dataclass(frozen=True)
class Act:
    """An act on the customer's wallet, or the parent's, at one instant."""

    kind: str
    name: str
    at: int
    wallet: str
    merchant: str = ""
    amount: int | None = None
    about: str = ""
    until: int = 0
    other: str = ""
    by_shop: bool = False
    """A shop's refund, which the merchant did not initiate."""


@dataclass
class CoinWallet:
    coins: list[int] = field(default_factory=list)
    debt: int = 0
    held: int = 0
    at: int = 0
    count: int = 0
    """Entries so far."""


@dataclass
class Done:
    """An act that may be reversed. `coins` are those that were spent."""

    kind: str
    wallet: str
    merchant: str
    amount: int
    month: int
    coins: list[int] = field(default_factory=list)
    undone: int = 0
    other: str = ""


@dataclass
class Promise:
    wallet: str
    coins: list[int]
    amount: int
    until: int
    open: bool = True


@dataclass
class Money:
    free: int = 0
    held: int = 0


class Model:
    def __init__(self, plan: Plan, merchants: list[str]) -> None:
        self.plan = plan
        self.coin_wallets: dict[str, CoinWallet] = {}
        self.months: dict[tuple[str, int], list[int]] = {}
        self.done: dict[str, Done] = {}
        self.promises: dict[str, Promise] = {}
        self.money: dict[str, Money] = {}
        self.joined = dict.fromkeys(merchants, plan.joined)
        self.funds_of: dict[str, str] = {}
        """Merchant -> its own wallet, which pays for what it issues in a prefunded program."""

    def do(self, act: Act) -> int:
        """Applies an act and returns the amount moved; raises No and changes nothing if it is refused."""
        return int(getattr(self, f"_{act.kind}")(act))

    def refuses(self, act: Act, code: str) -> list[dict[str, int]]:
        """The figures of a refusal for this reason at this moment, if it would be refused."""
        said = {
            "insufficient_balance": self._short,
            "mir_limit_reached": self._unfair,
            "insufficient_float": self._unfunded,
            "reversal_exceeds_allowance": self._used_up,
        }
        if code in said:
            figures = said[code](act)
            return [] if figures is None else [figures]
        try:
            self._check(act)
        except No as no:
            return [no.figures] if no.code == code else []
        return []

    # Reasons.

    def _short(self, act: Act) -> dict[str, int] | None:
        wallet, takes = self._payer(act)
        if not wallet:
            return None
        if wallet in self.money:
            money = self.money[wallet]
            return (
                {"balance": money.free + money.held, "available": money.free, "requested": takes}
                if takes > money.free
                else None
            )
        there = self._spendable(act)
        held = self.coin_wallets.get(wallet, CoinWallet()).held
        return {"balance": there + held, "available": max(0, there), "requested": takes} if takes > there else None

    def _payer(self, act: Act) -> tuple[str, int]:
        """Whose wallet an act debits, and by how much. A reversal debits the wallet that was credited."""
        if act.kind != "refund":
            return act.wallet, act.amount or 0
        done = self.done[act.about]
        return (done.wallet if done.kind == "credit" else done.other), self._left(act)

    def _unfair(self, act: Act) -> dict[str, int] | None:
        mir = self.plan.mir
        if mir is None:
            return None
        at = self._at(act)
        amount = act.amount if act.amount is not None else self.promises[act.about].amount
        new = at < self.joined[act.merchant] + mir.new_days * DAY_MS
        ratio = mir.new_ratio if new else mir.ratio
        issued, redeemed = self.months.get((act.merchant, clock.local_month(at, ZONE)), [0, 0])
        if 100 * (redeemed + amount) <= ratio * issued:
            return None
        ceiling = max(0, issued) * ratio // 100
        return {"issued": issued, "redeemed": redeemed, "ceiling": ceiling, "left": max(0, ceiling - redeemed)}

    def _used_up(self, act: Act) -> dict[str, int] | None:
        """A merchant may not reverse an issue after the allowance it gave has been redeemed. A shop's refund may."""
        mir, done = self.plan.mir, self.done.get(act.about)
        if mir is None or done is None or done.kind != "issue" or act.by_shop:
            return None
        at, amount = self._at(act), self._left(act)
        taken = amount - (0 if self.plan.policy == "negative" else max(0, amount - max(0, self._spendable(act))))
        as_of = at if clock.local_month(at, ZONE) == done.month else clock.month_end(done.month, ZONE) - 1
        new = as_of < self.joined[done.merchant] + mir.new_days * DAY_MS
        ratio = mir.new_ratio if new else mir.ratio
        issued, redeemed = self.months.get((done.merchant, done.month), [0, 0])
        room = ratio * issued - 100 * redeemed
        if not taken or room >= ratio * taken:
            return None
        return {"issued": issued, "redeemed": redeemed, "reversible": max(0, room) // ratio, "requested": taken}

    def _unfunded(self, act: Act) -> dict[str, int] | None:
        if self.plan.funding == "none":
            return None
        value, funds = 100 * (act.amount or 0), self.money[self.funds_of[act.merchant]]
        return {"value": value, "funds": funds.free} if value > funds.free else None

    def _check(self, act: Act) -> None:
        """Raises No if holds, the original or lots forbid it."""
        if act.kind in ("capture", "void", "expire_hold", "capture_funds", "void_funds", "expire_funds"):
            promise, at = self.promises[act.about], self._at(act)
            late = act.kind.startswith("expire") and at < promise.until
            early = act.kind.startswith("capture") and at >= promise.until
            if not promise.open or late or early:
                raise No("hold_not_open")
            if (act.amount or 0) > promise.amount:
                raise No("capture_exceeds_hold", held=promise.amount)
        if act.kind in ("reverse", "refund"):
            self._check_undoing(act)
        if act.kind == "expire" and not self._bad(act):
            raise No("nothing_expired")

    def _check_undoing(self, act: Act) -> None:
        done = self.done.get(act.about)
        if done is None:
            raise No("not_reversible")
        left = done.amount - done.undone
        if left <= 0:
            raise No("nothing_to_reverse", original=done.amount, reversed=done.undone)
        if (act.amount or 0) > left:
            raise No("reversal_exceeds_original", original=done.amount, left=left)
        if done.kind == "issue" and self.plan.policy == "reject":
            there = max(0, self._spendable(act))
            if self._left(act) > there:
                raise No("coins_already_spent", available=there)

    def _left(self, act: Act) -> int:
        done = self.done[act.about]
        return done.amount - done.undone if act.amount is None else act.amount

    # Coins.

    def _at(self, act: Act) -> int:
        """The time of a wallet never runs backwards."""
        return max(act.at, self.coin_wallets[act.wallet].at) if act.wallet in self.coin_wallets else act.at

    def _good(self, act: Act) -> list[int]:
        month = clock.local_month(self._at(act), ZONE)
        coin_wallet = self.coin_wallets.get(act.wallet, CoinWallet())
        return [coin for coin in coin_wallet.coins if coin >= month]

    def _bad(self, act: Act) -> bool:
        return len(self._good(act)) < len(self.coin_wallets.get(act.wallet, CoinWallet()).coins)

    def _spendable(self, act: Act) -> int:
        return len(self._good(act)) - self.coin_wallets.get(act.wallet, CoinWallet()).debt

    def _touched(self, act: Act) -> tuple[CoinWallet, int]:
        """The wallet brought forward to the act's time, and the month."""
        at = self._at(act)
        coin_wallet = self.coin_wallets.setdefault(act.wallet, CoinWallet())
        coin_wallet.at, coin_wallet.count = at, coin_wallet.count + 1
        return coin_wallet, clock.local_month(at, ZONE)

    def _tidy(self, coin_wallet: CoinWallet, month: int) -> None:
        """Removes expired coins, then pays debts with those that expire first."""
        coin_wallet.coins = sorted(coin for coin in coin_wallet.coins if coin >= month)
        paid = min(coin_wallet.debt, len(coin_wallet.coins))
        coin_wallet.coins, coin_wallet.debt = coin_wallet.coins[paid:], coin_wallet.debt - paid

    def _count(self, merchant: str, month: int, issued: int, redeemed: int) -> None:
        figures = self.months.setdefault((merchant, month), [0, 0])
        figures[0] += issued
        figures[1] += redeemed

    def _issue(self, act: Act) -> int:
        amount = act.amount or 0
        if (figures := self._unfunded(act)) is not None:
            raise No("insufficient_float", **figures)
        coin_wallet, month = self._touched(act)
        lifetime = self.plan.expiry_months
        good_until = NEVER if lifetime is None else clock.add_months(month, lifetime)
        for _ in range(amount):
            bisect.insort(coin_wallet.coins, good_until)
        self._tidy(coin_wallet, month)
        self._count(act.merchant, month, amount, 0)
        self._pay(act.merchant, amount)
        self.done[act.name] = Done("issue", act.wallet, act.merchant, amount, month, [good_until])
        return amount

    def _pay(self, merchant: str, coins: int) -> None:
        if self.plan.funding == "prefunded":
            self.money[self.funds_of[merchant]].free -= 100 * coins

    def _spend(self, act: Act, coins: list[int], month: int) -> None:
        self._count(act.merchant, month, 0, len(coins))
        self.done[act.name] = Done(act.kind, act.wallet, act.merchant, len(coins), month, coins)

    def _redeem(self, act: Act) -> int:
        self._enough(act)
        if (figures := self._unfair(act)) is not None:
            raise No("mir_limit_reached", **figures)
        good, amount = self._good(act), act.amount or 0
        coin_wallet, month = self._touched(act)
        coin_wallet.coins = good[amount:]
        self._tidy(coin_wallet, month)
        self._spend(act, good[:amount], month)
        return amount

    def _enough(self, act: Act) -> None:
        if (figures := self._short(act)) is not None:
            raise No("insufficient_balance", **figures)

    def _hold(self, act: Act) -> int:
        self._enough(act)
        good, amount = self._good(act), act.amount or 0
        coin_wallet, month = self._touched(act)
        coin_wallet.coins = good[amount:]
        coin_wallet.held += amount
        self._tidy(coin_wallet, month)
        self.promises[act.name] = Promise(act.wallet, good[:amount], amount, act.until)
        return amount

    def _capture(self, act: Act) -> int:
        self._check(act)
        if (figures := self._unfair(act)) is not None:
            raise No("mir_limit_reached", **figures)
        promise = self.promises[act.about]
        amount = promise.amount if act.amount is None else act.amount
        month = self._let_go(act, promise.coins[amount:])
        self._spend(act, promise.coins[:amount], month)
        return amount

    def _void(self, act: Act) -> int:
        self._check(act)
        self._let_go(act, self.promises[act.about].coins)
        return self.promises[act.about].amount

    _expire_hold = _void

    def _let_go(self, act: Act, coins: list[int]) -> int:
        promise = self.promises[act.about]
        coin_wallet, month = self._touched(act)
        coin_wallet.held -= promise.amount
        coin_wallet.coins = sorted(coin_wallet.coins + coins)
        promise.open = False
        self._tidy(coin_wallet, month)
        return month

    def _expire(self, act: Act) -> int:
        self._check(act)
        before = len(self.coin_wallets[act.wallet].coins)
        gone = before - len(self._good(act))
        coin_wallet, month = self._touched(act)
        self._tidy(coin_wallet, month)
        return gone

    def _reverse(self, act: Act) -> int:
        self._check(act)
        done, amount = self.done[act.about], self._left(act)
        if done.kind == "issue":
            if (figures := self._used_up(act)) is not None:
                raise No("reversal_exceeds_allowance", **figures)
            moved = self._unissue(act, done, amount)
        else:
            end = len(done.coins) - done.undone
            coin_wallet, month = self._touched(act)
            coin_wallet.coins = sorted(coin_wallet.coins + done.coins[end - amount : end])
            self._tidy(coin_wallet, month)
            self._count(done.merchant, done.month, 0, -amount)
            moved = amount
        done.undone += amount
        return moved

    def _unissue(self, act: Act, done: Done, amount: int) -> int:
        good, there = self._good(act), max(0, self._spendable(act))
        short = max(0, amount - there)
        own = done.coins[0]
        # Its own coins go first, then those that go bad first.
        queue = [coin for coin in good if coin == own] + [coin for coin in good if coin != own]
        coin_wallet, month = self._touched(act)
        coin_wallet.coins = sorted(queue[amount - short :])
        owed = short if self.plan.policy == "negative" else 0
        coin_wallet.debt += owed
        self._tidy(coin_wallet, month)
        taken = amount - short + owed
        self._count(done.merchant, done.month, -taken, 0)
        self._pay(done.merchant, -taken)
        return taken

    # Money.

    def _credit(self, act: Act) -> int:
        amount = act.amount or 0
        self.money.setdefault(act.wallet, Money()).free += amount
        self.done[act.name] = Done("credit", act.wallet, "", amount, 0)
        return amount

    def _debit(self, act: Act) -> int:
        self._enough(act)
        amount = act.amount or 0
        self.money[act.wallet].free -= amount
        self.done[act.name] = Done("debit", act.wallet, "", amount, 0, other=act.other)
        if act.other:
            self.money[act.other].free += amount
        return amount

    _transfer = _debit
    _send = _debit

    def _set_aside(self, act: Act) -> int:
        self._enough(act)
        money, amount = self.money[act.wallet], act.amount or 0
        money.free, money.held = money.free - amount, money.held + amount
        self.promises[act.name] = Promise(act.wallet, [], amount, act.until)
        return amount

    def _capture_funds(self, act: Act) -> int:
        self._check(act)
        promise = self.promises[act.about]
        amount = promise.amount if act.amount is None else act.amount
        self._give_back(promise, promise.amount - amount)
        if act.other:
            self.money.setdefault(act.other, Money()).free += amount
        self.done[act.name] = Done("capture_funds", act.wallet, "", amount, 0, other=act.other)
        return amount

    def _void_funds(self, act: Act) -> int:
        self._check(act)
        promise = self.promises[act.about]
        self._give_back(promise, promise.amount)
        return promise.amount

    _expire_funds = _void_funds

    def _give_back(self, promise: Promise, amount: int) -> None:
        money = self.money[promise.wallet]
        money.held -= promise.amount
        money.free += amount
        promise.open = False

    def _refund(self, act: Act) -> int:
        self._check(act)
        done, amount = self.done[act.about], self._left(act)
        payer, _ = self._payer(act)
        if payer:
            self._enough(act)
            self.money[payer].free -= amount
        if done.kind != "credit":
            self.money[done.wallet].free += amount
        done.undone += amount
        return amount
