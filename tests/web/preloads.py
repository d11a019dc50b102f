"""The modules that a page opens with, named in it to load at once: `python -m tests.web.preloads`.

Without a bundle, a browser would find each module only in the one that imports it: four trips on a slow network.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

PORTAL = Path(__file__).resolve().parents[2] / "portal"
PAGES = {
    "index.html": (("app/main.js", "counter/counter.js"), ("base", "app", "counter")),
    "my.html": (("my/main.js",), ("base", "my")),
}
"""Page -> the modules that it begins with, and its areas of words."""

_LINES = re.compile(r"(?:  <link rel=\"modulepreload\" [^\n]*\n)*(?=  <script type=\"module\")")


def modules(page: str = "index.html") -> list[str]:
    """All that a page imports without waiting, in the order in which it is met."""
    roots, areas = PAGES[page]
    found: list[str] = []
    waiting = list(roots)
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found.append(name)
        text = (PORTAL / name).read_text(encoding="utf-8")
        paths = re.findall(r"from ?[\"'](\.[^\"']+)[\"']", text)
        waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) for path in paths]
    return [*found, *(f"messages/en/{area}.js" for area in areas)]


def with_preloads(page: str) -> str:
    links = "".join(f'  <link rel="modulepreload" href="/{name}">\n' for name in modules(page))
    return _LINES.sub(links, (PORTAL / page).read_text(encoding="utf-8"), count=1)


if __name__ == "__main__":
    for name in PAGES:
        (PORTAL / name).write_text(with_preloads(name), encoding="utf-8")
