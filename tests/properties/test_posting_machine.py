"""The posting path under faults: whatever the network and others do, a request takes effect exactly once.

Requests are made, made again, made with other content under the same key, and raced by twins of themselves and by other
writers; replies are lost before and after the commit. What each key answered first, it answers for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from batua import clock, ids
from batua.audit.verify import verify_scope, verify_wallet
from batua.ledger.decisions import customer_coins
from batua.ledger.errors import IdempotencyKeyConflict, LedgerBusy, LedgerError, PostingRefused
from batua.ledger.model import CoinDecision, MirPolicy, Origin, Program, Refusal, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import CoinPostingResult, PostingRequest, PostingState, on_first_entry
from batua.ledger.queries import coin_entries
from batua.ledger.records.customer_coins import Entry, read_entry, read_hold, read_wallet
from batua.store import keys
from batua.store.store import Contended, Store
from batua.store.writes import ABSENT, Put
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.faults import FAULTS, Fault, FaultyClient
from tests.properties.share import share

OWNER = ids.derived_id("ten", "owner")
SCOPE = keys.scope("test", OWNER)
MERCHANTS = [ids.derived_id("ten", "corner shop"), ids.derived_id("ten", "bakery")]
CUSTOMER = ids.derived_id("cust", "asha")
WALLETS = [ids.derived_id("wal", "asha", name) for name in ("one", "two")]
ZONE = "Asia/Kolkata"
START = clock.month_start(202611, ZONE)

KINDS = st.sampled_from(
    ["issue", "issue", "redeem", "redeem", "redeem", "hold", "hold", "capture", "capture", "void", "reverse", "expire"]
)
KEYS = st.integers(0, 30)
PLANS = st.lists(st.sampled_from(FAULTS), max_size=7)


@dataclass(frozen=True)
class Operation:
    """A request as a client means it. `about` is the transaction or hold that it is about, in the end by its id."""

    kind: str
    key: int
    wallet: int
    merchant: int
    coins: int
    about: int | str

    @property
    def order(self) -> PostingRequest:
        content = {"wallet": self.wallet, "coins": self.coins, "about": self.about}
        source = Origin("key", "::1", MERCHANTS[self.merchant], reference=f"bill {self.key}")
        return PostingRequest(self.kind, "test", SCOPE, source, str(self.key), content)


Answer = Entry | Refusal
WISHES = st.builds(
    Operation,
    kind=KINDS,
    key=KEYS,
    wallet=st.sampled_from([0, 0, 1]),
    merchant=st.sampled_from([0, 0, 1]),
    coins=st.integers(1, 20),
    about=st.integers(0, 30),
)


class PostingMachine(RuleBasedStateMachine):
    @initialize(
        shards=st.sampled_from([1, 3]),
        policy=st.sampled_from(["cap", "negative", "reject"]),
        mir=st.sampled_from([None, MirPolicy(), MirPolicy(100, 150, 30)]),
    )
    def open(self, shards: int, policy: Any, mir: MirPolicy | None) -> None:
        self.table = FakeDynamoDB(page=3)
        self.client = FaultyClient(self.table)
        self.pauses = 0
        self.program = Program("prg", OWNER, "p", "network", ZONE, expiry_months=1, reversal=policy, mir=mir)
        self.shard_count = shards
        self.now = START
        self.answers: dict[str, tuple[bytes, Answer]] = {}
        self.unsettled: dict[str, list[Operation]] = {}
        self.operations: list[Operation] = []

    def store(self, client: Any) -> Store:
        return Store(client, "ledger", "directory", sleep=lambda _: None)

    # The use case: one read, one post.

    def carry_out(self, operation: Operation, store: Store, deadline: float = 8.0) -> CoinPostingResult:
        order = operation.order
        merchant = customer_coins.Merchant(MERCHANTS[operation.merchant], START - 29 * clock.DAY_MS)
        hold_id = str(operation.about) if operation.kind in ("capture", "void") else ids.derived_id("hold", order.id)
        about = str(operation.about) if operation.kind == "reverse" else order.id
        entry_key, hold_key = keys.transaction_key(SCOPE, about), keys.hold_key(SCOPE, hold_id)
        sum_key, wallet_key = keys.reversed_sum_key(SCOPE, about), keys.wallet_key(SCOPE, WALLETS[operation.wallet])
        found = store.read([entry_key, hold_key, sum_key, wallet_key])
        hold = read_hold(record) if (record := found[hold_key]) else None
        record = found[entry_key]
        original = None
        if record and record["kind"] != "refused":
            original = coin_entries.original_from(read_entry(record), (found[sum_key] or {}).get("sum", 0))
        subject = WALLETS[operation.wallet]
        if operation.kind in ("capture", "void") and hold:
            subject = hold.wallet
        if operation.kind == "reverse" and original:
            subject = original.wallet
        record = store.read([keys.wallet_key(SCOPE, subject)])[keys.wallet_key(SCOPE, subject)]
        wallet = read_wallet(record) if record else Wallet(subject, CUSTOMER)
        customer = Put(keys.customer_key(SCOPE, CUSTOMER), {"name": "Asha"}, when=ABSENT)
        desk = PostingService(store, self.program, self.shard_count, deadline, extra_writes=on_first_entry(customer))
        state = PostingState(wallet, self.now, hold=hold, original=original)
        return desk.post(order, state, self.decision(operation, merchant, hold_id))

    def decision(
        self, operation: Operation, merchant: customer_coins.Merchant, hold_id: str
    ) -> Callable[[PostingState], CoinDecision]:
        program, coins = self.program, operation.coins

        def decided(s: PostingState) -> CoinDecision:
            match operation.kind:
                case "issue":
                    return customer_coins.decide_issue(
                        s.wallet, program, merchant, s.now, coins=coins, bill=None, shard=s.shard
                    )
                case "redeem":
                    return customer_coins.decide_redemption(
                        s.wallet, program, merchant, s.now, coins=coins, shard=s.shard, shards=s.shards
                    )
                case "hold":
                    ends = START + 2 * clock.DAY_MS + 10**10 * (coins % 2)
                    return customer_coins.decide_hold(
                        s.wallet, program, merchant, s.now, id=hold_id, coins=coins, expires_at=ends
                    )
                case "expire":
                    return customer_coins.decide_expiry(s.wallet, program, s.now)
                case "capture" if s.hold:
                    return customer_coins.decide_capture(
                        s.wallet, program, merchant, s.hold, s.now, coins=coins, shard=s.shard, shards=s.shards
                    )
                case "void" if s.hold:
                    return customer_coins.decide_void(s.wallet, program, s.hold, s.now, why="voided")
                case "reverse" if s.original:
                    return customer_coins.decide_reversal(
                        s.wallet, program, s.original, s.now, coins=coins if coins < 10 else None
                    )
            return Refusal("not_found", {})

        return decided

    # What clients see.

    def ask(self, operation: Operation, store: Store, deadline: float = 8.0) -> None:
        order = operation.order
        known = self.answers.get(order.id)
        try:
            posted = self.carry_out(operation, store, deadline)
        except PostingRefused as refused:
            answer: Answer = refused.refusal
            replayed = refused.replayed
        except Contended:
            return  # The use case's own read was not answered: nothing has been asked for.
        except LedgerError as problem:
            self.problem(problem, operation)
            return
        else:
            answer, replayed = posted.entry, posted.replayed
        assert replayed or not known, "a second answer says that it is one"
        known = self.answers.setdefault(order.id, (order.fingerprint, answer))
        assert known == (order.fingerprint, answer), "a key answers what it answered first"
        self.unsettled.pop(order.id, None)

    def problem(self, problem: LedgerError, operation: Operation) -> None:
        if isinstance(problem, IdempotencyKeyConflict):
            known = self.answers.get(operation.order.id)
            others = {known[0]} if known else {w.order.fingerprint for w in self.unsettled[operation.order.id]}
            assert others - {operation.order.fingerprint}, "another content was there before"
            assert not known or known[0] != operation.order.fingerprint
            return
        assert isinstance(problem, LedgerBusy), problem
        if operation.order.id not in self.answers:
            self.unsettled.setdefault(operation.order.id, []).append(operation)

    @rule(operation=WISHES, plan=PLANS, hurry=st.booleans(), rival=WISHES, twin=st.booleans())
    def a_request(self, operation: Operation, plan: list[Fault], hurry: bool, rival: Operation, twin: bool) -> None:
        clean = self.store(self.table)
        busy = False

        def other() -> None:
            nonlocal busy
            if not busy:
                busy = True
                self.ask(operation if twin else replace(rival, wallet=operation.wallet), clean)
                busy = False

        operation, rival = self.meant(operation), self.meant(rival)
        self.operations.append(operation)
        self.client.plan, self.client.other = iter(plan), other
        self.ask(operation, self.store(self.client), 0.0 if hurry else 8.0)

    @rule(operation=WISHES)
    def a_request_in_peace(self, operation: Operation) -> None:
        self.operations.append(self.meant(operation))
        self.ask(self.operations[-1], self.store(self.table))

    @precondition(lambda self: self.operations)
    @rule(which=st.integers(0, 100), plan=PLANS, coins=st.integers(0, 3))
    def the_same_key_again(self, which: int, plan: list[Fault], coins: int) -> None:
        """With the same content (`coins` is 0), or with another."""
        self.client.plan, self.client.other = iter(plan), lambda: None
        operation = self.operations[which % len(self.operations)]
        self.ask(replace(operation, coins=operation.coins + coins), self.store(self.client))

    def meant(self, operation: Operation) -> Operation:
        """The wish with the id of something that is there to be captured, voided or reversed."""
        if operation.kind in ("issue", "redeem", "hold", "expire"):
            return replace(operation, coins=operation.coins * 5 if operation.kind == "issue" else operation.coins)
        operation = replace(operation, coins=1 + operation.coins // 2)
        entries = [answer for _, answer in self.answers.values() if isinstance(answer, Entry)]
        if operation.kind == "reverse":
            there = [entry.id for entry in entries if entry.kind != "expire"]
        else:
            there = [entry.hold for entry in entries if entry.kind == "hold" and entry.hold]
        if not there:
            return replace(operation, kind="issue")
        return replace(operation, about=sorted(there)[int(operation.about) % len(there)])

    @rule(hours=st.sampled_from([1, 30, 40 * 24]))
    def time_goes_on(self, hours: int) -> None:
        self.now += hours * 3_600_000

    def teardown(self) -> None:
        if not hasattr(self, "table"):
            return
        store = self.store(self.table)
        for operations in list(self.unsettled.values()):
            for operation in operations:
                self.ask(operation, store)
        assert self.unsettled == {}, "a request that was sent again in peace has its answer"
        self.every_answer_stands_and_nothing_else(store)
        assert verify_scope(store, SCOPE).findings == []
        for wallet in WALLETS:
            assert verify_wallet(store, SCOPE, wallet).findings == []

    def every_answer_stands_and_nothing_else(self, store: Store) -> None:
        stored = {
            place[1].rpartition("#")[2]: place
            for place, item in self.table.items.items()
            if place[2] == "TX" and item["kind"]["S"] != "refused"
        }
        entries = {id: answer for id, (_, answer) in self.answers.items() if isinstance(answer, Entry)}
        assert stored.keys() == entries.keys()
        for id, entry in entries.items():
            record = store.read([keys.transaction_key(SCOPE, id)])[keys.transaction_key(SCOPE, id)]
            assert record is not None
            assert read_entry(record) == entry
        for wallet in WALLETS:
            mine = [entry for entry in entries.values() if entry.wallet == wallet]
            record = store.read([keys.wallet_key(SCOPE, wallet)])[keys.wallet_key(SCOPE, wallet)]
            assert (record["seq"] if record else 0) == len(mine)
            balance = read_wallet(record).balance if record else 0
            assert balance == sum(entry.after - entry.before for entry in mine)


PostingMachine.TestCase.settings = share("posting machine", stateful_step_count=15)
TestARequestTakesEffectExactlyOnce = PostingMachine.TestCase
