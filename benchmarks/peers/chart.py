"""The figures as a picture: requests a second by work and concurrency, a bar for each contestant."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt

from benchmarks.peers.work import AT_ONCE, WORK, Results

COLOURS = ("#b5481d", "#31688e", "#6b8e23", "#8a8a8a")


def draw(results: Results, names: list[str], file: Path) -> None:
    # Text stays text, and the same figures make the same file.
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "peers", "font.size": 9})
    figure, panels = plt.subplots(1, len(WORK), figsize=(12, 3.4), layout="constrained")
    width = 0.8 / len(names)
    for panel, (work, title) in zip(panels, WORK.items(), strict=True):
        for place, name in enumerate(names):
            heights = [results[work, at_once][name].rate for at_once in AT_ONCE]
            middles = [number + (place - (len(names) - 1) / 2) * width for number in range(len(AT_ONCE))]
            panel.bar(middles, heights, width, label=name, color=COLOURS[place % len(COLOURS)])
        panel.set_title(title)
        panel.set_xticks(range(len(AT_ONCE)), [str(at_once) for at_once in AT_ONCE])
        panel.set_xlabel("clients at once")
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("requests a second")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(names), frameon=False)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)
