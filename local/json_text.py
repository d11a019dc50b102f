"""JSON between processes and functions: quickly, and all that Python's own parser reads.

JSON can write half a character (`\\ud800`) and Python's writes what is no number (`Infinity`); Lambda's runtime passes
both. The quick parser refuses them, and Python's takes over.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec


def read_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return json.loads(text)


def write_json(value: Any) -> str:
    """Of values that came from JSON."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return json.dumps(value)
