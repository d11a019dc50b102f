"""A merchant's months over shards whose number is guessed anew by every request, against two sums that a child keeps.

Requests come with the right number of shards, an old one or one too large; others get in between their calls, replies
are lost, and some die half-way. Whatever they do: the room over all shards is what was issued times the ratio less what
was redeemed, no shard is below zero beside others, and a redemption is refused only where all together had too little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from batua import clock, ids
from batua.audit.verify import verify_scope
from batua.ledger.decisions import allowance, customer_coins
from batua.ledger.errors import LedgerBusy, PostingRefused
from batua.ledger.model import RATIO_UNIT, CoinDecision, MirPolicy, Origin, Program, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.queries import coin_entries
from batua.ledger.records.customer_coins import Entry, read_entry, read_wallet
from batua.store import keys
from batua.store.codec import decode
from batua.store.store import Contended, Store
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.faults import FAULTS, Fault, FaultyClient
from tests.properties.share import share

OWNER, SHOP, DONOR = (ids.derived_id("ten", name) for name in ("owner", "shop", "donor"))
SCOPE = keys.scope("live", OWNER)
WALLETS = [(ids.derived_id("wal", str(n)), ids.derived_id("cust", str(n))) for n in range(3)]
ZONE = "Asia/Kolkata"
START = clock.month_start(202611, ZONE)
JOINED = START - 20 * clock.DAY_MS

COUNTS = st.sampled_from([1, 1, 2, 4, 8])
COINS = st.integers(1, 30)
MANY = st.sampled_from([5, 30, 60, 90])
PLANS = st.lists(st.sampled_from([*FAULTS, *["none"] * 6, *["other"] * 9]), max_size=12)


class DiedHalfWay(Exception):
    """The function's process has ended: nothing of it goes on."""


