"""What a balance waits for while issues run: at fixed rates, and with clients that never wait.

At a rate the issues are sent when they are due, whether the ones before are answered or not, as counters would send
them. Clients that never wait keep both cores busy. Issues come from a process of their own, which is this module: the
one that reads measures nothing else.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

ROOT: Final = Path(__file__).resolve().parents[1]
RATES: Final = (0, 25, 50, 100, 200)
"""Issues a second; a shop with a hundred counters has about five."""
CLIENTS: Final = 8
READS_A_SECOND: Final = 20
READS_HEAD: Final = ("store", "meanwhile", "answered a second", "balances", "p50 ms", "p95", "p99", "slowest")


@dataclass
class ReadsWhile:
    """Seconds that each balance took while issues ran, and how many of those were answered a second."""

    load: str
    issues_a_second: float
    took: list[float]


class Caller:
    """One connection that stays open."""

    def __init__(self, url: str, key: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: Any = None) -> float:
        """Seconds that a request took. Raises where it was refused."""
        text = None if body is None else json.dumps(body)
        headers = self._headers if body is None else {**self._headers, "Idempotency-Key": uuid.uuid4().hex}
        began = time.perf_counter()
        self._connection.request(method, f"/api/v1/merchant/{path}", text, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        took = time.perf_counter() - began
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {content[:200]!r}")
        return took

    def issue(self, phone: str) -> float:
        return self.call("POST", "coins/issue", {"phone": phone, "coins": 10})

    def balance(self, phone: str) -> float:
        return self.call("GET", f"customers/balance?phone={quote(phone)}")


def reads_while_issues_run(url: str, key: str, people: list[str], seconds: float) -> list[ReadsWhile]:
    """One client reads balances while issues come at each rate, then while clients issue without a pause."""
    caller = Caller(url, key)
    found = []
    for rate in (*RATES, None):
        with _issuing(url, key, people, rate) as answered:
            took = _read(caller, people, seconds)
        load = f"{CLIENTS} clients without a pause" if rate is None else f"{rate} issues a second" if rate else "none"
        found.append(ReadsWhile(load, sum(answered), took))
    return found


def tell_reads(store: str, found: ReadsWhile) -> tuple[str, ...]:
    """A row of the table: percentiles in milliseconds."""
    cuts = statistics.quantiles(found.took, n=100, method="inclusive")
    shown = (f"{1000 * seconds:.1f}" for seconds in (cuts[49], cuts[94], cuts[98], max(found.took)))
    return (store, found.load, f"{found.issues_a_second:.0f}", str(len(found.took)), *shown)


def _read(caller: Caller, people: list[str], seconds: float) -> list[float]:
    took = []
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        took.append(caller.balance(people[len(took) % len(people)]))
        time.sleep(max(0.0, 1 / READS_A_SECOND - took[-1]))
    return took


@contextlib.contextmanager
def _issuing(url: str, key: str, people: list[str], rate: int | None) -> Iterator[list[float]]:
    """Issues meanwhile. Afterwards the list holds how many a second were answered."""
    answered: list[float] = []
    if rate == 0:
        yield answered
        return
    command = [sys.executable, "-m", "benchmarks.one_machine_reads"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    process.stdin.write(json.dumps([url, key, people, rate]) + "\n")
    process.stdin.flush()
    try:
        yield answered
    finally:
        told, _ = process.communicate(timeout=60)
    answered.append(float(told))


def main() -> None:
    """Issues until stdin ends, and prints how many a second were answered."""
    url, key, people, rate = json.loads(sys.stdin.readline())
    over = threading.Event()
    numbers = itertools.count()
    counts = [0] * CLIENTS
    began = time.perf_counter()

    def client(which: int) -> None:
        caller = Caller(url, key)
        while not over.is_set():
            number = next(numbers)
            if rate and over.wait(max(0.0, began + number / rate - time.perf_counter())):
                return
            caller.issue(people[number * 7 % len(people)])
            counts[which] += 1

    clients = [threading.Thread(target=client, args=(which,)) for which in range(CLIENTS)]
    for each in clients:
        each.start()
    sys.stdin.read()
    seconds = time.perf_counter() - began
    over.set()
    for each in clients:
        each.join()
    print(sum(counts) / seconds, flush=True)


if __name__ == "__main__":
    main()
