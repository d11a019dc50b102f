"""The documentation on this machine, under /guide/: what `make site` has built."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import unquote

from local.server import Request, Response

_MISSING = b"""<!doctype html><meta charset="utf-8"><title>Documentation</title>
<p>The documentation has not been built yet. Run <code>make site</code>, then load this page again.</p>
"""


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
        return Response(200, [("Content-Type", media), ("Cache-Control", "no-cache")], file.read_bytes())
