"""Prints the branch coverage of each package after `make coverage`: what the tests ran in their own processes.

Servers that a test starts as a process of their own are not counted, so a figure is a lower bound.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

COUNTS = ("num_statements", "covered_lines", "num_branches", "covered_branches")
REPORT = Path(".local/coverage/report.json")


def table(files: dict[str, dict[str, dict[str, int]]]) -> list[str]:
    """A line per package, the least covered first, and one for all. `files` is `files` of coverage.py's JSON report."""
    sums: dict[str, Counter[str]] = {}
    for name, file in files.items():
        for package in (package_of(name), "all"):
            sums.setdefault(package, Counter()).update({key: file["summary"].get(key, 0) for key in COUNTS})
    rows = sorted((package != "all", share(counts, "branches"), package) for package, counts in sums.items())
    lines = [f"{'package':<32}{'lines':>8}{'branches':>10}"]
    for _, _, package in [*rows[1:], rows[0]]:
        counts = sums[package]
        lines.append(f"{package:<32}{share(counts, 'lines'):>7.1f}%{share(counts, 'branches'):>9.1f}%")
    return lines


def package_of(name: str) -> str:
    parts = Path(name).parts
    if parts[:2] == ("layers", "core"):
        return ".".join(parts[2:4]).removesuffix(".py")
    return ".".join(parts[:2]).removesuffix(".py")


def share(counts: Counter[str], what: str) -> float:
    """Per cent that was run; 100 where there is nothing to run."""
    covered, every = {
        "lines": ("covered_lines", "num_statements"),
        "branches": ("covered_branches", "num_branches"),
    }[what]
    return 100.0 * counts[covered] / counts[every] if counts[every] else 100.0


def main() -> None:
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "json", "--quiet", "-o", str(REPORT)], check=True)
    subprocess.run([*coverage, "html", "--quiet"], check=True)
    sys.stdout.write("\n".join([*table(json.loads(REPORT.read_text())["files"]), ""]))


if __name__ == "__main__":
    main()
