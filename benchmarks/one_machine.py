"""`make one-machine`: the platform of this machine after a burst, as it grows, and on a large store.

    burst    many clients issue for some seconds; then one client alone, while what they left behind is worked off
    reads    what one client's balance waits for while others issue
    memory   what an issue leaves in the process, beyond what the table holds
    growth   the same requests on an empty store and on one of a million entries and 100,000 customers, in turns

Times are compared within a run, in turns, so that other work on the machine is in both. `--write` puts the tables into
docs/performance.md.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import requests

from benchmarks.one_machine_reads import READS_HEAD, reads_while_issues_run, tell_reads
from benchmarks.pages import write_between
from benchmarks.peers import cpu

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- one machine: written by `make one-machine ARGS=--write` -->", "<!-- end of one machine -->"
CLIENTS: Final = 32
BLOCK: Final = 20
"""Requests in a row of one kind to one platform, before it is the other's turn."""


class Served:
    """A platform in a process of its own. Its commands go over stdin, their answers come back over stdout."""

    def __init__(self, store: str, file: Path | None) -> None:
        arguments = [store, str(file or "-")]
        command = [sys.executable, "-m", "benchmarks.one_machine_server", *arguments]
        environment = {**os.environ, "LOG_LEVEL": "ERROR", "PYTHONPATH": "layers/core:."}
        began = time.perf_counter()
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise RuntimeError("the platform did not start")
        self.start_seconds = time.perf_counter() - began
        self.start_cpu = cpu.seconds((self.process.pid,))
        known = json.loads(line)
        self.url = known["url"]
        self.key = known["key"]
        self._lock = threading.Lock()
        self._sessions = threading.local()

    def ask(self, command: str) -> Any:
        with self._lock:
            assert self.process.stdin
            assert self.process.stdout
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        if self.process.stdin:
            self.process.stdin.close()
        self.process.wait(timeout=60)

    def call(self, method: str, path: str, **more: Any) -> float:
        """Seconds that a request took. Raises where it was refused."""
        session = getattr(self._sessions, "session", None)
        if session is None:
            session = self._sessions.session = requests.Session()
            session.headers["Authorization"] = f"Bearer {self.key}"
        began = time.perf_counter()
        answer = session.request(method, f"{self.url}/api/v1/merchant/{path}", timeout=60, **more)
        took = time.perf_counter() - began
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:200]}")
        return took

    def issue(self, phone: str) -> float:
        body = {"phone": phone, "coins": 10}
        return self.call("POST", "coins/issue", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})

    def balance(self, phone: str) -> float:
        return self.call("GET", "customers/balance", params={"phone": phone})

    def statement(self, phone: str) -> float:
        return self.call("GET", "ledger", params={"customer": phone, "limit": "20"})

    def ledger(self, phone: str) -> float:
        return self.call("GET", "ledger", params={"limit": "20"})

    def stats(self, phone: str) -> float:
        return self.call("GET", "stats")


@contextlib.contextmanager
def served(store: str, file: Path | None = None) -> Iterator[Served]:
    platform = Served(store, file)
    try:
        yield platform
    finally:
        platform.end()


def phones(count: int, *, first: int = 0) -> list[str]:
    return [f"+9197{first + number:08d}" for number in range(count)]


# After a burst


@dataclass
class BurstResult:
    issues: int
    seconds: float
    idle: dict[str, list[float]]
    after: dict[str, list[float]]
    drained_seconds: float


def burst(platform: Served, seconds: float) -> BurstResult:
    """Many clients at once, then one alone; what it waits for is compared with what it waited for before and later."""
    people = phones(200)
    for phone in people:
        platform.issue(phone)
    platform.ask("drain")
    idle: dict[str, list[float]] = {"issue": [], "balance": []}
    _alone(platform, people, idle, until=lambda: len(idle["issue"]) >= 60)
    platform.ask("drain")
    end = time.perf_counter() + seconds

    def client(number: int) -> int:
        done = 0
        for turn in itertools.count():
            if time.perf_counter() > end:
                return done
            platform.issue(people[(number * 7 + turn) % len(people)])
            done += 1
        return done

    with ThreadPoolExecutor(CLIENTS) as pool:
        issues = sum(pool.map(client, range(CLIENTS)))
    over = time.perf_counter()
    gone: list[float] = []

    def watch() -> None:
        while not gone:
            if not platform.ask("busy"):
                gone.append(time.perf_counter() - over)
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    after: dict[str, list[float]] = {"issue": [], "balance": []}
    _alone(platform, people, after, until=lambda: bool(gone) or time.perf_counter() - over > 120, balances_only=True)
    watcher.join()
    platform.ask("drain")
    _alone(platform, people, idle, until=lambda: len(idle["issue"]) >= 120)
    return BurstResult(issues, seconds, idle, after, gone[0])


