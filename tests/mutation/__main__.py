"""`make mutate`: how many small faults in the ledger and the store are noticed by the tests.

make mutate                              all of it
make mutate MODULE="ledger/lots"         some modules
make mutate ARGS="--sample 60"           so many mutants, the same ones every time
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutation.modules import MODULES
from tests.mutation.mutants import Mutant, Source
from tests.mutation.running import Crew, Tried, try_functions, try_imports, warm

EXPLAINED: Final = Path(__file__).parent / "survivors.toml"
_WARM: Final = ("hypothesis", "botocore.exceptions", "botocore.config", "pydantic", "phonenumbers")


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no test can kill, and why."""

    module: str
    function: str
    line: str
    change: str
    why: str

    @property
    def name(self) -> tuple[str, str, str, str]:
        return self.module, self.function, self.line, self.change


def explained(path: Path = EXPLAINED) -> list[Survivor]:
    """The list of survivors."""
    return [Survivor(**entry) for entry in tomllib.loads(path.read_text("utf-8"))["survivors"]]


def sample(mutants: Sequence[Mutant], count: int, seed: str) -> list[Mutant]:
    """So many of them, spread evenly; a change of the code changes only what it touches."""

    def draw(mutant: Mutant) -> bytes:
        return hashlib.sha256("\n".join((seed, *mutant.name)).encode()).digest()

    chosen = {mutant.name for mutant in sorted(mutants, key=draw)[:count]}
    return [mutant for mutant in mutants if mutant.name in chosen]


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    began = time.monotonic()
    sources = [Source(module) for module in asked.modules or MODULES]
    mutants = [mutant for source in sources for mutant in source.mutants]
    if asked.only:
        mutants = [mutant for mutant in mutants if any(text in str(mutant) for text in asked.only)]
    if asked.sample:
        mutants = sample(mutants, asked.sample, asked.seed)
    if asked.list:
        print(*mutants, sep="\n")
        return 0
    tried: list[Tried] = []

    def on_result(result: Tried) -> None:
        tried.append(result)
        if sys.stderr.isatty() or len(tried) % 100 == 0:
            print(f"{len(tried)} of {len(mutants)}", end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr)

    crew = Crew(asked.jobs, on_result)
    warm(_WARM)
    for source in sources:
        imported = [mutant for mutant in mutants if mutant.module == source.module and not mutant.function]
        try_imports(source, imported, MODULES[source.module], crew)
    tests = list(dict.fromkeys(test for source in sources for test in MODULES[source.module]))
    try_functions(sources, [mutant for mutant in mutants if mutant.function], tests, crew)
    faults = _judge(tried, asked.modules or list(MODULES))
    print(_table(tried, time.monotonic() - began))
    for fault in faults:
        print(f"\n{fault}")
    return 1 if faults else 0


def _judge(tried: Sequence[Tried], modules: Sequence[str]) -> list[str]:
    known = {survivor.name for survivor in explained() if survivor.module in modules}
    lived = {result.mutant.name for result in tried if result.fate in ("survived", "unreached")}
    faults = [f"{result.fate}, unexplained: {result.mutant}" for result in tried if result.mutant.name in lived - known]
    faults += [
        f"killed, though explained as a survivor: {result.mutant}"
        for result in tried
        if result.mutant.name in known - lived
    ]
    return faults


def _table(tried: Sequence[Tried], seconds: float) -> str:
    """Rows of Markdown: the share that was noticed, of all mutants; none is left out of the count."""
    rows = ["| module | mutants | killed | endless | survived | score |", "|---|---:|---:|---:|---:|---:|"]
    modules = list(dict.fromkeys(result.mutant.module for result in tried))
    for module in [*modules, None]:
        fates = Counter(result.fate for result in tried if module in (None, result.mutant.module))
        total, lived = fates.total(), fates["survived"] + fates["unreached"]
        name = "**whole**" if module is None else f"`{module}`"
        score = f"{100 * (total - lived) / total:.1f} %" if total else "-"
        rows.append(f"| {name} | {total} | {fates['killed']} | {fates['endless']} | {lived} | {score} |")
    return "\n".join([*rows, "", f"{len(tried)} mutants in {seconds:.0f} s"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("mutate", description="Which small faults do the tests notice?")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as ledger/lots; all of them unless told")
    parser.add_argument("--sample", type=int, metavar="N", help="only so many mutants, the same ones every time")
    parser.add_argument(
        "--only", action="append", metavar="TEXT", help="only mutants that --list tells with this in it"
    )
    parser.add_argument("--seed", default="batua", help="another sample")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="processes at once")
    parser.add_argument("--list", action="store_true", help="show the mutants, try none")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
