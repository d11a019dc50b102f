"""The documentation on this machine, under /guide/: what `make site` has built."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from local.server import Request, Response

_MISSING = b"""<!doctype html><meta charset="utf-8"><title>Documentation</title>
<p>The documentation has not been built yet. Run <code>make site</code>, then load this page again.</p>
"""


@lru_cache(512)
def _read_page(file: Path, changed: int) -> tuple[bytes, bytes | None, str]:
    """A file, compressed where that makes it smaller, and its tag. `changed` is when it was last written."""
    content = file.read_bytes()
    zipped = gzip.compress(content, 9, mtime=0)
    return (
        content,
        zipped if len(zipped) < 0.9 * len(content) else None,
        f'"{hashlib.sha256(content).hexdigest()[:32]}"',
    )


class Guide:
    """Serves the files of a folder; a page that tells how to build them while there are none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def page(self, request: Request) -> Response | None:
        """A file of the site; None for other addresses."""
        path = unquote(request.path)
        if request.method not in ("GET", "HEAD") or path.split("/")[1] != "guide":
            return None
        if path == "/guide":
            return Response(308, [("Location", "/guide/")])
        name = path.removeprefix("/guide/") or "index.html"
        file = (self._folder / name).resolve()
        if not file.is_relative_to(self._folder.resolve()) or not file.is_file():
            lost = self._folder / "404.html"
            return Response(404, [("Content-Type", "text/html")], lost.read_bytes() if lost.is_file() else _MISSING)
        media = mimetypes.guess_type(file.name)[0] or "text/plain; charset=utf-8"
        content, zipped, tag = _read_page(file, file.stat().st_mtime_ns)
        headers = [("Content-Type", media), ("Cache-Control", "no-cache"), ("ETag", tag), ("Vary", "Accept-Encoding")]
        if request.header("if-none-match") == tag:
            return Response(304, headers)
        if zipped is not None and "gzip" in (request.header("accept-encoding") or ""):
            return Response(200, [*headers, ("Content-Encoding", "gzip")], zipped)
        return Response(200, headers, content)
