"""`make peers`: the same work on Batua and on others, interleaved; prints the tables and writes them to docs.

`--quick` asks less often and writes nothing. `--only fastapi` takes the named peers alone (and Batua).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform as machine
import sys
from contextlib import ExitStack
from pathlib import Path

from benchmarks.pages import write_between
from benchmarks.peers import systems
from benchmarks.peers.postgres import Cluster, PostgresMissing
from benchmarks.peers.systems import System
from benchmarks.peers.work import AT_ONCE, WORK, Measured, Results, World, burst, judge

ROOT = Path(__file__).resolve().parents[2]
PAGE, CHART = ROOT / "docs" / "performance.md", ROOT / "docs" / "peers.svg"
BEGIN, END = "<!-- peers: written by `make peers` -->", "<!-- end of peers -->"

PEERS = {"fastapi": systems.fastapi, "hordak": systems.hordak, "credit": systems.credit_ledger}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, nothing written")
    parser.add_argument("--only", action="append", choices=sorted(PEERS), help="this peer; may be repeated")
    options = parser.parse_args()
    rounds, seconds, customers = (1, 0.5, 20) if options.quick else (2, 1.0, 50)
    try:
        with Cluster() as cluster, ExitStack() as running:
            taking_part = [running.enter_context(systems.batua())]
            taking_part += [running.enter_context(PEERS[name](cluster)) for name in options.only or PEERS]
            results, verdicts = asyncio.run(_compare(taking_part, rounds, seconds, customers))
    except PostgresMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    names = [system.name for system in taking_part]
    text = "\n".join(
        [_machine(), _rates(results, names), _waits(results, names), _cpu(results, names), _verdicts(verdicts, names)]
    )
    print(text)
    if not (options.quick or options.only):
        from benchmarks.peers.chart import draw

        draw(results, names, CHART)
        _write(text)
    return 0 if all(verdicts[names[0]].values()) else 1


async def _compare(
    taking_part: list[System], rounds: int, seconds: float, customers: int
) -> tuple[Results, dict[str, dict[str, bool]]]:
    worlds = [World(system, customers) for system in taking_part]
    for world in worlds:
        await world.settle_in(entries=10)
    results: Results = {(work, n): {s.name: Measured() for s in taking_part} for work in WORK for n in AT_ONCE}
    for number in range(rounds):
        for (work, at_once), measured in results.items():
            # Another order each round: whoever comes first finds a cooler machine.
            for place in range(len(worlds)):
                world = worlds[(number + place) % len(worlds)]
                await burst(world, work, at_once, seconds, measured[world.system.name])
        print(f"round {number + 1} of {rounds} is done", file=sys.stderr)
    return results, {world.system.name: await judge(world) for world in worlds}


def _rates(results: Results, names: list[str]) -> str:
    rows = []
    for (work, at_once), measured in results.items():
        first = measured[names[0]].rate
        others = [f"{measured[name].rate:,.0f} ({measured[name].rate / first:.1f} x)" for name in names[1:]]
        rows.append((WORK[work], str(at_once), f"{first:,.0f}", *others))
    return "\nRequests a second that succeeded, and how many times Batua's that is:\n\n" + _table(
        ("work", "at once", *names), rows
    )


def _waits(results: Results, names: list[str]) -> str:
    rows = [
        (WORK[work], str(at_once), *(f"{m.milliseconds(0.5):.1f} / {m.milliseconds(0.99):.1f}" for m in by.values()))
        for (work, at_once), by in results.items()
    ]
    return "Milliseconds, p50 / p99:\n\n" + _table(("work", "at once", *names), rows)


def _cpu(results: Results, names: list[str]) -> str:
    rows = []
    for (work, at_once), measured in results.items():
        first = measured[names[0]].cpu_milliseconds
        others = [f"{m.cpu_milliseconds:.2f} (1/{first / m.cpu_milliseconds:.1f})" for m in list(measured.values())[1:]]
        rows.append((WORK[work], str(at_once), f"{first:.2f}", *others))
    return (
        "CPU milliseconds of the servers for a request, database included, and which part of Batua's that is:\n\n"
        + _table(("work", "at once", *names), rows)
    )


def _verdicts(verdicts: dict[str, dict[str, bool]], names: list[str]) -> str:
    invariants = list(verdicts[names[0]])
    rows = [
        (invariant, *("yes" if verdicts[name][invariant] else "**no**" for name in names)) for invariant in invariants
    ]
    return "What held at the end:\n\n" + _table(("", *names), rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("-" * len(cell) or "-" for cell in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _machine() -> str:
    return (
        f"Measured with CPython {machine.python_version()} on {os.cpu_count()} cores ({machine.machine()}), "
        f"servers, PostgreSQL and client on the same ones; load average at the end {os.getloadavg()[0]:.0f}."
    )


def _write(text: str) -> None:
    figure = f"![Requests a second by work, concurrency and system]({CHART.name})"
    write_between(PAGE, BEGIN, END, f"{figure}\n\n{text}")
    print(f"written to {PAGE.relative_to(ROOT)} and {CHART.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
