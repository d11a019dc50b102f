"""Where the time of a cold start goes: what each import takes by itself, by stage and as a flame graph.

Times are of `-X importtime`, the least of several runs for each module; what it adds itself (about
a fifth) is in all of them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final

PROGRAM: Final = Path(__file__).with_name("cold.py")

STAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS": ("botocore", "urllib3", "dateutil", "jmespath", "six", "boto3", "s3transfer"),
    "models": ("pydantic", "pydantic_core", "annotated_types", "typing_inspection", "typing_extensions"),
    "signatures": ("jwt", "cryptography", "_cffi_backend"),
    "logs": ("aws_lambda_powertools",),
    "JSON": ("simplejson",),
    "ours": ("batua",),
}
OTHERS: Final = "Python's own"
COLOURS: Final = ("#4e79a7", "#f28e2b", "#b07aa1", "#76b7b2", "#9c755f", "#59a14f", "#bab0ac")
WIDTH, ROW, SMALLEST = 1200, 18, 1.0


@dataclass
class Import:
    """One module: milliseconds of its own, and what it imported."""

    name: str
    own: float
    parts: list[Import] = field(default_factory=list)

    @property
    def whole(self) -> float:
        return self.own + sum(part.whole for part in self.parts)

    @property
    def stage(self) -> str:
        package = self.name.partition(".")[0]
        return next((stage for stage, packages in STAGES.items() if package in packages), OTHERS)

    def all(self) -> Iterator[Import]:
        yield self
        for part in self.parts:
            yield from part.all()


def imports(handler: str, path: str, environment: Mapping[str, str], runs: int = 5) -> Import:
    """Everything that a fresh process imports until it could serve, as a tree."""
    measured = [_run(handler, path, environment) for _ in range(runs)]
    least = {name: min(run[name][1] for run in measured if name in run) for name in measured[-1]}
    root = Import("cold start", 0.0)
    waiting: dict[int, list[Import]] = {}
    for name, (depth, _) in measured[-1].items():  # a module is told after those that it imported, which stand deeper
        waiting.setdefault(depth, []).append(Import(name, least[name], waiting.pop(depth + 1, [])))
    root.parts = waiting.get(0, [])
    return root


def by_stage(tree: Import) -> dict[str, float]:
    totals = dict.fromkeys([*STAGES, OTHERS], 0.0)
    for each in tree.all():
        totals[each.stage] += each.own
    return totals


def flame_graph(tree: Import, title: str) -> str:
    """An SVG: each import as wide as it took, on top of the one that asked for it."""
    boxes: list[str] = []
    depth = _draw(tree, 0.0, 0, WIDTH / tree.whole, boxes)
    height = (depth + 3) * ROW
    legend = "".join(
        f'<rect x="{10 + 120 * number}" y="{height - ROW}" width="12" height="12" fill="{colour}"/>'
        f'<text x="{27 + 120 * number}" y="{height - ROW + 10}">{escape(stage)}</text>'
        for number, (stage, colour) in enumerate(zip([*STAGES, OTHERS], COLOURS, strict=True))
    )
    font = 'font-family="sans-serif" font-size="11"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {font}>'
        f'<rect width="100%" height="100%" fill="white"/><text x="10" y="13" font-size="13">{escape(title)}</text>'
        f"{''.join(boxes)}{legend}</svg>\n"
    )


def _draw(node: Import, left: float, depth: int, scale: float, boxes: list[str]) -> int:
    """Draws a module and what it imported below it; returns how deep that goes."""
    width = node.whole * scale
    if width < SMALLEST:
        return depth
    colour = COLOURS[[*STAGES, OTHERS].index(node.stage)]
    said = escape(f"{node.name}: {node.whole:.1f} ms, {node.own:.1f} of its own")
    fits = escape(node.name[: int(width / 6.2)]) if width > 20 else ""
    top = (depth + 1) * ROW
    boxes.append(
        f'<g><title>{said}</title><rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{ROW - 1}"'
        f' fill="{colour}" stroke="white" stroke-width="0.5"/><text x="{left + 3:.1f}" y="{top + 12}">{fits}</text></g>'
    )
    deepest = depth
    for part in node.parts:
        deepest = max(deepest, _draw(part, left, depth + 1, scale, boxes))
        left += part.whole * scale
    return deepest


def _run(handler: str, path: str, environment: Mapping[str, str]) -> dict[str, tuple[int, float]]:
    """Module -> how deep in others' imports it was asked for, and its own milliseconds; in the order of their ends."""
    command = [sys.executable, "-S", "-X", "importtime", str(PROGRAM), handler, ""]
    measured = {**environment, "PYTHONPATH": path}
    ended = subprocess.run(
        command, check=True, env=measured, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    found = {}
    for line in ended.stderr.splitlines():
        own, _, name = line.removeprefix("import time:").split("|") if line.count("|") == 2 else ("", "", "")
        if own.strip().isdigit():
            found[name.strip()] = (len(name) - len(name.lstrip()) - 1) // 2, int(own) / 1000
    return found
