"""Entries as lines of JSON, in DynamoDB's own form: `{"Item": {"pk": {"S": "…"}, …}}`, as it imports them.

The same entries give the same bytes: attributes are sorted, and the compression knows no time.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable
from typing import Any, Final

from ..store.codec import decode, encode
from ..store.store import Record

_LEVEL: Final = 6


class ContentDamaged(Exception):
    """Bytes that are not what was written."""


def to_line(record: Record) -> bytes:
    item = encode(record)
    return json.dumps({"Item": item}, sort_keys=True, separators=(",", ":"), default=_base64).encode()


def from_line(line: bytes) -> Record:
    """Raises ContentDamaged."""
    try:
        return decode(_with_bytes(json.loads(line)["Item"]))
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise ContentDamaged(str(fault)) from fault


def pack(lines: Iterable[bytes]) -> bytes:
    return gzip.compress(b"".join(line + b"\n" for line in lines), _LEVEL, mtime=0)


def unpack(body: bytes) -> list[bytes]:
    """The lines. Raises ContentDamaged."""
    try:
        return gzip.decompress(body).splitlines()
    except (OSError, EOFError, zlib.error) as fault:
        raise ContentDamaged(str(fault)) from fault


def content_digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _with_bytes(item: dict[str, Any]) -> dict[str, Any]:
    """DynamoDB's JSON with its binary values as bytes again."""
    return {name: _value(value) for name, value in item.items()}


def _value(wire: dict[str, Any]) -> dict[str, Any]:
    ((kind, value),) = wire.items()
    if kind == "B":
        return {"B": base64.b64decode(value, validate=True)}
    if kind == "M":
        return {"M": _with_bytes(value)}
    if kind == "L":
        return {"L": [_value(part) for part in value]}
    return wire
