"""The modules that the portal opens with, named in index.html to load at once: `python -m tests.web.preloads`.

Without a bundle, a browser would find each module only in the one that imports it: four trips on a slow network.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

PORTAL = Path(__file__).resolve().parents[2] / "portal"
ROOTS = ("app/main.js", "counter/counter.js")
_LINES = re.compile(r"(?:  <link rel=\"modulepreload\" [^\n]*\n)*(?=  <script type=\"module\")")


def modules() -> list[str]:
    """All that the roots import without waiting, in the order in which they are met."""
    found: list[str] = []
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found.append(name)
        text = (PORTAL / name).read_text(encoding="utf-8")
        paths = re.findall(r"from ?[\"'](\.[^\"']+)[\"']", text)
        waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) for path in paths]
    return [*found, *(f"messages/en/{area}.js" for area in ("base", "app", "counter"))]


def page() -> str:
    links = "".join(f'  <link rel="modulepreload" href="/{name}">\n' for name in modules())
    return _LINES.sub(links, (PORTAL / "index.html").read_text(encoding="utf-8"), count=1)


if __name__ == "__main__":
    (PORTAL / "index.html").write_text(page(), encoding="utf-8")
