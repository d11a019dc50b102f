"""Orders of the marketplace against vendors and a store that misbehave: one run for each seed.

A run holds a customer's coins for an order, then lets executions of the workflow, their duplicates and the clock go on
in a drawn order, with conflicts, throttling and lost replies at each call of the store, and lost replies, errors and a
lag at each call of the vendor. Then two days without faults follow, after which the invariants must hold.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from unittest import mock

from batua import clock, ids
from batua.identity.tenant import program_item
from batua.ledger.decisions import customer_coins
from batua.ledger.errors import LedgerError
from batua.ledger.model import Origin
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import ExtraWrite, PostingRequest, PostingState
from batua.ledger.records.customer_coins import read_wallet
from batua.marketplace import carrying, runa, settling, woohoo
from batua.marketplace.account import VendorAccount, vendor_account_item
from batua.marketplace.order import Order, load_market_order, market_order_item
from batua.marketplace.settling import OrderNotSettleable
from batua.marketplace.woohoo import order_refno
from batua.store import keys, market_keys
from batua.store.store import Contended, Store
from batua.store.writes import ABSENT, Put
from tests.fakes.settling import MERCHANT, OWNER, PHONE, SCOPE, World, pepper, world
from tests.fakes.shops import ShopifyShop
from tests.fakes.vendors import API_KEY, WOOHOO, Mischief, Placed, VendorServer, deliver, fail, wait

from .bugs import Bug

MINUTE: Final = 60_000
START: Final = clock.parse_iso("2026-11-20T09:30:00Z")
"""Far from the end of a month: in a new one the merchant has issued nothing, and a capture waits until it has."""
BUYER: Final = {"host": "sandbox.woohoo.in", "firstname": "Kaveri", "lastname": "Stores", "email": "a@kaveri.example"}
MISCHIEF: Final[tuple[Mischief, ...]] = ("lost_reply", "error_after", "error_before", "busy", "silent")

MARKET_BUGS: Final = (
    Bug(
        "a vendor's timeout returns the coins",
        "marketplace.carrying:_order_outlook",
        'elif answer.kind == "denied" and _is_certain(order, now):',
        'elif answer.kind in ("denied", "unknown"):',
    ),
    Bug(
        "a vendor's denial counts while the order may still be in flight",
        "marketplace.carrying:_order_outlook",
        'elif answer.kind == "denied" and _is_certain(order, now):',
        'elif answer.kind == "denied":',
    ),
    Bug(
        "everything is captured after a partial delivery",
        "marketplace.settling:_post",
        "coins = order.unit_points * order.delivered",
        "coins = order.unit_points * order.quantity",
    ),
    Bug(
        "a timeout of Runa is taken for a refusal",
        "marketplace.runa:RunaVendor.place",
        'return VendorAnswer("unknown", reason=silent.silence)',
        'return VendorAnswer("refused", reason=silent.silence)',
    ),
    Bug(
        "a timeout of Woohoo is taken for a refusal",
        "marketplace.woohoo:WoohooVendor.place",
        'return VendorAnswer("unknown", reason=silent.silence)',
        'return VendorAnswer("refused", reason=silent.silence)',
    ),
    Bug(
        "a refusal of a repeated order is final",
        "marketplace.woohoo:WoohooVendor.place",
        "if self.now > order.first_sent_at:",
        "if False:",
    ),
    Bug(
        "an answer without cards is taken for a refusal",
        "marketplace.woohoo:WoohooVendor._read",
        'return VendorAnswer("unknown", vendor_id, reason="no_cards_yet")',
        'return VendorAnswer("refused", vendor_id, reason="no_cards_yet")',
    ),
    Bug(
        "an order's record is not checked before settlement",
        "marketplace.order:order_change",
        'when=Condition(equal={"version": before.version})',
        "when=Condition()",
    ),
)


@dataclass
class MarketRun:
    seed: int
    vendor: Literal["runa", "woohoo"]
    there: World = field(default_factory=world)
    server: VendorServer = field(default_factory=VendorServer)
    now: int = START
    executions: list[int] = field(default_factory=list)
    """When each execution continues."""

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.seed} {self.vendor}")
        self.well = False
        self.server.plan = self._plan()
        self.server.lag = self.chance.choice((0, 0, 4 * MINUTE, 9 * MINUTE))
        self.server.now = self.now
        quantity = self.chance.randint(1, 3)
        self.fate = self.chance.choice(("all", "part", "fail", "refuse"))
        self.delay = self.chance.choice((0, 10 * MINUTE, 7 * 60 * MINUTE))
        self.cards_late = self.chance.random() < 0.3
        self.server.poor = self.chance.random() < 0.3
        self.server.fate = self._becomes
        if self.fate == "refuse":
            self.server.refuses = "insufficient_balance"
        self.order = self._ordered(quantity)

    def _plan(self) -> Iterator[Mischief]:
        share = self.chance.choice((0.0, 0.3, 0.7))
        while True:
            yield self.chance.choice(MISCHIEF) if not self.well and self.chance.random() < share else "none"

    def _becomes(self, placed: Placed) -> None:
        if self.server.now - placed.at < self.delay:
            wait(placed)
        elif self.fate == "fail":
            fail(placed)
        elif self.cards_late and self.server.now - placed.at < self.delay + 5 * MINUTE:
            deliver(placed, 0)  # complete, and its cards are not listed yet
        elif not placed.cards:
            deliver(placed, max(1, placed.quantity - 1) if self.fate == "part" else None)

    def _ordered(self, quantity: int) -> Order:
        """Coins, an account with the vendor, and the checkout's transaction."""
        there = self.there
        with mock.patch.object(clock, "system", return_value=self.now):
            there.deliver_all(there.connect("shopify"), ShopifyShop(PHONE).place(100_000).pay().webhooks)
        account = VendorAccount(SCOPE, MERCHANT, self.vendor, "active", 1, 1, settings=BUYER)
        known = {"api_key": API_KEY} if self.vendor == "runa" else WOOHOO
        account = replace(account, secrets={"1": account.sealed(known)})
        key = market_keys.vendor_account_key(SCOPE, MERCHANT, self.vendor)
        there.store.write(Put(key, vendor_account_item(account)))
        there.store.write(Put(keys.program_key(OWNER, there.program.id), program_item(there.program)))
        wallet_key = there.wallet_key()
        record = there.store.read([wallet_key])[wallet_key]
        assert record is not None
        wallet = read_wallet(record)
        order = Order(
            id=ids.derived_id("mor", str(self.seed)),
            tenant=MERCHANT,
            by=ids.derived_id("usr", "till"),
            customer=wallet.customer,
            wallet=wallet.id,
            program=there.program.id,
            vendor=self.vendor,
            owner=MERCHANT,
            product=ids.derived_id("prd", "books"),
            sku="BOOKS",
            title="Books",
            face=10_00,
            quantity=quantity,
            unit_points=7,
            created_at=self.now,
            updated_at=self.now,
            generation=1,
        )
        request = PostingRequest("marketplace.checkout", "live", SCOPE, Origin("usr", "::1", MERCHANT), order.id, {})
        service = PostingService(there.store, there.program)
        service.extra_writes = [
            ExtraWrite(
                Put(market_keys.market_order_key(SCOPE, order.id), market_order_item(SCOPE, order), when=ABSENT)
            ),
            ExtraWrite(Put(market_keys.open_order_key(order.id), {"scope": SCOPE, "at": self.now}, when=ABSENT)),
        ]
        service.post(
            request,
            PostingState(wallet, self.now),
            lambda state: customer_coins.decide_hold(
                state.wallet, there.program, customer_coins.Merchant(MERCHANT, 0), state.now,
                id=order.hold, coins=order.points, expires_at=self.now + 3650 * clock.DAY_MS,
            ),
        )  # fmt: skip
        return order

    def play(self) -> None:
        """Executions and their duplicates in random order, until the order is settled or two quiet days are over."""
        ask = self.server.ask
        self.executions = [self.now]
        with mock.patch.object(runa, "ask_vendor", ask), mock.patch.object(woohoo, "ask_vendor", ask):
            for step in range(400):
                if self._stored().step == "settled":
                    break
                self.well = step >= 25
                if self.chance.random() < 0.2 and not self.well:
                    self.executions.append(self.now)
                at = min(self.executions)
                self.executions.remove(at)
                self.now = max(self.now, at)
                self.server.now = self.now
                self._run()

    def _run(self) -> None:
        """Runs one execution to its next wait; it dies or is overtaken where a fault is drawn."""
        client = self.there.faulty(self.chance, 0.0 if self.well else 0.15, self._meanwhile)
        shaky = Store(client, "ledger", "directory", sleep=lambda _: None)
        seconds = 5
        with contextlib.suppress(Contended, LedgerError, carrying.OrderBusy):
            outlook = self._task(shaky)
            seconds = max(1, outlook["seconds"])
            if outlook["next"] == "done":
                seconds = 3600
        self.executions.append(self.now + seconds * 1000)

    def _meanwhile(self) -> None:
        with contextlib.suppress(Contended, LedgerError, carrying.OrderBusy):
            self._task(self.there.store)

    def _task(self, store: Store) -> Any:
        event = {"scope": SCOPE, "order": self.order.id}
        outlook = carrying.advance_order(store, event, self.now)
        while outlook["next"] == "settle":
            with contextlib.suppress(OrderNotSettleable):
                outlook = settling.settle_market_order(store, event, self.now)
                continue
            break
        return outlook

    def _stored(self) -> Order:
        found = load_market_order(self.there.store, SCOPE, self.order.id)
        assert found is not None
        return found

    def broken(self) -> list[str]:
        """The invariants that the run violated."""
        order = self._stored()
        reference = order.id if self.vendor == "runa" else order_refno(order.id)
        placed = self.server.of(reference)
        given = sum(each.cards for each in placed)
        found = []
        if len(placed) > 1:
            found.append(f"an order is placed exactly once: {len(placed)}")
        if order.step != "settled":
            found.append(f"every order reaches a final state: {order.step}, {order.reason}")
        if order.state == "failed" and (given or any(each.status != "FAILED" for each in placed)):
            found.append(f"coins are returned only for what is never delivered: {given} cards")
        if order.step == "settled" and order.captured != order.unit_points * order.delivered:
            found.append(f"what is delivered is paid for: {order.captured} for {order.delivered}")
        if order.step == "settled" and order.delivered != given:
            found.append(f"every card that was bought is delivered: {order.delivered} of {given}")
        if self.there.balance() != 50 - order.captured:
            found.append(f"coins are conserved: {self.there.balance()} with {order.captured} taken")
        return found + [str(each) for each in self.there.findings()]


def market_run(seed: int, vendor: Literal["runa", "woohoo"]) -> list[str]:
    with pepper():
        run = MarketRun(seed, vendor)
        run.play()
        return run.broken()


def first_broken(vendors: tuple[Literal["runa", "woohoo"], ...], seeds: int) -> tuple[int, list[str]] | None:
    for seed, vendor in itertools.product(range(seeds), vendors):
        if broken := market_run(seed, vendor):
            return seed, broken
    return None
