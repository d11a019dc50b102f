"""The pure core against the naive ledger, over months, merchants, shards and clocks that jump."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from batua import clock, ids
from batua.audit.coin_records import CoinRecords
from batua.audit.replay import replay_scope
from batua.ledger.decisions import customer_coins
from batua.ledger.model import CoinDecision, Hold, MirPolicy, Origin, Posting, Program, Refusal, Shard, Wallet
from batua.ledger.posting.shard_scaling import shard_of
from batua.ledger.queries.coin_entries import original_from
from batua.ledger.records.customer_coins import entry_item, hold_item, read_entry, wallet_item
from batua.store import keys
from tests.properties.naive import NaiveLedger, No
from tests.properties.share import share

OWNER = ids.derived_id("ten", "owner")
SCOPE = keys.scope("live", OWNER)
MERCHANTS = [ids.derived_id("ten", name) for name in ("corner shop", "bakery")]
WALLETS = [ids.derived_id("wal", name) for name in ("asha", "bilal")]
ZONE = "Asia/Kolkata"
START = clock.month_start(202611, ZONE) + 20 * clock.DAY_MS
RATIOS = st.sampled_from([None, (300, 500), (100, 150), (250, 33)])
COUNTS = st.integers(1, 12)
MAYBE = st.one_of(st.none(), COUNTS)
INDEX = st.integers(0, 10**6)


class WalletMachine(RuleBasedStateMachine):
    @initialize(
        ratios=RATIOS,
        lifetime=st.sampled_from([None, 0, 1, 2]),
        policy=st.sampled_from(["cap", "negative", "reject"]),
        shards=st.sampled_from([1, 1, 2, 3]),
    )
    def open(self, ratios: tuple[int, int] | None, lifetime: int | None, policy: Any, shards: int) -> None:
        mir = MirPolicy(ratios[0], ratios[1], 30) if ratios else None
        self.program = Program("prg", OWNER, "p", "network", ZONE, expiry_months=lifetime, mir=mir, reversal=policy)
        self.naive = NaiveLedger(lifetime, ratios, policy)
        self.shard_count = shards
        self.now = START
        self.counter = 0
        # One merchant has been here for long, the other joins while the machine runs.
        self.merchants = [
            customer_coins.Merchant(MERCHANTS[0], 0),
            customer_coins.Merchant(MERCHANTS[1], START - 28 * clock.DAY_MS),
        ]
        self.wallets = {id: Wallet(id, ids.derived_id("cust", id)) for id in WALLETS}
        self.shards: dict[tuple[str, int], dict[int, Shard]] = {}
        self.holds: dict[str, Hold] = {}
        self.entries: dict[str, dict[str, Any]] = {}
        self.undone: dict[str, int] = {}
        self.legs: Counter[str] = Counter()

    # What the shell does for the core: numbers, months, items.

    def name(self) -> str:
        self.counter += 1
        return ids.derived_id("txn", str(self.counter))

    def at(self, wallet: str) -> int:
        return max(self.now, self.wallets[wallet].last_at)

    def month(self, wallet: str) -> int:
        return clock.local_month(self.at(wallet), ZONE)

    def is_new(self, merchant: customer_coins.Merchant, wallet: str) -> bool:
        return self.at(wallet) - merchant.joined_at < 30 * clock.DAY_MS

    def there(self, merchant: str, month: int) -> dict[int, Shard]:
        return self.shards.setdefault((merchant, month), {number: Shard() for number in range(self.shard_count)})

    def decided(self, name: str, merchant: customer_coins.Merchant, wallet: str, ask: Any) -> CoinDecision:
        """As the desk asks: one shard alone knows the answer, or all of them are looked at."""
        shard = shard_of(name, self.shard_count)
        decision: CoinDecision = ask(shard, None)
        if isinstance(decision, Posting):
            wanting = [change for change in decision.months if change.needs]
            there = self.there(merchant.id, self.month(wallet))
            if wanting and (self.shard_count > 1 or not self.enough(there[wanting[0].shard], wanting[0])):
                decision = ask(shard, there)
        return decision

    @staticmethod
    def enough(shard: Shard, change: Any) -> bool:
        return (shard.room_new if change.new_merchant else shard.room) >= change.needs

    def settle(self, name: str, decision: CoinDecision, merchant: str, refused: No | None) -> None:
        if isinstance(decision, Refusal):
            assert refused is not None, f"the ledger refuses: {decision}"
            assert decision.code == refused.code
            return
        assert refused is None, f"the naive ledger refuses: {refused}"
        for change in decision.months:
            shards = self.there(merchant, change.month)
            shard = shards[change.shard]
            assert not change.needs or self.enough(shard, change)
            shards[change.shard] = Shard(
                shard.issued + change.issued,
                shard.redeemed + change.redeemed,
                shard.room + change.room,
                shard.room_new + change.room_new,
            )
        day, month = clock.local_day(decision.at, ZONE), clock.local_month(decision.at, ZONE)
        month = decision.months[0].month if decision.months else month
        item = entry_item(SCOPE, name, decision, Origin("key", "::1", merchant), b"", day, month)
        key = keys.transaction_key(SCOPE, name)
        self.entries[name] = {"pk": key.pk, "sk": key.sk, **item}
        self.wallets[decision.after.id] = replace(decision.after, last_hash=item["hash"])
        for leg in decision.legs:
            self.legs[leg.account] += leg.amount
        if decision.hold:
            self.holds[decision.hold.id] = decision.hold
        if decision.original:
            assert decision.original.reversed_before == self.undone.get(decision.original.id, 0)
            self.undone[decision.original.id] = decision.original.reversed

    def refused(self, act: Any) -> No | None:
        try:
            act()
        except No as no:
            return no
        return None

    # What can happen.

    @rule(
        jump=st.sampled_from(
            [1, 3_600_000, clock.DAY_MS, 9 * clock.DAY_MS, 31 * clock.DAY_MS, -5_000, -3 * clock.DAY_MS]
        )
    )
    def time_goes_on_or_back(self, jump: int) -> None:
        self.now += jump

    @rule(wallet=st.sampled_from(WALLETS), who=st.integers(0, 1), coins=COUNTS)
    def issue(self, wallet: str, who: int, coins: int) -> None:
        name, merchant, month = self.name(), self.merchants[who], self.month(wallet)
        shard = shard_of(name, self.shard_count)
        decision = customer_coins.decide_issue(
            self.wallets[wallet], self.program, merchant, self.now, coins=coins, bill=None, shard=shard
        )
        refused = self.refused(lambda: self.naive.issue(name, wallet, merchant.id, month, coins))
        self.settle(name, decision, merchant.id, refused)

    @rule(wallet=st.sampled_from(WALLETS), who=st.integers(0, 1), coins=COUNTS)
    def redeem(self, wallet: str, who: int, coins: int) -> None:
        name, merchant, month = self.name(), self.merchants[who], self.month(wallet)
        decision = self.decided(
            name,
            merchant,
            wallet,
            lambda shard, shards: customer_coins.decide_redemption(
                self.wallets[wallet], self.program, merchant, self.now, coins=coins, shard=shard, shards=shards
            ),
        )
        new = self.is_new(merchant, wallet)
        refused = self.refused(lambda: self.naive.redeem(name, wallet, merchant.id, month, coins, new))
        self.settle(name, decision, merchant.id, refused)

    @rule(wallet=st.sampled_from(WALLETS), who=st.integers(0, 1), coins=COUNTS, lasts=st.integers(1, 3 * clock.DAY_MS))
    def hold(self, wallet: str, who: int, coins: int, lasts: int) -> None:
        name, merchant, month = self.name(), self.merchants[who], self.month(wallet)
        id, ends = ids.derived_id("hold", name), self.at(wallet) + lasts
        decision = customer_coins.decide_hold(
            self.wallets[wallet], self.program, merchant, self.now, id=id, coins=coins, expires_at=ends
        )
        refused = self.refused(lambda: self.naive.hold(id, wallet, month, coins, ends))
        self.settle(name, decision, merchant.id, refused)

    @precondition(lambda self: self.holds)
    @rule(which=INDEX, coins=MAYBE)
    def capture(self, which: int, coins: int | None) -> None:
        name, held = self.name(), self.some(self.holds, which)
        merchant = next(merchant for merchant in self.merchants if merchant.id == held.merchant)
        decision = self.decided(
            name,
            merchant,
            held.wallet,
            lambda shard, shards: customer_coins.decide_capture(
                self.wallets[held.wallet],
                self.program,
                merchant,
                held,
                self.now,
                coins=coins,
                shard=shard,
                shards=shards,
            ),
        )
        month, at, new = self.month(held.wallet), self.at(held.wallet), self.is_new(merchant, held.wallet)
        refused = self.refused(lambda: self.naive.capture(name, held.id, merchant.id, month, at, coins, new))
        self.settle(name, decision, merchant.id, refused)

    @precondition(lambda self: self.holds)
    @rule(which=INDEX, over=st.booleans())
    def void(self, which: int, over: bool) -> None:
        held = self.some(self.holds, which)
        why: Any = "expired" if over else "voided"
        decision = customer_coins.decide_void(self.wallets[held.wallet], self.program, held, self.now, why=why)
        month, at = self.month(held.wallet), self.at(held.wallet)
        refused = self.refused(lambda: self.naive.void(held.id, month, at, over))
        self.settle(self.name(), decision, held.merchant, refused)

    @rule(wallet=st.sampled_from(WALLETS))
    def expire(self, wallet: str) -> None:
        decision = customer_coins.decide_expiry(self.wallets[wallet], self.program, self.now)
        refused = self.refused(lambda: self.naive.sweep(wallet, self.month(wallet)))
        self.settle(self.name(), decision, MERCHANTS[0], refused)

    @precondition(lambda self: self.naive.done)
    @rule(which=INDEX, coins=MAYBE)
    def reverse(self, which: int, coins: int | None) -> None:
        id = sorted(self.naive.done)[which % len(self.naive.done)]
        undoes = original_from(read_entry(self.entries[id]), self.undone.get(id, 0))
        decision = customer_coins.decide_reversal(
            self.wallets[undoes.wallet], self.program, undoes, self.now, coins=coins
        )
        month = self.month(undoes.wallet)
        refused = self.refused(lambda: self.naive.reverse(id, month, coins))
        self.settle(self.name(), decision, undoes.merchant, refused)

    @staticmethod
    def some(things: dict[str, Any], which: int) -> Any:
        return things[sorted(things)[which % len(things)]]

    # What always holds.

    @invariant()
    def wallets_hold_the_coins_that_a_child_would_count(self) -> None:
        for id, wallet in self.wallets.items():
            month = self.month(id)
            touched = customer_coins.wallet_as_of(wallet, self.program, self.now)
            live = {expiry: count for expiry, count in wallet.lots.items() if expiry >= month}
            assert live == Counter(coin.good_until for coin in self.naive.wallet_coins(id, month))
            assert touched.available == self.naive.spendable(id, month)
            assert wallet.held == self.naive.promised(id)
            assert wallet.debt == self.naive.debts.get(id, 0)
            assert wallet.debt == 0 or self.program.reversal == "negative"

    @invariant()
    def no_coin_is_made_or_lost(self) -> None:
        assert sum(self.legs.values()) == 0
        assert self.legs["wallet"] == sum(wallet.available for wallet in self.wallets.values())
        assert self.legs["held"] == sum(wallet.held for wallet in self.wallets.values())
        lying = Counter(coin.lies for coin in self.naive.coins)
        assert self.legs["redeemed"] == lying["spent"]
        assert self.legs["breakage"] == lying["bad"]

    @invariant()
    def months_say_what_was_issued_and_redeemed(self) -> None:
        for place, shards in self.shards.items():
            assert sum(shard.issued for shard in shards.values()) == self.naive.issued.get(place, 0)
            assert sum(shard.redeemed for shard in shards.values()) == self.naive.redeemed.get(place, 0)

    def teardown(self) -> None:
        if not hasattr(self, "entries"):
            return
        findings = replay_scope(SCOPE, self.books())
        assert findings == []

    def books(self) -> CoinRecords:
        there = lambda item: {name: value for name, value in item.items() if value is not None}  # noqa: E731
        months = {
            (merchant, month, number): {"issued": shard.issued, "redeemed": shard.redeemed, "reach": len(shards)}
            for (merchant, month), shards in self.shards.items()
            for number, shard in shards.items()
        }
        return CoinRecords(
            entries=tuple(self.entries.values()),
            wallets={id: there(wallet_item(SCOPE, wallet)) for id, wallet in self.wallets.items() if wallet.seq},
            holds={
                id: {"pk": keys.hold_key(SCOPE, id).pk, **there(hold_item(hold, SCOPE))}
                for id, hold in self.holds.items()
            },
            reversals=self.undone,
            months=months,
        )


WalletMachine.TestCase.settings = share("wallet machine", stateful_step_count=30)
TestWalletsAgreeWithTheNaiveLedger = WalletMachine.TestCase