def _alone(
    platform: Served,
    people: list[str],
    into: dict[str, list[float]],
    *,
    until: Callable[[], bool],
    balances_only: bool = False,
) -> None:
    """One client. While a backlog is watched it only reads, for each issue would add to what is to be worked off; a few
    issues in between tell how long one takes."""
    for number in itertools.count():
        into["balance"].append(platform.balance(people[number % len(people)]))
        if not balances_only or number % 10 == 0:
            into["issue"].append(platform.issue(people[number % len(people)]))
        if until():
            return


# Memory


def memory(platform: Served, issues: int) -> tuple[float, float]:
    """Bytes that an issue leaves in all processes of the platform, and in the table.

    Measured from the second half on: the first fills caches, which end.
    """
    people = phones(500, first=10_000)

    def many(count: int, first: int) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: platform.issue(people[(first + n) % len(people)]), range(count)))
        platform.ask("drain")

    many(issues, 0)
    before = platform.ask("memory")
    many(issues, issues)
    after = platform.ask("memory")
    return (after["process"] - before["process"]) / issues, (after["table"] - before["table"]) / issues


# Growth

KINDS: Final = ("issue", "balance", "statement", "ledger", "stats")


@dataclass
class Compared:
    """Of each kind of request: seconds on the empty store and on the large one; CPU seconds of the servers."""

    took: dict[str, tuple[list[float], list[float]]] = field(default_factory=lambda: {kind: ([], []) for kind in KINDS})
    cpu: dict[str, list[list[float]]] = field(default_factory=lambda: {kind: [[], []] for kind in KINDS})


def compare(empty: Served, large: Served, rounds: int) -> Compared:
    compared = Compared()
    people = phones(BLOCK, first=77_000)
    for platform in (empty, large):
        for kind in KINDS:
            for phone in people:
                getattr(platform, kind)(phone)
        platform.ask("drain")
    for turn in range(rounds):
        for kind in KINDS:
            for which, platform in ((0, empty), (1, large)) if turn % 2 else ((1, large), (0, empty)):
                used = cpu.seconds((platform.process.pid,))
                compared.took[kind][which].extend(getattr(platform, kind)(phone) for phone in people)
                platform.ask("drain")
                compared.cpu[kind][which].append(cpu.seconds((platform.process.pid,)) - used)
    return compared


# Tables


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    from benchmarks.__main__ import _table

    return _table(head, rows)


def ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f}"


def tell_burst(store: str, found: BurstResult) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for kind in ("issue", "balance"):
        idle, after = statistics.median(found.idle[kind]), statistics.median(found.after[kind])
        rate = f"{found.issues / found.seconds:.0f} a second, {found.issues:,} issues"
        slow = [ms(_at(each[kind], share)) for share in (0.95, 1) for each in (found.idle, found.after)]
        rows.append(
            (store, rate, kind, ms(idle), ms(after), f"{after / idle:.2f}", *slow, f"{found.drained_seconds:.1f}")
        )
    return rows


def _at(seconds: list[float], share: float) -> float:
    """The request below which that share of them stayed; 1 for the slowest."""
    return sorted(seconds)[min(int(share * len(seconds)), len(seconds) - 1)]


def tell_growth(store: str, found: Compared) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for kind in KINDS:
        empty, large = (statistics.median(each) for each in found.took[kind])
        used, used_large = (1000 * sum(each) / len(each) / BLOCK for each in found.cpu[kind])
        used_ratio = used_large / used if used else 1.0
        times = (ms(empty), ms(large), f"{large / empty:.2f}")
        rows.append((store, kind, *times, f"{used:.2f}", f"{used_large:.2f}", f"{used_ratio:.2f}"))
    return rows


