"""`make hot-merchant`: many postings a second at one merchant, on one shard and on shards that grow.

The posting path, the choice of a shard, growth, back-off and deadline are the library's own; only the table (see
`conflicts`) and the clock are models. Half of the postings issue ten coins, half redeem five, for many customers. The
merchant comes with coins that it issued earlier in the month, all of their room on its first shard.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Final

from batua import clock, errors, ids
from batua.ledger import decide, post
from batua.ledger.entry import Source, read_wallet, wallet_item
from batua.ledger.model import Decision, MirPolicy, Program, Wallet
from batua.ledger.post import Desk, Order, Refused, State
from batua.ledger.spread import Spread, Strain
from batua.store import keys
from batua.store.store import Store
from batua.store.writes import Put, Update
from benchmarks.conflicts import Table
from tests.faults.loop import SECOND, Loop

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "performance.md"
PLOT: Final = ROOT / "docs" / "hot-merchant.svg"
BEGIN, END = "<!-- hot merchant: written by `make hot-merchant` -->", "<!-- end of hot merchant -->"

ZONE: Final = "Asia/Kolkata"
OWNER, SHOP = ids.derived("ten", "owner"), ids.derived("ten", "hot shop")
SCOPE: Final = keys.scope("live", OWNER)
PROGRAM: Final = Program("prg", OWNER, "Coins", "network", ZONE, mir=MirPolicy())
CUSTOMERS: Final = 20_000
JOINED: Final = 0


@dataclass(frozen=True)
class Run:
    """So many postings a second for so many seconds. `grows`: shards may be added; else there is one.

    `turn`: seconds after which a new month begins.
    """

    rate: int
    seconds: int
    grows: bool
    shards: int = 1
    turn: int | None = None
    seed: int = 1


@dataclass
class Answers:
    """What became of the requests, in the order in which they came: when, how, and after how many milliseconds."""

    run: Run
    came: list[tuple[float, str, float]] = field(default_factory=list)
    tries: int = 0
    units: int = 0
    grown: list[tuple[float, int]] = field(default_factory=list)
    met: dict[str, int] = field(default_factory=dict)

    @property
    def shards(self) -> int:
        return self.grown[-1][1]

    @property
    def served(self) -> list[tuple[float, str, float]]:
        """Those with an answer: posted, or refused for a reason."""
        return [each for each in self.came if each[1] != "busy"]


class Town:
    """A merchant, its customers, and the functions that serve them."""

    def __init__(self, run: Run) -> None:
        self.run = run
        start = clock.month_start(202612, ZONE) - 1000 * (run.turn if run.turn is not None else 10 * 86_400)
        self.loop = Loop(run.seed, start, most_turns=10**9)
        self.table = Table(self.loop, chance=random.Random(run.seed))
        self.store = Store(self.table, "ledger", "directory", sleep=self.loop.sleep)
        self.idle: list[Strain] = []
        self.answers = Answers(run)
        self.behind = Store(self.table.inner, "ledger", "directory")
        self.behind.write(Put(keys.tenant(SHOP), {"shards": run.shards}))
        room = {"issued": 10**6, "room": 3 * 10**8, "room_new": 5 * 10**8}
        self.behind.write(Update(keys.month(SCOPE, SHOP, 0, clock.month_of(start, ZONE)), add=room))

    def customer(self, number: int) -> str:
        """The wallet of a customer, who has had coins all along."""
        id = ids.derived("wal", str(number))
        if ("ledger", *keys.wallet(SCOPE, id)[1:]) in self.table.inner.items:
            return id
        wallet = Wallet(id, ids.derived("cust", str(number)), {202712: 10**4}, seq=1, last_hash=b"h" * 32, opened_at=1)
        self.behind.write(Put(keys.wallet(SCOPE, id), wallet_item(SCOPE, wallet)))
        return id

    def requests(self) -> Iterator[tuple[int, Callable[[], None]]]:
        chance, at, number = random.Random(self.run.seed), 0.0, 0
        while (at := at + chance.expovariate(self.run.rate)) < self.run.seconds:
            number += 1
            customer, kind = chance.randrange(CUSTOMERS), chance.choice(("issue", "redeem"))
            yield int(at * SECOND), lambda at=at, c=customer, k=kind, n=number: self._serve(at, c, k, n)

    def _serve(self, at: float, customer: int, kind: str, number: int) -> None:
        strain = self.idle.pop() if self.idle else Strain()
        began = self.loop.elapsed
        outcome = self._post(customer, kind, number, strain)
        self.idle.append(strain)
        self.answers.came.append((at, outcome, (self.loop.elapsed - began) / 1000))

    def _post(self, customer: int, kind: str, number: int, strain: Strain) -> str:
        id = self.customer(customer)
        wallet_key, tenant_key, now = keys.wallet(SCOPE, id), keys.tenant(SHOP), self.loop.now
        found = self.store.read([tenant_key, wallet_key])
        tenant, wallet = found[tenant_key], found[wallet_key]
        assert tenant
        assert wallet
        spread = Spread(tenant["shards"], 1, tenant.get("spread_at", 0))
        desk = Desk(self.store, PROGRAM, spread.count, spread=spread if self.run.grows else None, strain=strain)
        order = Order(kind, "live", SCOPE, Source("key", "::1", SHOP), str(number), {})
        try:
            desk.post(order, State(read_wallet(wallet), now), _decision(kind))
        except Refused:
            return "refused"
        except errors.Problem as problem:
            if problem.kind is not errors.BUSY:
                raise
            return "busy"
        return "posted"

    def watch(self) -> None:
        """Notes the number of shards whenever it changes."""
        tenant = self.table.inner.items["directory", *keys.tenant(SHOP)[1:]]
        shards = int(tenant["shards"]["N"])
        if not self.answers.grown or self.answers.grown[-1][1] != shards:
            self.answers.grown.append((self.loop.elapsed / SECOND, shards))


def _decision(kind: str) -> Callable[[State], Decision]:
    shop = decide.Merchant(SHOP, JOINED)

    def decided(s: State) -> Decision:
        if kind == "issue":
            return decide.issue(s.wallet, PROGRAM, shop, s.now, coins=10, bill=None, shard=s.shard)
        return decide.redeem(s.wallet, PROGRAM, shop, s.now, coins=5, shard=s.shard, shards=s.shards)

    return decided


def measure(run: Run) -> Answers:
    """Serves all requests of a run, in virtual time."""
    town = Town(run)
    random.seed(run.seed)  # pauses of the posting path
    real, post.time = post.time, SimpleNamespace(monotonic=town.loop.monotonic)  # type: ignore[assignment]
    try:
        for at, request in town.requests():
            town.loop.spawn("request", request, at)
        for second in range(10 * run.seconds + 300):
            town.loop.later(second * SECOND // 10, town.watch)
        town.loop.run()
    finally:
        post.time = real
    answers = town.answers
    answers.met = dict(town.table.met)
    answers.units = town.table.used
    return answers
