"""Files as answers: an entity tag, 304 where the caller has it already, gzip where the caller takes it."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from .request import Request, accept_names
from .styles import Raw

_SMALL: Final = 1024
"""Bytes below which compression saves less than its header costs."""


@dataclass(frozen=True)
class _File:
    content: bytes

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:32]

    @cached_property
    def gzipped(self) -> bytes:
        return gzip.compress(self.content, mtime=0)


def serve_file(
    request: Request, path: Path, media: str, *, seconds: int = 0, headers: Mapping[str, str] | None = None
) -> Raw:
    """The file, good for so many seconds without asking again. Raises FileNotFoundError."""
    file = _load_file(path, path.stat().st_mtime_ns)
    takes_gzip = accept_names(request.headers.get("accept-encoding", ""), "gzip", "*")
    compressed = len(file.content) >= _SMALL and takes_gzip
    # Two encodings are two representations, so they have two tags.
    tag = f'"{file.digest}-gzip"' if compressed else f'"{file.digest}"'
    response_headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={seconds}" if seconds else "no-cache",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        **(headers or {}),
    }
    if has_tag(request.headers.get("if-none-match", ""), tag):
        return Raw("", media, response_headers, 304)
    if compressed:
        return Raw(file.gzipped, media, {**response_headers, "Content-Encoding": "gzip"})
    return Raw(file.content, media, response_headers)


@lru_cache(maxsize=16)
def _load_file(path: Path, changed: int) -> _File:
    """Kept for as long as the execution environment lives; `changed` makes an edited file another one."""
    return _File(path.read_bytes())


def has_tag(header: str, tag: str) -> bool:
    """Whether If-None-Match names the tag. Proxies may have made it weak, which means the same here."""
    tags = [part.strip().removeprefix("W/") for part in header.split(",")]
    return tag in tags or tags == ["*"]
