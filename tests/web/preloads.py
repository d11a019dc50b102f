"""The scripts that a page opens with, named in it to load at once: `python -m tests.web.preloads`.

Without that, a browser finds each script only in the one that imports it: several trips on a slow network.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from batua.platform import bundles

PORTAL = Path(__file__).resolve().parents[2] / "portal"
PAGES = {"index.html": ("app/start.js",), "my.html": ("my/main.js",)}
"""Page -> the modules that it begins with. Its areas of words are in its `data-words`; boot.js loads them."""

_LINES = re.compile(r"(?:  <link rel=\"modulepreload\" [^\n]*\n)*(?=  <script type=\"module\")")


def homes() -> dict[str, str]:
    """File -> the bundle that holds it."""
    scripts = (path.relative_to(PORTAL).as_posix() for path in PORTAL.rglob("*.js"))
    texts = {name: (PORTAL / name).read_text(encoding="utf-8") for name in scripts}
    files = bundles.members(texts, bundles.read_bundles(PORTAL))
    return {name: bundle for bundle, names in files.items() for name in names}


def reached(*modules: str) -> list[str]:
    """All that modules import without waiting, in the order in which it is met: bundles, and modules outside them."""
    found: list[str] = []
    waiting = list(modules)
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        found.append(name)
        paths = re.findall(r"from ?[\"'](\.[^\"']+)[\"']", (PORTAL / name).read_text(encoding="utf-8"))
        waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) for path in paths]
    placed = homes()
    return list(dict.fromkeys(placed.get(name, name) for name in found))


def with_preloads(page: str) -> str:
    links = "".join(f'  <link rel="modulepreload" href="/{name}">\n' for name in reached(*PAGES[page]))
    return _LINES.sub(links, (PORTAL / page).read_text(encoding="utf-8"), count=1)


if __name__ == "__main__":
    for name in PAGES:
        (PORTAL / name).write_text(with_preloads(name), encoding="utf-8")
