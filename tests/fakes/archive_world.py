"""A network and its customers over months, in tables and a bucket in memory; the deployed workflow seals them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from batua import clock, ids
from batua.archive import collect, steps
from batua.archive.bucket import ArchiveBucket
from batua.archive.check import SealedArchive
from batua.audit.verify import Report, verify_scope
from batua.ledger import totals
from batua.ledger.decisions import customer_coins, tenant_money
from batua.ledger.model import CoinDecision, Origin, Program, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import CoinPostingResult, PostingRequest, PostingState
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.ledger.queries import coin_entries
from batua.ledger.records.customer_coins import read_entry, read_wallet
from batua.store import keys
from batua.store.store import Record, Store
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.gateway_world import Boundary, Through
from tests.fakes.s3 import FakeS3
from tests.fakes.states import Execution, Machine

DEFINITION = Path(__file__).resolve().parents[2] / "functions" / "platform" / "archive_month.asl.json"
OWNER, SHOP, OTHER = (ids.derived_id("ten", name) for name in ("network", "shop", "somebody else"))
SCOPE, OTHERS = keys.scope("live", OWNER), keys.scope("live", OTHER)
ASHA, BIRBAL = ids.derived_id("wal", "asha"), ids.derived_id("wal", "birbal")
ZONE = "Asia/Kolkata"
NOW = clock.parse_iso("2026-11-21T09:30:00Z")


def program(owner: str) -> Program:
    return Program(ids.derived_id("prg", owner), owner, "Coins", "closed", ZONE)


class ArchiveWorld:
    """`seal()` runs the workflow to its end; `posted` are the orders that were posted, to be sent again."""

    def __init__(self, *, boundary: Boundary | None = None, pages: int = 7) -> None:
        self.table, self.s3 = FakeDynamoDB(page=pages), FakeS3()
        self.boundary = boundary or Boundary()
        self.plain = Store(self.table, "ledger", "directory", sleep=lambda _: None)
        self.vault = ArchiveBucket(self.s3, "archive")
        self.store = Store(Through(self.table, self.boundary), "ledger", "directory", sleep=lambda _: None)
        self.reached = ArchiveBucket(Through(self.s3, self.boundary), "archive")
        self.now = NOW
        self.pieces = 1
        """Pieces of work for which a function has time."""
        tasks = {f"${{{name}Arn}}": self._task(name.lower()) for name in ("Collect", "Seal", "Purge")}
        self.machine = Machine(DEFINITION, tasks, lambda: self.now, clock.iso)
        self.orders: dict[str, Callable[[], CoinPostingResult]] = {}

    def _task(self, name: str) -> Callable[[dict[str, Any]], Any]:
        def run(event: dict[str, Any]) -> Any:
            left = iter(range(self.pieces))
            return getattr(steps, f"{name}_step")(self.store, self.reached, event, lambda: next(left, None) is not None)

        return run

    # What happens in the world

    def coins(
        self, at: str, wallet: str, decided: Callable[[PostingState], CoinDecision], owner: str = OWNER, **more: Any
    ) -> CoinPostingResult:
        """A movement of a customer's coins. Sent again with `self.orders[id]()` it must be answered the same."""
        scope, moment, number = keys.scope("live", owner), clock.parse_iso(at), len(self.orders)
        order = PostingRequest(
            "op", "live", scope, Origin("key_1", "192.0.2.7", SHOP, f"INV-{number}", "a note"), f"k{number}", {}
        )

        def post() -> CoinPostingResult:
            key = keys.wallet_key(scope, wallet)
            found = self.plain.read([key])[key]
            state = PostingState(
                read_wallet(found) if found else Wallet(wallet, ids.derived_id("cust", wallet)), moment, **more
            )
            return PostingService(self.plain, program(owner), keep_refusal=True).post(order, state, decided)

        posted = post()
        self.orders[posted.entry.id] = post
        return posted

    def issue(self, at: str, wallet: str = ASHA, coins: int = 10, owner: str = OWNER) -> CoinPostingResult:
        merchant = customer_coins.Merchant(SHOP, 0)
        return self.coins(
            at,
            wallet,
            lambda s: customer_coins.decide_issue(
                s.wallet, program(owner), merchant, s.now, coins=coins, bill=coins * 100
            ),
            owner,
        )

    def redeem(self, at: str, wallet: str = ASHA, coins: int = 3) -> CoinPostingResult:
        merchant = customer_coins.Merchant(SHOP, 0)
        return self.coins(
            at,
            wallet,
            lambda s: customer_coins.decide_redemption(s.wallet, program(OWNER), merchant, s.now, coins=coins),
        )

    def reverse(self, at: str, id: str, coins: int, wallet: str = ASHA) -> CoinPostingResult:
        record, undone = coin_entries.find_transaction(self.plain, SCOPE, id)
        assert record is not None
        original = coin_entries.original_from(read_entry(record), undone)
        return self.coins(
            at,
            wallet,
            lambda s: customer_coins.decide_reversal(
                s.wallet, program(OWNER), s.original or original, s.now, coins=coins
            ),
            original=original,
        )

    def credit(self, at: str, paise: int, tenant: str = OWNER) -> str:
        """A credit of a tenant's own wallet, counted in its totals as the stream would have it."""
        moment, number = clock.parse_iso(at), len(self.orders)
        wallet, source = tenant_money.tenant_wallet("live", tenant), Origin("usr_1", "192.0.2.8", tenant, f"C-{number}")
        order = funds_request("wallets.credit", "live", tenant, source, f"f{number}", {})
        tenant_ledger = TenantLedger(self.plain, ZONE, moment)
        posted = tenant_ledger.post(order, lambda known: tenant_money.decide_credit(known, wallet, paise, moment))
        self.count(posted.id, tenant)
        return posted.id

    def count(self, id: str, tenant: str) -> None:
        place = keys.funds_line_key(keys.scope("live", tenant), id)
        image = self.table.items[place.table, place.pk, place.sk]
        record = {"eventName": "INSERT", "dynamodb": {"NewImage": image, "SequenceNumber": "1"}}
        assert totals.add_to_totals(self.plain, {"Records": [record]}, self.now) == []

    def a_year(self, first: str = "2025-08", months: int = 16) -> None:
        """Some of everything in every month, up to the present one."""
        month = int(first.replace("-", ""))
        for number in range(months):
            text = clock.month_text(clock.add_months(month, number))
            self.issue(f"{text}-01T00:00:00Z", coins=20 + number)
            spent = self.redeem(f"{text}-11T10:00:00Z")
            self.reverse(f"{text}-12T10:00:00Z", spent.entry.id, 1)
            self.credit(f"{text}-15T10:00:00Z", 1000 + number)
            if number % 3 == 0:
                self.issue(f"{text}-20T10:00:00Z", BIRBAL, 5)
                self.issue(f"{text}-20T10:00:00Z", ids.derived_id("wal", "stranger"), 5, OTHER)

    # What is done about it

    def seal(self, name: str = "run") -> Execution:
        """The workflow, to its end. What a killed function had begun its retry takes over."""
        self.machine.start_execution(stateMachineArn="", name=name, input="{}")
        execution = self.machine.executions[name]
        for _ in range(10_000):
            if execution.status != "RUNNING":
                return execution
            if not self.machine.due():
                at = self.machine.next_time()
                assert at is not None
                self.now = max(self.now, at)
            self.machine.step(execution)
        raise AssertionError("the execution does not come to an end")

    @property
    def sealed(self) -> dict[str, bytes]:
        return {key: body for key, body in self.s3.objects.items() if key.startswith("sealed/")}

    def ledger(self) -> Iterator[Record]:
        return iter(self.plain.scan_all("ledger", beginning="L#"))

    def verify(self, scope: str = SCOPE) -> Report:
        return verify_scope(self.plain, scope, SealedArchive(self.plain, self.vault))

    def like(self, other: ArchiveWorld) -> ArchiveWorld:
        """Makes this town as another one is now."""
        self.table.items = copy.deepcopy(other.table.items)
        self.orders = dict(other.orders)
        return self


def small_chunks(monkeypatch: Any, lines: int = 5) -> None:
    """Collections in many pieces."""
    monkeypatch.setattr(collect, "CHUNK", lines)
