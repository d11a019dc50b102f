"""`make hot-merchant`: many postings a second at one merchant, on one shard and on shards that grow.

The posting path, the choice of a shard, growth, back-off and deadline are the library's own; only the table (see
`conflicts`) and the clock are models. Half of the postings issue ten coins, half redeem five, for many customers. The
merchant comes with coins that it issued earlier in the month, all of their room on its first shard.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Final
from unittest import mock

from batua import clock, ids
from batua.ledger.decisions import customer_coins
from batua.ledger.errors import LedgerBusy, PostingRefused
from batua.ledger.model import CoinDecision, MirPolicy, Origin, Program, Wallet
from batua.ledger.posting import customer_coins as posting
from batua.ledger.posting import pipeline
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.posting.shard_scaling import ContentionTracker, ShardScaling
from batua.ledger.posting.shards import MonthLocation, open_some_ahead
from batua.ledger.records.customer_coins import read_wallet, wallet_item
from batua.store import keys
from batua.store.store import Store
from batua.store.writes import Put, Update
from benchmarks.conflicts import Table
from benchmarks.pages import write_between
from tests.faults.loop import SECOND, Loop

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "performance.md"
PLOT: Final = ROOT / "docs" / "hot-merchant.svg"
BEGIN, END = "<!-- hot merchant: written by `make hot-merchant` -->", "<!-- end of hot merchant -->"

ZONE: Final = "Asia/Kolkata"
OWNER, SHOP = ids.derived_id("ten", "owner"), ids.derived_id("ten", "hot shop")
SCOPE: Final = keys.scope("live", OWNER)
PROGRAM: Final = Program("prg", OWNER, "Coins", "network", ZONE, mir=MirPolicy())
CUSTOMERS: Final = 20_000
JOINED: Final = 0


@dataclass(frozen=True)
class Run:
    """So many postings a second for so many seconds. `grows`: shards may be added; else there is one.

    `turn`: seconds after which a new month begins. `opened`: the shards of the first month are open already, as they
    are where postings of the month before, or the operator's command, have opened them.
    """

    rate: int
    seconds: int
    grows: bool
    shards: int = 1
    turn: int | None = None
    opened: bool = False
    customers: int = CUSTOMERS
    """Whose wallets they are for; 1: all for one customer."""
    seed: int = 1


@dataclass
class Answers:
    """What became of the requests, in the order in which they came: when, how, and after how many milliseconds."""

    run: Run
    came: list[tuple[float, str, float]] = field(default_factory=list)
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


class World:
    """A merchant, its customers, and the functions that serve them."""

    def __init__(self, run: Run) -> None:
        self.run = run
        start = clock.month_start(202612, ZONE) - 1000 * (run.turn if run.turn is not None else 10 * 86_400)
        self.loop = Loop(run.seed, start, most_turns=10**9)
        self.table = Table(self.loop, chance=random.Random(run.seed))
        self.store = Store(self.table, "ledger", "directory", sleep=self.loop.sleep)
        self.idle: list[ContentionTracker] = []
        self.answers = Answers(run)
        self.behind = Store(self.table.inner, "ledger", "directory")
        self.behind.write(Put(keys.tenant_key(SHOP), {"shards": run.shards, "spread_at": start}))
        room = {"issued": 10**6, "room": 3 * 10**8, "room_new": 5 * 10**8}
        month = keys.month_key(SCOPE, SHOP, 0, clock.local_month(start, ZONE))
        self.behind.write(Update(month, add=room))
        while run.opened and not open_some_ahead(self.behind, MonthLocation.of(month), run.shards):
            pass

    def customer(self, number: int) -> str:
        """The wallet of a customer, who has had coins all along."""
        id = ids.derived_id("wal", str(number))
        if ("ledger", *keys.wallet_key(SCOPE, id)[1:]) in self.table.inner.items:
            return id
        wallet = Wallet(
            id, ids.derived_id("cust", str(number)), {202712: 10**4}, seq=1, last_hash=b"h" * 32, opened_at=1
        )
        self.behind.write(Put(keys.wallet_key(SCOPE, id), wallet_item(SCOPE, wallet)))
        return id

    def requests(self) -> Iterator[tuple[int, Callable[[], None]]]:
        chance, at, number = random.Random(self.run.seed), 0.0, 0
        while (at := at + chance.expovariate(self.run.rate)) < self.run.seconds:
            number += 1
            customer, kind = chance.randrange(self.run.customers), chance.choice(("issue", "redeem"))
            yield int(at * SECOND), lambda at=at, c=customer, k=kind, n=number: self._serve(at, c, k, n)

    def _serve(self, at: float, customer: int, kind: str, number: int) -> None:
        strain = self.idle.pop() if self.idle else ContentionTracker()
        began = self.loop.elapsed
        outcome = self._post(customer, kind, number, strain)
        self.idle.append(strain)
        self.answers.came.append((at, outcome, (self.loop.elapsed - began) / 1000))

    def _post(self, customer: int, kind: str, number: int, strain: ContentionTracker) -> str:
        id = self.customer(customer)
        wallet_key, tenant_key, now = keys.wallet_key(SCOPE, id), keys.tenant_key(SHOP), self.loop.now
        found = self.store.read([tenant_key, wallet_key])
        tenant, wallet = found[tenant_key], found[wallet_key]
        assert tenant
        assert wallet
        spread = ShardScaling(tenant["shards"], 1, tenant.get("spread_at", 0))
        desk = PostingService(
            self.store, PROGRAM, spread.count, scaling=spread if self.run.grows else None, tracker=strain
        )
        order = PostingRequest(kind, "live", SCOPE, Origin("key", "::1", SHOP), str(number), {})
        try:
            desk.post(order, PostingState(read_wallet(wallet), now), _decision(kind))
        except PostingRefused:
            return "refused"
        except LedgerBusy:
            return "busy"
        return "posted"

    def watch(self) -> None:
        """Notes the number of shards whenever it changes."""
        tenant = self.table.inner.items["directory", *keys.tenant_key(SHOP)[1:]]
        shards = int(tenant["shards"]["N"])
        if not self.answers.grown or self.answers.grown[-1][1] != shards:
            self.answers.grown.append((self.loop.elapsed / SECOND, shards))


def _decision(kind: str) -> Callable[[PostingState], CoinDecision]:
    shop = customer_coins.Merchant(SHOP, JOINED)

    def decided(s: PostingState) -> CoinDecision:
        if kind == "issue":
            return customer_coins.decide_issue(s.wallet, PROGRAM, shop, s.now, coins=10, bill=None, shard=s.shard)
        return customer_coins.decide_redemption(s.wallet, PROGRAM, shop, s.now, coins=5, shard=s.shard, shards=s.shards)

    return decided


def measure(run: Run) -> Answers:
    """Serves all requests of a run, in virtual time."""
    world = World(run)
    random.seed(run.seed)  # pauses of the posting path
    virtual = SimpleNamespace(monotonic=world.loop.monotonic)
    with mock.patch.object(pipeline, "time", virtual), mock.patch.object(posting, "time", virtual):
        for at, request in world.requests():
            world.loop.spawn("request", request, at)
        for second in range(10 * run.seconds + 300):
            world.loop.later(second * SECOND // 10, world.watch)
        world.loop.run()
    answers = world.answers
    answers.met = dict(world.table.met)
    answers.units = world.table.used
    return answers


ALONE: Final = (Run(1, 60, False), Run(10, 60, False), Run(100, 10, False), Run(1000, 1, False))
GROWING: Final = (Run(1, 60, True), Run(10, 60, True), Run(100, 20, True), Run(1000, 3, True))
UNOPENED: Final = (Run(100, 10, True, shards=16), Run(1000, 4, True, shards=64))
GROWN: Final = (Run(100, 10, True, shards=16, opened=True), Run(1000, 4, True, shards=64, opened=True))
TURNING: Final = (
    Run(100, 10, True, shards=16, turn=5, opened=True),
    Run(1000, 4, True, shards=64, turn=2, opened=True),
)
ONE_CUSTOMER: Final = tuple(Run(rate, 20, True, customers=1) for rate in (1, 10, 20, 50, 100))

HEAD: Final = (
    "a second", "shards", "requests", "answered", "p50 ms", "p99 ms", "tries each", "write units each", "shards then"
)  # fmt: skip


def row(answers: Answers) -> tuple[str, ...]:
    run, served = answers.run, answers.served
    tries = sum(answers.met.values()) / max(1, len(answers.came))
    shards = "one" if not run.grows else f"from {run.shards}"
    if run.turn:
        shards += ", a new month begins"
    elif run.shards > 1 and not run.opened:
        shards += ", none open yet"
    elif run.customers == 1:
        shards += ", all for one customer"
    return (
        f"{run.rate:,}",
        shards,
        f"{len(answers.came):,}",
        f"{100 * len(served) / len(answers.came):.1f} %",
        f"{percentile(served, 50):,.0f}",
        f"{percentile(served, 99):,.0f}",
        f"{tries:.2f}",
        f"{answers.units / max(1, len(served)):.1f}",
        str(answers.shards),
    )


def percentile(served: Sequence[tuple[float, str, float]], percent: int) -> float:
    """Milliseconds within which so many of the answers came."""
    times = sorted(took for _, _, took in served)
    return times[min(len(times) - 1, len(times) * percent // 100)] if times else 0.0


def table(measured: Sequence[Answers]) -> str:
    rows = [row(answers) for answers in measured]
    widths = [max(len(each[column]) for each in [HEAD, *rows]) for column in range(len(HEAD))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return "\n".join([line(HEAD), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)]) + "\n"


WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 320, 64, 44, 28, 150
LOWEST, HIGHEST = 10, 100_000


def plot(series: dict[str, tuple[str, Sequence[Answers]]]) -> str:
    """The 99th percentile by load, both on logarithmic axes: name -> colour and runs."""

    def x(rate: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * math.log10(rate) / 3, 1)

    def y(milliseconds: float) -> float:
        share = math.log10(max(LOWEST, milliseconds) / LOWEST) / math.log10(HIGHEST / LOWEST)
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        '  font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="16" font-weight="bold">One merchant: 99th percentile in ms, by postings a second</text>',
    ]
    for rate in (1, 10, 100, 1000):
        lines += [
            f'<line x1="{x(rate)}" y1="{TOP}" x2="{x(rate)}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>',
            f'<text x="{x(rate)}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{rate:,}</text>',
        ]
    for power in range(1, 6):
        at = y(10**power)
        lines += [
            f'<line x1="{LEFT}" y1="{at}" x2="{WIDTH - RIGHT}" y2="{at}" stroke="#ddd"/>',
            f'<text x="{LEFT - 8}" y="{at + 4}" text-anchor="end">{10**power:,}</text>',
        ]
    for name, (colour, runs) in series.items():
        points = [(x(each.run.rate), y(percentile(each.served, 99))) for each in runs]
        path = " ".join(f"{across},{up}" for across, up in points)
        lines += [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
        lines += [f'<circle cx="{across}" cy="{up}" r="3" fill="{colour}"/>' for across, up in points]
        lines += [f'<text x="{points[-1][0] + 8}" y="{points[-1][1] + 4}" fill="{colour}">{name}</text>']
    lines += [f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">postings a second</text>']
    return "\n".join([*lines, "</svg>"]) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make hot-merchant", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="up to a hundred a second, nothing written")
    quick = parser.parse_args().quick
    measured: dict[Run, Answers] = {}
    runs = [
        run for run in (*ALONE, *GROWING, *UNOPENED, *GROWN, *TURNING, *ONE_CUSTOMER) if not (quick and run.rate > 100)
    ]
    with ProcessPoolExecutor() as pool:
        for answers in pool.map(measure, runs):
            measured[answers.run] = answers
            print(" ".join(row(answers)), flush=True)
    text = table(list(measured.values()))
    print(text)
    if not quick:
        write_between(PAGE, BEGIN, END, text)
        lines = {"one shard": ALONE, "growing": GROWING, "grown": GROWN}
        colours = dict(zip(lines, ("#b5481d", "#31688e", "#0a7"), strict=True))
        PLOT.write_text(plot({name: (colours[name], [measured[run] for run in runs]) for name, runs in lines.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
