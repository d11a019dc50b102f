"""The portal's pages on this machine: what CloudFront and S3 serve in a deployment, under the same headers."""

from __future__ import annotations

import gzip
import threading
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from local.server import Request, Response

API: Final = ("api", "gateway", "webhooks", "wallets", ".well-known", "local")
"""First segments of the addresses that are not pages. Whatever is unknown below them is the API's 404."""

HEADERS: Final = (
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
"""What the front door's policy for pages sends (`PageHeaders` in template.yaml)."""

_COMPRESSED: Final = (".html", ".js", ".css", ".json", ".svg", ".webmanifest", ".txt")


class Portal:
    """A change of the folder shows with the next request: what was read is kept only as long as no file is touched."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen: object = None
        self._files: dict[str, Any] = {}
        self._routes: dict[str, str] = {}
        self._compressed: dict[str, bytes] = {}

    def page(self, request: Request) -> Response | None:
        """A page or one of its files; None for the API's paths and for methods that pages do not have."""
        from batua.platform import site

        path = unquote(request.path)
        if request.method not in ("GET", "HEAD") or path.split("/")[1] in API:
            return None
        self._look()
        name = site.file_of(path, self._routes)
        file = self._files.get(name)
        status = 200 if file and name != site.NOT_FOUND_PAGE else 404
        name = name if file else site.NOT_FOUND_PAGE
        file = self._files[name]
        tag = f'"{file.digest}"'
        # What follows from a policy follows for documents and workers; on every file it would only weigh.
        policies = HEADERS if name.endswith(".html") or name in site.WORKERS else HEADERS[1:2]
        headers = [("Content-Type", file.media), ("Cache-Control", file.cache), ("ETag", tag), *policies]
        if status == 200 and request.header("if-none-match") == tag:
            return Response(304, headers)
        if name.endswith(_COMPRESSED) and "gzip" in (request.header("accept-encoding") or ""):
            headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
            return Response(status, headers, self._zipped(name))
        return Response(status, headers, file.body)

    def _look(self) -> None:
        from batua.platform import site

        seen = [(path, path.stat().st_mtime_ns) for path in sorted(self._folder.rglob("*"))]
        with self._lock:
            if seen != self._seen:
                self._files, self._routes = site.read_files(self._folder), site.read_routes(self._folder)
                self._compressed, self._seen = {}, seen

    def _zipped(self, name: str) -> bytes:
        with self._lock:
            if name not in self._compressed:
                self._compressed[name] = gzip.compress(self._files[name].body, 9, mtime=0)
            return self._compressed[name]