class ShardsMachine(RuleBasedStateMachine):
    @initialize(policy=st.sampled_from([MirPolicy(), MirPolicy(100, 150, 30), MirPolicy(250, 200, 30)]))
    def open(self, policy: MirPolicy) -> None:
        self.program = Program("prg", OWNER, "p", "network", ZONE, reversal="cap", mir=policy)
        self.policy = policy
        self.table = FakeDynamoDB()
        self.client = FaultyClient(self.table)
        self.now = START
        self.number = 0
        self.issued: Counter[int] = Counter()
        self.redeemed: Counter[int] = Counter()
        self.undone: Counter[str] = Counter()
        self.entries: list[Entry] = []
        for wallet in range(len(WALLETS)):
            self.post("issue", wallet, 5000, 1, self.store(self.table), merchant=DONOR)

    def store(self, client: Any) -> Store:
        return Store(client, "ledger", "directory", sleep=lambda _: None)

    # One request.

    def post(
        self, kind: str, wallet: int, coins: int, count: int, store: Store, *, merchant: str = SHOP, about: Any = None
    ) -> Entry:
        self.number += 1
        id, customer = WALLETS[wallet]
        record = self.store(self.table).read([keys.wallet_key(SCOPE, id)])[keys.wallet_key(SCOPE, id)]
        order = PostingRequest(kind, "live", SCOPE, Origin("key", "::1", merchant), str(self.number), {})
        desk = PostingService(store, self.program, count)
        original = coin_entries.original_from(about, self.undone[about.id]) if about else None
        state = PostingState(read_wallet(record) if record else Wallet(id, customer), self.now, original=original)
        try:
            entry = desk.post(order, state, self.decision(kind, merchant, coins)).entry
        except (LedgerBusy, DiedHalfWay, Contended):
            # Whether it was carried out stands in the table alone.
            entry = self.found(order.id)
            if entry is None:
                raise
        self.count(entry)
        return entry

    def decision(self, kind: str, merchant: str, coins: int) -> Callable[[PostingState], CoinDecision]:
        shop = customer_coins.Merchant(merchant, JOINED)

        def decided(s: PostingState) -> CoinDecision:
            if kind == "issue":
                return customer_coins.decide_issue(
                    s.wallet, self.program, shop, s.now, coins=coins, bill=None, shard=s.shard
                )
            if kind == "reverse":
                assert s.original
                return customer_coins.decide_reversal(s.wallet, self.program, s.original, s.now, coins=coins)
            return customer_coins.decide_redemption(
                s.wallet, self.program, shop, s.now, coins=coins, shard=s.shard, shards=s.shards
            )

        return decided

    def found(self, id: str) -> Entry | None:
        record, _ = coin_entries.find_transaction(self.store(self.table), SCOPE, id)
        return read_entry(record) if record and record["kind"] != "refused" else None

    def count(self, entry: Entry) -> None:
        if entry.merchant != SHOP:
            return
        sign, figure = {
            "issue": (1, self.issued),
            "redeem": (1, self.redeemed),
            "reverse_issue": (-1, self.issued),
            "reverse_redeem": (-1, self.redeemed),
        }[entry.kind]
        figure[entry.month] += sign * entry.amount
        if entry.original:
            self.undone[entry.original] += entry.amount
        else:
            self.entries.append(entry)

    def room(self, *, new: bool | None = None) -> int:
        """What the merchant may redeem this month, in hundredths of a coin's unit."""
        month = clock.local_month(self.now, ZONE)
        new = allowance.is_new(self.policy, JOINED, self.now) if new is None else new
        ratio = self.policy.new_ratio if new else self.policy.ratio
        return ratio * self.issued[month] - RATIO_UNIT * self.redeemed[month]

    # What may happen.

    @rule(count=COUNTS, wallet=st.integers(0, 2), coins=COINS)
    def an_issue(self, count: int, wallet: int, coins: int) -> None:
        self.post("issue", wallet, coins, count, self.store(self.table))

    @rule(count=COUNTS, wallet=st.integers(0, 2), coins=st.integers(1, 120))
    def a_redemption_in_peace(self, count: int, wallet: int, coins: int) -> None:
        room = self.room()
        outcome = self.quietly("redeem", wallet, coins, count, self.store(self.table), 0)
        assert outcome == ("posted" if room >= RATIO_UNIT * coins else "mir_limit_reached")

    @precondition(lambda self: self.entries)
    @rule(count=COUNTS, which=st.integers(0, 100), coins=COINS)
    def something_is_undone(self, count: int, which: int, coins: int) -> None:
        self.undo(which, coins, count, self.store(self.table))

    def undo(self, which: int, coins: int, count: int, store: Store) -> None:
        entry = self.entries[which % len(self.entries)]
        left = entry.amount - self.undone[entry.id]
        if left:
            wallet = next(n for n, (id, _) in enumerate(WALLETS) if id == entry.wallet)
            self.post("reverse", wallet, min(coins, left), count, store, about=entry)

    @rule(
        kind=st.sampled_from(["issue", "redeem", "redeem", "reverse"]),
        rivals=st.lists(st.sampled_from(["issue", "redeem", "reverse", "reverse", "death"]), min_size=1, max_size=3),
        count=COUNTS,
        other_count=COUNTS,
        coins=MANY,
        plan=PLANS,
        which=st.integers(0, 100),
    )
    def a_request_that_others_get_into(
        self, kind: str, rivals: list[str], count: int, other_count: int, coins: int, plan: list[Fault], which: int
    ) -> None:
        rooms, coming = [self.room()], iter(rivals)

        def other() -> None:
            rival = next(coming, None)
            if rival == "death":
                raise DiedHalfWay
            if rival:
                self.quietly(rival, 1, coins // 2, other_count, self.store(self.table), which)
                rooms.append(self.room())

        self.client.plan, self.client.other = iter(plan), other
        before = len(self.entries)
        outcome = self.quietly(kind, 0, coins, count, self.store(self.client), which + 1)
        self.client.plan = iter(())
        event(f"{kind}: {outcome}")
        if kind != "redeem":
            return
        posted = [entry for entry in self.entries[before:] if entry.kind == "redeem" and entry.wallet == WALLETS[0][0]]
        # Before or after anybody else who was at it: one of the orders makes the answer true.
        assert not posted or max(rooms) >= RATIO_UNIT * coins
        assert outcome != "mir_limit_reached" or min(rooms) < RATIO_UNIT * coins

    def quietly(self, kind: str, wallet: int, coins: int, count: int, store: Store, which: int) -> str:
        try:
            if kind != "reverse":
                self.post(kind, wallet, coins, count, store)
            elif self.entries:
                self.undo(which, coins, count, store)
        except PostingRefused as refused:
            return refused.refusal.code
        except LedgerBusy:
            return "busy"
        except (Contended, DiedHalfWay) as end:
            return type(end).__name__
        return "posted"

    @rule(hours=st.sampled_from([20, 5 * 24, 15 * 24]))
    def time_goes_on(self, hours: int) -> None:
        self.now += hours * 3_600_000

    # What always holds.

    def months(self) -> dict[int, dict[int, dict[str, Any]]]:
        found: dict[int, dict[int, dict[str, Any]]] = {}
        for (_, pk, sk), item in self.table.items.items():
            if sk.startswith("MIR#") and f"#{SHOP}#" in pk:
                found.setdefault(int(sk[4:]), {})[int(pk.rpartition("#")[2])] = decode(item)
        return found

    @invariant()
    def room_is_what_was_issued_times_the_ratio_less_what_was_redeemed(self) -> None:
        for month, shards in self.months().items():
            figures = [
                sum(shard.get(name, 0) for shard in shards.values())
                for name in ("issued", "redeemed", "room", "room_new")
            ]
            issued, redeemed = self.issued[month], self.redeemed[month]
            units = RATIO_UNIT * redeemed
            room, room_new = self.policy.ratio * issued - units, self.policy.new_ratio * issued - units
            assert figures == [issued, redeemed, room, room_new], note(shards)
            (seen,) = coin_entries.month_totals(self.store(self.table), SCOPE, SHOP, [month], 1)
            assert (seen.issued, seen.redeemed) == (issued, redeemed)

    @invariant()
    def none_is_below_zero_beside_others(self) -> None:
        for shards in self.months().values():
            assert max(shards) < shards.get(0, {}).get("reach", 1), note(shards)
            beside = any(shard.get("open") for shard in shards.values())
            for number, shard in shards.items():
                assert shard.get("room", 0) >= 0 or (not number and not beside), note(shards)

    def teardown(self) -> None:
        if hasattr(self, "table"):
            assert verify_scope(self.store(self.table), SCOPE).findings == []


ShardsMachine.TestCase.settings = share("shards machine", stateful_step_count=25)
TestAMonthOverShardsIsTheSumOfThem = ShardsMachine.TestCase
