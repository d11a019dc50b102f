"""Tenants' own wallets under faults: random sequences of movements, each sent once, again, and beside others.

The invariants: nothing is made or lost, no wallet goes below zero, a hold ends once, refunds never exceed their
original, and every request takes effect exactly once, whatever happens to its calls.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from batua import ids
from batua.audit.verify import verify_scope, verify_wallet
from batua.ledger.decisions import tenant_money
from batua.ledger.decisions.charges import charge_line, decide_charge
from batua.ledger.decisions.tenant_money import FundsDecision, FundsHold, FundsState, TenantWallet
from batua.ledger.errors import LedgerBusy, PostingRefused, PreconditionFailed
from batua.ledger.model import Origin, Refusal
from batua.ledger.posting.request import PostingRequest
from batua.ledger.posting.tenant_money import FundsPostingResult, TenantLedger, funds_request
from batua.ledger.queries import money_entries
from batua.operations.hold_expiry import expire_due_holds
from batua.store.keys import Key
from batua.store.store import Store
from batua.store.writes import Condition, Put, Update
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.faults import FAULTS, FaultyClient
from tests.properties.share import share

PARENT, CHILD = ids.derived_id("ten", "parent"), ids.derived_id("ten", "child")
MAIN = tenant_money.tenant_wallet("live", PARENT)
SIDE = tenant_money.tenant_wallet("live", PARENT, customer="branch")
CHILDS = tenant_money.tenant_wallet("live", CHILD)
OWN = st.sampled_from([MAIN, SIDE])
ANY = st.sampled_from([MAIN, SIDE, CHILDS])
AMOUNTS = st.integers(1, 60)
PLANS = st.lists(st.sampled_from([fault for fault in FAULTS if fault != "other"]), max_size=6)
PICK = st.integers(0, 11)
HOUR = 3_600_000
DISPUTE = Key("directory", "DISPUTE", "ONE")

Decide = Callable[[FundsState], FundsDecision]
Outcome = FundsPostingResult | Refusal


@dataclass
class Held:
    wallet: TenantWallet
    amount: int
    expires_at: int
    transaction: str
    state: str = "open"


@dataclass
class Made:
    """A movement that stands: wallet -> what it did, per unit of the amount."""

    id: str
    amount: int
    sides: list[tuple[TenantWallet, int]]
    undone: int = 0


_orders = itertools.count()


class FundsMachine(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.table = FakeDynamoDB(page=4)
        self.client = FaultyClient(self.table)
        self.clean = Store(self.table, "ledger", "directory", sleep=lambda seconds: None)
        self.faulty = Store(self.client, "ledger", "directory", sleep=lambda seconds: None)
        self.now = 1_795_253_400_000
        self.free = {wallet.id: 0 for wallet in (MAIN, SIDE, CHILDS)}
        self.held = dict.fromkeys(self.free, 0)
        self.outside = 0
        self.holds: list[Held] = []
        self.made: list[Made] = []
        self.orders: list[tuple[PostingRequest, Decide, Outcome]] = []
        self.number = 0

    # --- The requests ---

    @rule(wallet=OWN, amount=AMOUNTS, plan=PLANS)
    def credit(self, wallet: TenantWallet, amount: int, plan: Any) -> None:
        posted = self._post("credit", lambda known: tenant_money.decide_credit(known, wallet, amount, self.now), plan)
        self._stands(posted, [(wallet, 1)], amount)

    @rule(wallet=OWN, amount=AMOUNTS, plan=PLANS)
    def debit(self, wallet: TenantWallet, amount: int, plan: Any) -> None:
        posted = self._post("debit", lambda known: tenant_money.decide_debit(known, wallet, amount, self.now), plan)
        self._judged(posted, self.free[wallet.id] >= amount)
        self._stands(posted, [(wallet, -1)], amount)

    @rule(source=OWN, to=ANY, amount=AMOUNTS, plan=PLANS)
    def transfer(self, source: TenantWallet, to: TenantWallet, amount: int, plan: Any) -> None:
        if source == to:
            return
        posted = self._post(
            "transfer", lambda known: tenant_money.decide_transfer(known, source, to, amount, self.now), plan
        )
        self._judged(posted, self.free[source.id] >= amount)
        self._stands(posted, [(source, -1), (to, 1)], amount)

    @rule(first=AMOUNTS, second=AMOUNTS, gives=st.booleans(), plan=PLANS)
    def charge(self, first: int, second: int, gives: bool, plan: Any) -> None:
        lines = [
            charge_line(MAIN, first, credit=False, details={"head": "fee"}),
            charge_line(MAIN, second, credit=gives, details={"head": "rebate"}),
        ]
        reference = f"order-{next(_orders)}"
        posted = self._post("charge", lambda known: decide_charge(known, lines, self.now, reference=reference), plan)
        change = (second if gives else -second) - first
        self._judged(posted, change <= 0 and self.free[MAIN.id] + change >= 0)
        if isinstance(posted, FundsPostingResult):
            self._moves(MAIN, change)

    @rule(wallet=OWN, amount=AMOUNTS, hours=st.integers(1, 3), plan=PLANS)
    def hold(self, wallet: TenantWallet, amount: int, hours: int, plan: Any) -> None:
        order, ends = self._order("hold"), self.now + hours * HOUR
        id = tenant_money.hold_id(order.id)
        posted = self._send(
            order,
            lambda known: tenant_money.decide_funds_hold(known, wallet, amount, self.now, id=id, expires_at=ends),
            plan,
        )
        self._judged(posted, self.free[wallet.id] >= amount)
        if isinstance(posted, FundsPostingResult):
            self.free[wallet.id] -= amount
            self.held[wallet.id] += amount
            self.holds.append(Held(wallet, amount, ends, posted.id))

    @rule(pick=PICK, amount=AMOUNTS, to=st.sampled_from([None, CHILDS]), plan=PLANS)
    def capture(self, pick: int, amount: int, to: TenantWallet | None, plan: Any) -> None:
        held, stands = self._held(pick)
        if held is None or stands is None:
            return
        posted = self._post(
            "capture",
            lambda known: tenant_money.decide_funds_capture(known, stands, self.now, amount=amount, to=to),
            plan,
        )
        self._judged(posted, held.state == "open" and self.now < held.expires_at and amount <= held.amount)
        if isinstance(posted, FundsPostingResult):
            self._ends(held, "captured")
            self.free[held.wallet.id] -= amount
            if to:
                self.free[to.id] += amount
            else:
                self.outside += amount
            sides = [(held.wallet, -1), *([(to, 1)] if to else [])]
            self.made.append(Made(posted.id, amount, sides))

    @rule(pick=PICK, plan=PLANS)
    def void(self, pick: int, plan: Any) -> None:
        held, stands = self._held(pick)
        if held is None or stands is None:
            return
        posted = self._post("void", lambda known: tenant_money.decide_funds_void(known, stands, self.now), plan)
        self._judged(posted, held.state == "open")
        if isinstance(posted, FundsPostingResult):
            self._ends(held, "voided")

    @rule(hours=st.integers(1, 3))
    def expire(self, hours: int) -> None:
        self.now += hours * HOUR
        due = [held for held in self.holds if held.state == "open" and held.expires_at <= self.now]
        done = expire_due_holds(self.clean, self.now)
        assert (done.expired, done.failed) == (len(due), {})
        for held in due:
            self._ends(held, "expired")

    @rule(pick=PICK, amount=st.none() | AMOUNTS, plan=PLANS)
    def refund(self, pick: int, amount: int | None, plan: Any) -> None:
        if not self.made:
            return
        self._refund(self.made[pick % len(self.made)], amount, plan, beside=False)

    @rule(pick=PICK, amount=AMOUNTS, plan=PLANS)
    def dispute(self, pick: int, amount: int, plan: Any) -> None:
        """A refund with a decision beside it: both, or neither."""
        if not self.made:
            return
        self.clean.write(Put(DISPUTE, {"st": "open"}))
        posted = self._refund(self.made[pick % len(self.made)], amount, plan, beside=True)
        record = self.clean.read([DISPUTE])[DISPUTE] or {}
        assert (record["st"] == "accepted") == isinstance(posted, FundsPostingResult)

    @rule(pick=PICK, plan=PLANS)
    def again(self, pick: int, plan: Any) -> None:
        """Whatever a key was answered first, it is answered for ever."""
        if not self.orders:
            return
        order, decide, before = self.orders[pick % len(self.orders)]
        outcome = self._deliver(order, decide, plan)
        if isinstance(before, FundsPostingResult):
            assert isinstance(outcome, FundsPostingResult)
            assert (outcome.id, outcome.entry, outcome.replayed) == (before.id, before.entry, True)
        else:
            assert outcome == before

    @rule(amount=AMOUNTS, rival=AMOUNTS, at=st.integers(0, 2))
    def race(self, amount: int, rival: int, at: int) -> None:
        """Somebody else takes from the same wallet between our calls: one after the other, and never too much."""
        before = self.free[MAIN.id]
        mine = self._order("debit")
        self.client.plan = iter(["none"] * at + ["other"])
        rivals: list[bool] = []

        def other() -> None:
            order = self._order("debit")
            try:
                self._tenant_ledger(self.clean).post(
                    order, lambda known: tenant_money.decide_debit(known, MAIN, rival, self.now), keep_refusal=False
                )
                rivals.append(True)
            except PostingRefused:
                rivals.append(False)

        self.client.other = other
        try:
            self._tenant_ledger(self.faulty).post(
                mine, lambda known: tenant_money.decide_debit(known, MAIN, amount, self.now)
            )
            taken = amount
        except PostingRefused:
            taken = 0
        self.client.plan = iter(())
        taken += rival if rivals and rivals[0] else 0
        assert before - taken >= 0
        self._moves(MAIN, -taken)

    # --- What must hold ---

    @invariant()
    def wallets_are_as_the_model_has_them(self) -> None:
        if not hasattr(self, "table"):
            return
        stands = money_entries.load_balances(self.clean, MAIN, SIDE, CHILDS)
        assert {id: one.available for id, one in stands.items()} == self.free
        assert {id: one.held for id, one in stands.items()} == self.held
        assert all(amount >= 0 for amount in (*self.free.values(), *self.held.values()))
        assert sum(self.free.values()) + sum(self.held.values()) + self.outside == 0

    def teardown(self) -> None:
        if not hasattr(self, "table"):
            return
        for wallet in (MAIN, CHILDS):
            assert verify_scope(self.clean, wallet.scope).findings == []
            assert verify_wallet(self.clean, wallet.scope, wallet.id).findings == []
        for wallet in (MAIN, SIDE, CHILDS):
            lines = money_entries.all_lines(self.clean, wallet)
            assert money_entries.net_change(lines) == self.free[wallet.id] + self.held[wallet.id]

    # --- Ways and means ---

    def _tenant_ledger(self, store: Store) -> TenantLedger:
        return TenantLedger(store, "Asia/Kolkata", self.now)

    def _order(self, operation: str) -> PostingRequest:
        self.number += 1
        return funds_request(operation, "live", PARENT, Origin("usr", "::1", PARENT), str(self.number), {})

    def _post(self, operation: str, decide: Decide, plan: Any) -> Outcome:
        return self._send(self._order(operation), decide, plan)

    def _send(self, order: PostingRequest, decide: Decide, plan: Any) -> Outcome:
        outcome = self._deliver(order, decide, plan)
        self.orders.append((order, decide, outcome))
        return outcome

    def _deliver(self, order: PostingRequest, decide: Decide, plan: Any, **more: Any) -> Outcome:
        self.client.plan = iter(plan)
        try:
            return self._tenant_ledger(self.faulty).post(order, decide, **more)
        except PostingRefused as refused:
            return refused.refusal
        except LedgerBusy:
            # The caller sends it again, with the network whole.
            self.client.plan = iter(())
            return self._deliver(order, decide, (), **more)
        finally:
            self.client.plan = iter(())

    def _judged(self, outcome: Outcome, expected: bool) -> None:
        assert isinstance(outcome, FundsPostingResult) is expected, outcome

    def _stands(self, outcome: Outcome, sides: list[tuple[TenantWallet, int]], amount: int) -> None:
        if not isinstance(outcome, FundsPostingResult):
            return
        self.made.append(Made(outcome.id, amount, sides))
        for wallet, sign in sides:
            self._moves(wallet, sign * amount)

    def _moves(self, wallet: TenantWallet, change: int) -> None:
        self.free[wallet.id] += change
        self.outside -= change

    def _held(self, pick: int) -> tuple[Held | None, FundsHold | None]:
        if not self.holds:
            return None, None
        held = self.holds[pick % len(self.holds)]
        return held, self._tenant_ledger(self.clean).hold(held.wallet.scope, held.transaction)

    def _ends(self, held: Held, state: str) -> None:
        held.state = state
        self.free[held.wallet.id] += held.amount
        self.held[held.wallet.id] -= held.amount

    def _refund(self, made: Made, amount: int | None, plan: Any, *, beside: bool) -> Outcome:
        tenant_ledger = self._tenant_ledger(self.clean)
        transaction = tenant_ledger.transaction(MAIN.scope, made.id)
        assert transaction is not None
        original = tenant_ledger.load_original(transaction)
        left = made.amount - made.undone
        wanted = left if amount is None else amount
        there = all(self.free[wallet.id] - sign * wanted >= 0 for wallet, sign in made.sides)
        update = Update(DISPUTE, set={"st": "accepted"}, when=Condition(equal={"st": "open"}))
        order = self._order("refund")
        decide: Decide = lambda known: tenant_money.decide_refund(known, original, self.now, amount=amount)  # noqa: E731
        try:
            outcome = self._deliver(order, decide, plan, extra_writes=[update] if beside else [])
        except PreconditionFailed as overtaken:
            raise AssertionError("nobody else decides") from overtaken
        if not beside:
            self.orders.append((order, decide, outcome))
        self._judged(outcome, 0 < wanted <= left and there)
        if isinstance(outcome, FundsPostingResult):
            made.undone += wanted
            for wallet, sign in made.sides:
                self._moves(wallet, -sign * wanted)
        return outcome


TestTenantWalletsKeepTheLaws = FundsMachine.TestCase
TestTenantWalletsKeepTheLaws.settings = share("funds machine", stateful_step_count=30)
