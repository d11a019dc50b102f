"""Cold start: a fresh process imports a handler and makes its first client, against one that only makes a boto3 client.

Runs are interleaved, so that a noisy neighbour is noise for both; the figure is the ratio of the medians.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import layer

BASELINE = "import boto3; boto3.client('dynamodb', region_name='ap-south-1')"
FUNCTION = """
import importlib.util
spec = importlib.util.spec_from_file_location("handler", {file!r})
spec.loader.exec_module(importlib.util.module_from_spec(spec))
from batua.store.store import store
store()
"""


@dataclass(frozen=True)
class ColdStart:
    name: str
    milliseconds: float
    ratio: float


def measure(files: list[Path], rounds: int) -> tuple[float, list[ColdStart]]:
    """The baseline in milliseconds and every function, slowest first."""
    layers = layer.build()
    cases = {"": (BASELINE, str(layers.baseline))}
    for file in files:
        cases[f"{file.parent.name}/{file.stem}"] = (FUNCTION.format(file=str(file)), layers.path)
    times: dict[str, list[float]] = {name: [] for name in cases}
    for code, path in cases.values():
        _once(code, path)  # the first of each fills the disk's cache
    for _ in range(rounds):
        for name, (code, path) in cases.items():
            times[name].append(_once(code, path))
    baseline = statistics.median(times.pop(""))
    starts = [
        ColdStart(name, 1000 * statistics.median(taken), statistics.median(taken) / baseline)
        for name, taken in times.items()
    ]
    return 1000 * baseline, sorted(starts, key=lambda start: -start.ratio)


def _once(code: str, path: str) -> float:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": path,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "ap-south-1",
        "LEDGER_TABLE": "Ledger",
        "DIRECTORY_TABLE": "Directory",
    }
    began = time.perf_counter()
    # -S: nothing of the virtual environment, only what a function finds in its layers.
    subprocess.run([sys.executable, "-S", "-c", code], check=True, env=environment)
    return time.perf_counter() - began
