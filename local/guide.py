"""The documentation on this machine, under /guide/: what `make site` has built."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from local.server import Request, Response

_HTML: Final = ("Content-Type", "text/html; charset=utf-8")
_FRESH: Final = ("Cache-Control", "no-store")

_UNBUILT: Final = Path(__file__).with_name("guide_unbuilt.html")
"""Shown while there is no site. Its styles are the portal's, which the same address serves."""

_FROM_THE_TOP: Final = re.compile(rb'((?:href|src)=")/(?!/)')
"""The builder's page for unknown addresses, which is answered at any depth, names everything from the site's top."""


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
    """Serves the files of a folder. While there are none: a page that tells how to build them, and the pages' texts."""

    def __init__(self, folder: Path, texts: Path) -> None:
        self._folder = folder
        self._texts = texts

    def page(self, request: Request) -> Response | None:
        """A file of the site; None for other addresses."""
        path = unquote(request.path)
        if request.method not in ("GET", "HEAD") or path.split("/")[1] != "guide":
            return None
        if path == "/guide":
            return Response(308, [("Location", "/guide/")])
        name = path.removeprefix("/guide/") or "index.html"
        built = (self._folder / "index.html").is_file()
        file = self._file(self._folder, name) if built else self._file(self._texts, name, only=".md")
        if file is None:
            return Response(404, [_HTML, _FRESH], self._lost() if built else _UNBUILT.read_bytes())
        # Python names a type for Markdown that browsers save to a file instead of showing it.
        media = "text/plain" if file.suffix == ".md" else mimetypes.guess_type(file.name)[0] or "text/plain"
        media = f"{media}; charset=utf-8" if media.startswith("text/") else media
        content, zipped, tag = _read_page(file, file.stat().st_mtime_ns)
        headers = [("Content-Type", media), ("Cache-Control", "no-cache"), ("ETag", tag), ("Vary", "Accept-Encoding")]
        if request.header("if-none-match") == tag:
            return Response(304, headers)
        if zipped is not None and "gzip" in (request.header("accept-encoding") or ""):
            return Response(200, [*headers, ("Content-Encoding", "gzip")], zipped)
        return Response(200, headers, content)

    @staticmethod
    def _file(folder: Path, name: str, only: str = "") -> Path | None:
        file = (folder / name).resolve()
        known = file.is_relative_to(folder.resolve()) and file.is_file() and file.name.endswith(only)
        return file if known else None

    def _lost(self) -> bytes:
        return _FROM_THE_TOP.sub(rb"\1/guide/", (self._folder / "404.html").read_bytes())
