"""What a balance waits for while issues run: at fixed rates, and with clients that never wait.

At a rate the issues are sent when they are due, whether the ones before are answered or not, as counters would send
them. Clients that never wait keep both cores busy: there a balance waits for its turn like everything else.
"""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

RATES: Final = (0, 25, 50, 100, 200)
"""Issues a second; a shop with a hundred counters has about five."""
BUSY_CLIENTS: Final = 8
READS_A_SECOND: Final = 20


@dataclass
class ReadsWhile:
    """Seconds that each balance took while issues ran, and how many of those were answered a second."""

    load: str
    issues_a_second: float
    took: list[float]


def reads_while_issues_run(
    balance: Callable[[str], float], issue: Callable[[str], float], people: list[str], seconds: float
) -> list[ReadsWhile]:
    """One client reads balances while issues come at each rate, then while clients issue without a pause."""
    found = []
    for rate in RATES:
        over = threading.Event()
        issued: list[float] = []
        with ThreadPoolExecutor(BUSY_CLIENTS) as pool:
            sender = threading.Thread(target=_send_at, args=(rate, issue, people, pool, over, issued))
            sender.start()
            took = _read(balance, people, seconds)
            over.set()
            sender.join()
        found.append(ReadsWhile(f"{rate} issues a second" if rate else "none", len(issued) / seconds, took))
    over = threading.Event()
    counts = itertools.count()

    def client() -> None:
        while not over.is_set():
            number = next(counts)
            issue(people[number * 7 % len(people)])

    clients = [threading.Thread(target=client) for _ in range(BUSY_CLIENTS)]
    for each in clients:
        each.start()
    took = _read(balance, people, seconds)
    over.set()
    for each in clients:
        each.join()
    found.append(ReadsWhile(f"{BUSY_CLIENTS} clients without a pause", next(counts) / seconds, took))
    return found


def _send_at(
    rate: int,
    issue: Callable[[str], float],
    people: list[str],
    pool: ThreadPoolExecutor,
    over: threading.Event,
    issued: list[float],
) -> None:
    if not rate:
        return
    began = time.perf_counter()

    def send(phone: str) -> None:
        issued.append(issue(phone))

    for number in itertools.count():
        if over.wait(max(0.0, began + number / rate - time.perf_counter())):
            return
        pool.submit(send, people[number * 7 % len(people)])


def _read(balance: Callable[[str], float], people: list[str], seconds: float) -> list[float]:
    took = []
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        took.append(balance(people[len(took) % len(people)]))
        time.sleep(max(0.0, 1 / READS_A_SECOND - took[-1]))
    return took


def tell_reads(store: str, found: ReadsWhile) -> tuple[str, ...]:
    """Of the table: percentiles in milliseconds."""
    cuts = statistics.quantiles(found.took, n=100, method="inclusive")
    shown = (f"{1000 * seconds:.1f}" for seconds in (cuts[49], cuts[94], cuts[98], max(found.took)))
    return (store, found.load, f"{found.issues_a_second:.0f}", str(len(found.took)), *shown)


READS_HEAD: Final = ("store", "meanwhile", "answered a second", "balances", "p50 ms", "p95", "p99", "slowest")
