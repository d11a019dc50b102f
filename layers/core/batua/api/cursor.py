"""Cursors of lists: where the next page begins, signed, and bound to the tenant and to the query.

A cursor of another tenant, or of the same list with other filters, is refused and tells nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from .. import errors
from ..identity import secrets

_MAC_BYTES = 12
_Row = TypeVar("_Row")


def seal_cursor(tenant: str, query: Mapping[str, Any], position: str) -> str:
    """`query` names the list (`list`), and all that chooses its rows."""
    content = position.encode()
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


def take_page(rows: Iterable[tuple[str, _Row | None]], limit: int, looked_at: int) -> tuple[list[_Row], str | None]:
    """A page of a list with filters, and the position after which the next one begins; None at the end.

    `rows`: each with its position, None for one that the filters leave out. No more than `looked_at` of them are read.
    """
    taken: list[_Row] = []
    position = ""
    for number, (place, row) in enumerate(rows, start=1):
        if row is not None:
            if len(taken) == limit:
                return taken, position
            taken.append(row)
        position = place
        if number >= looked_at:
            return taken, position
    return taken, None


def _mac(tenant: str, query: Mapping[str, Any], content: bytes) -> bytes:
    if "list" not in query:
        raise ValueError("a cursor is bound to a list: name it in the query")
    filters = json.dumps(
        {name: value for name, value in query.items() if value is not None}, sort_keys=True, default=str
    )
    return hmac.digest(secrets.pepper(tenant), b"cursor" + filters.encode() + b"\0" + content, "sha256")[:_MAC_BYTES]
