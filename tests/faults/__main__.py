"""`make simulate`: runs of many seeds, of one again, or of the planted bugs.

make simulate SEEDS=10000     the seeds 1 to 10,000
make simulate SEED=123        one seed again; a failure is reduced and explained
make simulate BUGS=1          each planted bug until a seed catches it (up to SEEDS of them)
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.faults import plot
from tests.faults.bugs import Bug, planted
from tests.faults.loyalty import loyalty_run
from tests.faults.plan import drawn
from tests.faults.shrink import Shrinker, broken, invariant_of, report
from tests.faults.state_bugs import ALL_BUGS

CAUGHT = Path(__file__).with_name("caught.json")
PLOT = Path(__file__).resolve().parents[2] / "docs" / "planted-bugs.svg"
_AT_ONCE = 25
_SHRUNK = 2
"""How many failing seeds are reduced to a small case."""

Ran = tuple[Counter[str], Counter[str], list[tuple[int, list[str]]]]
"""The result of some seeds: figures, faults by kind, and the seeds that violated an invariant."""


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    if asked.bugs:
        return _bugs(asked)
    if asked.seed is not None:
        return _again(asked.seed)
    return _many(asked)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate", description="Concurrent handlers, with faults.")
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--seed", type=int, help="this one alone, in detail")
    parser.add_argument("--bugs", action="store_true", help="plant bugs, and show which seed catches which")
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args(arguments)


def _many(asked: argparse.Namespace) -> int:
    started = time.monotonic()
    figures, faults, failed = Counter[str](), Counter[str](), []
    last = asked.first + asked.seeds
    parts = [range(start, min(start + _AT_ONCE, last)) for start in range(asked.first, last, _AT_ONCE)]
    with ProcessPoolExecutor(asked.processes) as pool:
        for ran in pool.map(run_seeds, parts):
            figures.update(ran[0])
            faults.update(ran[1])
            failed += ran[2]
            for seed, found in ran[2]:
                print(f"seed {seed} FAILS (make simulate SEED={seed}): {found[0]}", flush=True)
            if figures["seeds"] % 1000 == 0:
                print(f"{figures['seeds']} seeds, {time.monotonic() - started:.0f} s", flush=True)
    seconds = time.monotonic() - started
    print("\n".join(_summary(figures, faults, len(failed), seconds)))
    for seed, _ in failed[:_SHRUNK]:
        _again(seed)
    return 1 if failed else 0


def run_seeds(seeds: Sequence[int]) -> Ran:
    """Runs some seeds one after the other."""
    figures, faults, failed = Counter[str](), Counter[str](), []
    for seed in seeds:
        world, found = broken(drawn(seed))
        faults.update(fault for *_, fault, _ in world.loop.trace if fault)
        figures.update(
            {
                "seeds": 1,
                "operations": len(world.plan.operations),
                "requests": len(world.history),
                "carried out": sum(attempt.outcome == "done" for attempt in world.history),
                "refused": sum(attempt.outcome == "refused" for attempt in world.history),
                "without an answer": sum(attempt.outcome == "silence" for attempt in world.history),
                "calls": len(world.loop.trace),
                "calls that met a fault": sum(bool(fault) for *_, fault, _ in world.loop.trace),
                "hours of virtual time": world.loop.elapsed // 3_600_000_000,
            }
        )
        found += [f"loyalty: {each}" for each in loyalty_run(seed)]
        if found:
            failed.append((seed, found))
    return figures, faults, failed


def _summary(figures: Counter[str], faults: Counter[str], failed: int, seconds: float) -> Iterator[str]:
    yield ""
    yield "| | |\n|---|---:|"
    for name, count in figures.items():
        yield f"| {name} | {count:,} |"
    yield f"| seeds that broke an invariant | {failed} |"
    yield f"| seeds a second | {figures['seeds'] / seconds:.1f} |"
    yield "\n| fault | met |\n|---|---:|"
    for name, count in sorted(faults.items()):
        yield f"| `{name}` | {count:,} |"


def _again(seed: int) -> int:
    """One seed in detail, reduced to a small case if it violates an invariant."""
    plan = drawn(seed)
    world, found = broken(plan)
    print(f"\nseed {seed}: digest {world.digest}, {len(plan.operations)} operations, {len(world.loop.trace)} calls")
    if not found and (found := loyalty_run(seed)):
        print("broken, with campaigns, gifts, rewards and a file: " + "\n".join(found))
        return 1
    if not found:
        print("every invariant holds")
        return 0
    shrinker = Shrinker(invariant_of(found[0]))
    print(f"broken: {found[0]}\nmade small (this takes a while) ...", flush=True)
    smaller = shrinker.smaller(plan)
    print("\n".join(report(*broken(smaller))))
    return 1


def _bugs(asked: argparse.Namespace) -> int:
    caught: dict[str, dict[str, object]] = {}
    print("| planted bug | where | seed | invariant that breaks |\n|---|---|---:|---|")
    with ProcessPoolExecutor(asked.processes) as pool:
        for bug, (seed, found) in zip(ALL_BUGS, pool.map(catch, ALL_BUGS, [asked.seeds] * len(ALL_BUGS)), strict=True):
            broken_invariant = invariant_of(found) if seed else "not caught"
            print(f"| {bug.name} | `{bug.where.replace(':', '.')}` | {seed or '-'} | {broken_invariant} |", flush=True)
            if seed:
                caught[bug.name] = {"seed": seed, "invariant": broken_invariant}
    CAUGHT.write_text(json.dumps(caught, indent=2) + "\n")
    PLOT.write_text(plot.catches([int(str(each["seed"])) for each in caught.values()], len(ALL_BUGS), asked.seeds))
    return 0 if len(caught) == len(ALL_BUGS) else 1


def catch(bug: Bug, most: int) -> tuple[int, str]:
    """The first seed that catches a bug, and the invariant that shows it; 0 if none of so many does."""
    with planted(bug):
        for seed in range(1, most + 1):
            if found := caught_by(seed):
                return seed, found
    return 0, ""


def caught_by(seed: int) -> str:
    """The first invariant that a seed violates. A run that does not finish counts as a violation too."""
    try:
        return next(iter(broken(drawn(seed))[1]), "")
    except Exception as fault:
        return f"the run comes to its end: {type(fault).__name__}: {fault}"


if __name__ == "__main__":
    sys.exit(main())
