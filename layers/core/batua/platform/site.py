"""The portal's static files as they are served: addresses, types, caching, and the list that makes them work offline.

The folder `portal/` is served as it is committed, without a build step. `routes.json` maps the first segment of a
page's address to its file. Three things are done on the way: scripts and styles go out without their comments and
indentation, line by line; what `bundles.json` names is joined (`bundles.py`); and a digest of every file goes in front
of each service worker, so that browsers notice a new version and fetch what has changed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from batua.platform import bundles

MEDIA: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}
"""Suffix -> media type. A file of any other kind is not part of the site."""

REVALIDATE: Final = "no-cache"
KEEP: Final = "public, max-age=2592000"
"""For fonts, which change by name."""
BRIEFLY: Final = "public, max-age=60"
"""For the icons: every icon that a page adds looks for the file again, and must not wait for the network each time."""

ROUTES: Final = "routes.json"
WORKERS: Final = ("sw.js", "my-sw.js")
"""The service workers: of the portal, and of the customer's page. Each gets the digests of every other file."""
NOT_FOUND_PAGE: Final = "404.html"


@dataclass(frozen=True, slots=True)
class SiteFile:
    body: bytes
    media: str
    cache: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:16]


def read_files(folder: Path) -> dict[str, SiteFile]:
    """Every file that is served, by its path below the folder: `index.html`, `style/base.css`."""
    bodies: dict[str, bytes] = {}
    texts: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or path.suffix not in MEDIA or name in (ROUTES, bundles.BUNDLES):
            continue
        if path.suffix in (".js", ".css"):
            texts[name] = _page_text(path, name)
        else:
            bodies[name] = path.read_bytes()
    roots = bundles.read_bundles(folder)
    joined = [name for names in bundles.members(texts, roots).values() for name in names]
    bundles.join(texts, roots)
    bodies |= {name: text.encode() for name, text in texts.items()}
    files = {name: _site_file(name, body) for name, body in sorted(bodies.items())}
    workers = {name: files.pop(name) for name in WORKERS if name in files}
    digests = json.dumps({name: file.digest for name, file in files.items()}, separators=(",", ":"))
    head = f"const DIGESTS = {digests};\nconst JOINED = {json.dumps(joined)};\n"
    for name, worker in workers.items():
        files[name] = SiteFile(head.encode() + worker.body, worker.media, REVALIDATE)
    return files


def _site_file(name: str, body: bytes) -> SiteFile:
    suffix = Path(name).suffix
    return SiteFile(body, MEDIA[suffix], {".woff2": KEEP, ".svg": BRIEFLY}.get(suffix, REVALIDATE))


_COMMENT: Final = re.compile(r"^[ \t]*(?://[^\n]*|/\*.*?\*/[ \t]*)$", re.DOTALL | re.MULTILINE)
"""A comment that has its lines to itself. Within a template literal, no line of ours begins like one."""


_AROUND: Final = re.compile(r"\s*([{};,])\s*")
"""Blanks that mean nothing in a style sheet. None of ours stand in a string."""


def _page_text(path: Path, name: str) -> str:
    text = path.read_text(encoding="utf-8")
    if name.startswith("vendor/"):
        return text
    bare = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)
    lines = [line.strip() for line in bare.split("\n")]
    if path.suffix == ".css":
        lines = [_AROUND.sub(r"\1", line) for line in lines if line]
    return "\n".join(lines)


def read_routes(folder: Path) -> dict[str, str]:
    """First segment of a page's address -> its file; the empty segment is the front page."""
    routes: dict[str, str] = json.loads((folder / ROUTES).read_text(encoding="utf-8"))
    return routes


def file_of(path: str, routes: Mapping[str, str]) -> str:
    """The file that answers a path such as `/ledger/x` or `/style/base.css`; `404.html` for a page that is none."""
    segments = path.removeprefix("/").split("/")
    if "." in segments[-1]:
        return "/".join(segments)
    return routes.get(segments[0], NOT_FOUND_PAGE)
