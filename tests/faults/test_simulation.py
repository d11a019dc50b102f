"""The simulation itself: a bounded number of seeds, the same seed twice, planted bugs, and how failures are reported.

All of it by command: `make simulate SEEDS=10000`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.faults.__main__ import CAUGHT, caught_by
from tests.faults.bugs import Bug, planted
from tests.faults.check import KEPT
from tests.faults.network import ALL
from tests.faults.plan import THEMES, TOLD, drawn
from tests.faults.run import World, simulate
from tests.faults.shrink import Shrinker, broken, invariant_of, report
from tests.faults.state_bugs import ALL_BUGS

ROOT = Path(__file__).resolve().parents[2]
KNOWN: dict[str, dict[str, Any]] = json.loads(CAUGHT.read_text())
SEARCHED = 1_000
RUNS: list[World] = []


@pytest.mark.parametrize("tens", range(12))
def test_every_invariant_holds_under_faults(tens: int) -> None:
    for seed in range(tens * 10 + 1, tens * 10 + 11):
        world, found = broken(drawn(seed))
        assert found == [], f"make simulate SEED={seed}"
        RUNS.append(world)


def test_the_run_met_faults_and_made_many_operations() -> None:
    if len(RUNS) < 120:
        pytest.skip("looks at all of the runs before it")
    met = {fault for world in RUNS for *_, fault, _ in world.loop.trace if fault}
    assert met == set(ALL)
    history = [attempt for world in RUNS for attempt in world.history]
    wished = {operation.kind for world in RUNS for operation in world.plan.operations}
    assert wished >= {kind for theme in THEMES.values() for kind in theme}
    # Lots mostly leave with the next touch of their wallet: an expiry that finds some is rare.
    assert {attempt.operation.kind for attempt in history if attempt.outcome == "done"} >= wished - TOLD - {"expire"}
    assert len({attempt.said for attempt in history if attempt.outcome == "refused"} & KEPT) >= 8
    assert {attempt.outcome for attempt in history} == {"done", "refused", "silence"}
    assert sum(attempt.replayed for attempt in history) > 200
    assert any(world.orders.shops for world in RUNS)


@pytest.mark.parametrize("seed", [3, 30, 60])
def test_the_same_seed_makes_the_same_run(seed: int) -> None:
    first, second = simulate(drawn(seed)), simulate(drawn(seed))
    assert first.digest == second.digest
    assert first.loop.trace == second.loop.trace


def test_the_same_seed_makes_the_same_run_in_another_process() -> None:
    command = (
        "from tests.faults.run import simulate; from tests.faults.plan import drawn; print(simulate(drawn(5)).digest)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": f"{ROOT / 'layers' / 'core'}:{ROOT}"}
    said = subprocess.run([sys.executable, "-c", command], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert said.stdout.decode().strip() == simulate(drawn(5)).digest


@pytest.mark.parametrize("bug", ALL_BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Bug) -> None:
    known = KNOWN[bug.name]["seed"]
    assert known <= SEARCHED
    with planted(bug):
        # Other code makes other runs: then another seed catches it.
        found = caught_by(known) or next((said for seed in range(1, SEARCHED + 1) if (said := caught_by(seed))), "")
    assert found, f"{bug.name}: no seed catches it"


def test_a_planted_bug_is_gone_afterwards() -> None:
    with planted(ALL_BUGS[0]):
        assert caught_by(KNOWN[ALL_BUGS[0].name]["seed"])
    assert not caught_by(KNOWN[ALL_BUGS[0].name]["seed"])


def test_a_bug_whose_place_has_changed_says_so() -> None:
    with pytest.raises(LookupError, match="plant the bug anew"), planted(replace(ALL_BUGS[0], right="gone")):
        pass


def test_a_failing_run_is_reduced_and_printed() -> None:
    bug = next(bug for bug in ALL_BUGS if bug.name == "a hold expires after its capture")
    with planted(bug):
        plan = drawn(KNOWN[bug.name]["seed"])
        invariant = invariant_of(broken(plan)[1][0])
        smaller = Shrinker(invariant).smaller(plan)
        world, found = broken(smaller)
        lines = "\n".join(report(world, found))
    assert invariant in {invariant_of(each) for each in found}
    assert len(smaller.operations) <= 4 < len(plan.operations)
    assert len(world.fault_profile.met) <= 2
    for operation in smaller.operations:
        assert f"{operation.name} " in lines
    assert found[0] in lines
