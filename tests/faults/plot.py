"""An SVG plot of how many planted bugs are caught within how many seeds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 300, 56, 44, 28, 16


def catches(seeds: Sequence[int], bugs: int, most: int) -> str:
    """Steps over a logarithmic axis of seeds. `seeds` are those that caught a bug each, of so many bugs."""
    return "\n".join(_lines(sorted(seeds), bugs, most)) + "\n"


def _lines(seeds: Sequence[int], bugs: int, most: int) -> Iterator[str]:
    def x(seed: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * math.log10(seed) / math.log10(most), 1)

    def y(count: int) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * count / bugs, 1)

    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
    yield '  font-family="sans-serif" font-size="12">'
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    yield f'<text x="{LEFT}" y="16" font-weight="bold">Planted bugs caught, of {bugs}, by seeds tried</text>'
    for power in range(int(math.log10(most)) + 1):
        at = x(10**power)
        yield f'<line x1="{at}" y1="{TOP}" x2="{at}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>'
        yield f'<text x="{at}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{10**power:,}</text>'
    for count in range(0, bugs + 1, 5):
        yield f'<line x1="{LEFT}" y1="{y(count)}" x2="{WIDTH - RIGHT}" y2="{y(count)}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y(count) + 4}" text-anchor="end">{count}</text>'
    points, count = [f"{x(1)},{y(0)}"], 0
    for seed in seeds:
        points.append(f"{x(seed)},{y(count)}")
        count += 1
        points.append(f"{x(seed)},{y(count)}")
    points.append(f"{x(most)},{y(count)}")
    yield f'<polyline points="{" ".join(points)}" fill="none" stroke="#0a7" stroke-width="2"/>'
    yield f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 8}" text-anchor="middle">seeds</text>'
    yield "</svg>"