BURST_HEAD: Final = (
    "store",
    "burst of 32 clients",
    "then one client's",
    "idle, p50 ms",
    "behind the burst, p50 ms",
    "ratio",
    "idle, p95",
    "behind it, p95",
    "idle, slowest",
    "behind it, slowest",
    "backlog gone after s",
)
GROWTH_HEAD: Final = (
    "store",
    "request",
    "empty, p50 ms",
    "large, p50 ms",
    "ratio",
    "empty, CPU ms",
    "large, CPU ms",
    "ratio of CPU",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make one-machine", description=__doc__)
    parser.add_argument("parts", nargs="*", default=["burst", "reads", "memory", "growth"])
    parser.add_argument("--seconds", type=float, default=20, help="how long the burst lasts")
    parser.add_argument("--issues", type=int, default=3_000, help="for the memory, twice so many")
    parser.add_argument("--customers", type=int, default=100_000, help="of the large store, with ten entries each")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--stores", nargs="*", default=["file", "memory"])
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    said: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "burst" in asked.parts:
            rows = []
            for store in asked.stores:
                with served(store, folder / "burst.sqlite") as platform:
                    rows += tell_burst(store, burst(platform, asked.seconds))
            said.append(table(BURST_HEAD, rows))
            print(said[-1], flush=True)
        if "reads" in asked.parts:
            rows = []
            for store in asked.stores:
                with served(store, folder / "reads.sqlite") as platform:
                    people = phones(200)
                    for phone in people:
                        platform.issue(phone)
                    platform.ask("drain")
                    found = reads_while_issues_run(platform.url, platform.key, people, asked.seconds)
                    rows += [tell_reads(store, each) for each in found]
            said.append(table(READS_HEAD, rows))
            print(said[-1], flush=True)
        if "memory" in asked.parts:
            rows = []
            for store in asked.stores:
                with served(store, folder / "memory.sqlite") as platform:
                    grown, held = memory(platform, asked.issues)
                    # Pages of a file are kept in SQLite's cache, which ends at 64 MB.
                    rows.append((store, f"{grown:,.0f}", f"{held:,.0f}", f"{grown - held:,.0f}"))
            said.append(
                table(("store", "processes, bytes an issue", "table, bytes an issue", "beyond the table"), rows)
            )
            print(said[-1], flush=True)
        if "growth" in asked.parts:
            said.append(_growth(folder, asked))
            print(said[-1], flush=True)
    if asked.write:
        load = f"Load average of the machine at the end: {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores.\n"
        write_between(PAGE, BEGIN, END, "\n".join([*said, load]))
    return 0


def _growth(folder: Path, asked: argparse.Namespace) -> str:
    rows: list[tuple[str, ...]] = []
    said: list[str] = []
    for store in asked.stores:
        large = folder / "large.sqlite" if store == "file" else None
        with contextlib.ExitStack() as stack:
            small = stack.enter_context(served(store, folder / "empty.sqlite" if large else None))
            big = stack.enter_context(served(store, large))
            counts = _grown(big, asked.customers)
            size = big.ask("memory")["table"] / 1024**2
            what = f"`{store}`: {counts['customers']:,} customers, {counts['entries']:,} entries, {size:,.0f} MB"
            if large:
                big.end()
                big = stack.enter_context(served(store, large))
                what += f"; it answers {big.start_seconds:.1f} s after its start ({big.start_cpu:.1f} s of CPU)"
                what += f", an empty one after {small.start_seconds:.1f} s ({small.start_cpu:.1f} s), seed included"
            said.append(f"- {what}")
            rows += tell_growth(store, compare(small, big, asked.rounds))
    return "\n".join(said) + "\n\n" + table(GROWTH_HEAD, rows)


def _grown(platform: Served, customers: int) -> dict[str, int]:
    people = phones(20, first=50_000)
    for _ in range(10):
        for phone in people:
            platform.issue(phone)
    platform.ask("drain")
    return dict(platform.ask(f"grow {customers}"))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    sys.exit(main())
