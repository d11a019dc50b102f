"""The canonical form of a request's content, from which fingerprints are made.

Version 1: JSON with sorted names, absent where the value is None (on every level), decimals without trailing zeros,
anything else as its text. So adding an optional field to a request model changes no stored fingerprint, and `100` and
`100.00` are one amount. A change of this form is a new version: what is stored under an older one must still match.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

FORM_VERSION: Final = 1


def canonical_json(content: Any) -> str:
    return json.dumps(_plain(content), sort_keys=True, separators=(",", ":"), default=str)


def content_fingerprint(operation: str, content: Any) -> bytes:
    """16 bytes that are the same for the same operation with the same content."""
    text = f"{FORM_VERSION}:{canonical_json([operation, content])}"
    return hashlib.sha256(text.encode()).digest()[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value.is_finite() else str(value)
    return value
