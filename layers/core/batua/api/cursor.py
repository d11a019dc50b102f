"""Cursors of lists: where the next page begins, signed, and bound to the tenant and to the query.

A cursor of another tenant, or of the same list with other filters, is refused and tells nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from typing import Any

from .. import errors
from ..identity import secrets

_MAC_BYTES = 12


def seal_cursor(tenant: str, query: Mapping[str, Any], position: str) -> str:
    content = position.encode()
    """`query` names the list (`list`), and all that chooses its rows."""
    return base64.urlsafe_b64encode(_mac(tenant, query, content) + content).decode().rstrip("=")


def open_cursor(tenant: str, query: Mapping[str, Any], cursor: str) -> str:
    """The position of a cursor that this tenant was given for this query. Raises `invalid_cursor`."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError) as error:
        raise errors.INVALID_CURSOR() from error
    mac, content = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(tenant, query, content)):
        raise errors.INVALID_CURSOR()
    return content.decode()


def _mac(tenant: str, query: Mapping[str, Any], content: bytes) -> bytes:
    if "list" not in query:
        raise ValueError("a cursor is bound to a list: name it in the query")
    filters = json.dumps(
        {name: value for name, value in query.items() if value is not None}, sort_keys=True, default=str
    )
    return hmac.digest(secrets.pepper(tenant), b"cursor" + filters.encode() + b"\0" + content, "sha256")[:_MAC_BYTES]
