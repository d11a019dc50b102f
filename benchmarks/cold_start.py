"""Cold start: a fresh process imports a handler, makes its first client and answers its first request (`cold.py`),
against one that only makes a boto3 client, and calls it once.

The figures are CPU time (user and system), the least of several runs, so that other work on the machine counts little;
runs are interleaved.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks import layer
from benchmarks.tapes import Requests

PROGRAM = Path(__file__).with_name("cold.py")


@dataclass(frozen=True)
class ColdStart:
    """Seconds of CPU until the first client is there, and until the first request is answered, with its status."""

    name: str
    start: float
    answered: float
    status: int


@dataclass(frozen=True)
class Measured:
    baseline: ColdStart
    functions: list[ColdStart]

    def ratios(self, one: ColdStart) -> tuple[float, float]:
        return one.start / self.baseline.start, one.answered / self.baseline.answered


def measure(files: list[Path], requests: Requests, rounds: int) -> Measured:
    """The baseline and every function, slowest first."""
    layers = layer.build()
    cases = {"": ("", str(requests.plain), str(layers.baseline))}
    for file in files:
        name = f"{file.parent.name}/{file.stem}"
        cases[name] = str(file), str(requests.files.get(name, "")), layers.path
    runs: dict[str, list[tuple[float, float, int]]] = {name: [] for name in cases}
    for round in range(rounds + 1):
        for name, (handler, request, path) in cases.items():
            run = _once(handler, request, path, requests.environment)
            if round:  # the first of each fills the disk's cache
                runs[name].append(run)
    starts = [_least(name, taken) for name, taken in runs.items()]
    return Measured(starts[0], sorted(starts[1:], key=lambda each: -each.start))


def _least(name: str, runs: list[tuple[float, float, int]]) -> ColdStart:
    start, request = (min(run[column] for run in runs) for column in (0, 1))
    return ColdStart(name, start, start + request, runs[0][2])


def _once(handler: str, request: str, path: str, environment: dict[str, str]) -> tuple[float, float, int]:
    # -S: nothing of the virtual environment, only what a function finds in its layers.
    command = [sys.executable, "-S", str(PROGRAM), handler, request]
    measured = {**environment, "PATH": os.environ["PATH"], "PYTHONPATH": path, "AWS_REGION": "ap-south-1"}
    ended = subprocess.run(command, check=True, env=measured, stdout=subprocess.PIPE, text=True)
    start, answered, status = ended.stdout.splitlines()[-1].split()
    return float(start), float(answered), int(status)
