"""A wallet program as a child would keep it: every coin is a thing of its own that lies somewhere.

Written apart from the ledger, to be compared with it. It knows no lots, no shards, no legs and no room: coins are in a
list, a question is answered by counting them.
"""

from __future__ import annotations

from dataclasses import dataclass, field


class No(Exception):
    """It may not be done; the code is that of the ledger's refusal."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(eq=False)
class Coin:
    wallet: str
    good_until: int
    lies: str = "purse"


@dataclass
class Done:
    """Something that happened and may be undone."""

    kind: str
    wallet: str
    merchant: str
    count: int
    month: int
    coins: list[Coin]
    good_until: int = 0
    undone: int = 0


@dataclass
class Promise:
    wallet: str
    coins: list[Coin]
    ends: int
    open: bool = True


@dataclass
class NaiveLedger:
    """`ratios` are the usual MIR ratio and that of a new merchant, in hundredths; None where there is no such rule."""

    lifetime: int | None
    ratios: tuple[int, int] | None
    policy: str
    coins: list[Coin] = field(default_factory=list)
    debts: dict[str, int] = field(default_factory=dict)
    done: dict[str, Done] = field(default_factory=dict)
    promises: dict[str, Promise] = field(default_factory=dict)
    issued: dict[tuple[str, int], int] = field(default_factory=dict)
    redeemed: dict[tuple[str, int], int] = field(default_factory=dict)

    def wallet_coins(self, wallet: str, month: int) -> list[Coin]:
        """The coins that can be spent, those that go bad first in front."""
        there = [c for c in self.coins if c.wallet == wallet and c.lies == "purse" and c.good_until >= month]
        return sorted(there, key=lambda coin: coin.good_until)

    def spendable(self, wallet: str, month: int) -> int:
        return len(self.wallet_coins(wallet, month)) - self.debts.get(wallet, 0)

    def promised(self, wallet: str) -> int:
        return sum(len(p.coins) for p in self.promises.values() if p.wallet == wallet and p.open)

    def issue(self, name: str, wallet: str, merchant: str, month: int, count: int) -> None:
        good_until = 999912
        if self.lifetime is not None:
            months = (month // 100) * 12 + (month % 100 - 1) + self.lifetime
            good_until = months // 12 * 100 + months % 12 + 1
        new = [Coin(wallet, good_until) for _ in range(count)]
        self.coins += new
        self.done[name] = Done("issue", wallet, merchant, count, month, new, good_until)
        self._count(self.issued, merchant, month, count)
        self._tidy(wallet, month)

    def redeem(self, name: str, wallet: str, merchant: str, month: int, count: int, new: bool) -> None:
        if count > self.spendable(wallet, month):
            raise No("insufficient_balance")
        self._fair(merchant, month, count, new)
        taken = self.wallet_coins(wallet, month)[:count]
        self._spend(name, "redeem", wallet, merchant, month, taken)
        self._tidy(wallet, month)

    def hold(self, name: str, wallet: str, month: int, count: int, ends: int) -> None:
        if count > self.spendable(wallet, month):
            raise No("insufficient_balance")
        taken = self.wallet_coins(wallet, month)[:count]
        for coin in taken:
            coin.lies = "promised"
        self.promises[name] = Promise(wallet, taken, ends)
        self._tidy(wallet, month)

    def capture(
        self, name: str, promise: str, merchant: str, month: int, at: int, count: int | None, new: bool
    ) -> None:
        held = self.promises[promise]
        if not held.open or at >= held.ends:
            raise No("hold_not_open")
        count = len(held.coins) if count is None else count
        if count > len(held.coins):
            raise No("capture_exceeds_hold")
        self._fair(merchant, month, count, new)
        self._spend(name, "capture", held.wallet, merchant, month, held.coins[:count])
        self._let_go(held, held.coins[count:], month)

    def void(self, promise: str, month: int, at: int, over: bool) -> None:
        held = self.promises[promise]
        if not held.open or (over and at < held.ends):
            raise No("hold_not_open")
        self._let_go(held, held.coins, month)

    def sweep(self, wallet: str, month: int) -> None:
        if not self._tidy(wallet, month):
            raise No("nothing_expired")

    def reverse(self, original: str, month: int, count: int | None) -> None:
        done = self.done[original]
        left = done.count - done.undone
        count = left if count is None else count
        if left == 0:
            raise No("nothing_to_reverse")
        if count > left:
            raise No("reversal_exceeds_original")
        if done.kind == "issue":
            self._unissue(done, month, count)
        else:
            # What was spent last comes back first, and is bad when its month has passed.
            for coin in [c for c in reversed(done.coins) if c.lies == "spent"][:count]:
                coin.lies = "purse"
            self._count(self.redeemed, done.merchant, done.month, -count)
        done.undone += count
        self._tidy(done.wallet, month)

    def _unissue(self, done: Done, month: int, count: int) -> None:
        there = self.wallet_coins(done.wallet, month)
        short = count - min(count, max(0, self.spendable(done.wallet, month)))
        if short and self.policy == "reject":
            raise No("coins_already_spent")
        own = [coin for coin in there if coin.good_until == done.good_until]
        others = [coin for coin in there if coin.good_until != done.good_until]
        for coin in (own + others)[: count - short]:
            coin.lies = "unmade"
        if self.policy == "negative":
            self.debts[done.wallet] = self.debts.get(done.wallet, 0) + short
        self._count(self.issued, done.merchant, done.month, -(count - short if self.policy == "cap" else count))

    def _fair(self, merchant: str, month: int, count: int, new: bool) -> None:
        if self.ratios is None:
            return
        allowed = self.ratios[1 if new else 0] * self.issued.get((merchant, month), 0)
        if 100 * (self.redeemed.get((merchant, month), 0) + count) > allowed:
            raise No("mir_limit_reached")

    def _spend(self, name: str, kind: str, wallet: str, merchant: str, month: int, coins: list[Coin]) -> None:
        for coin in coins:
            coin.lies = "spent"
        self.done[name] = Done(kind, wallet, merchant, len(coins), month, coins)
        self._count(self.redeemed, merchant, month, len(coins))

    def _let_go(self, held: Promise, coins: list[Coin], month: int) -> None:
        for coin in coins:
            coin.lies = "purse"
        held.open = False
        self._tidy(held.wallet, month)

    def _tidy(self, wallet: str, month: int) -> bool:
        """Throws away what has gone bad, then pays debts coin by coin. Says whether anything had gone bad."""
        bad = [c for c in self.coins if c.wallet == wallet and c.lies == "purse" and c.good_until < month]
        for coin in bad:
            coin.lies = "bad"
        while self.debts.get(wallet, 0) and (there := self.wallet_coins(wallet, month)):
            there[0].lies = "unmade"
            self.debts[wallet] -= 1
        return bool(bad)

    @staticmethod
    def _count(figure: dict[tuple[str, int], int], merchant: str, month: int, count: int) -> None:
        figure[merchant, month] = figure.get((merchant, month), 0) + count
