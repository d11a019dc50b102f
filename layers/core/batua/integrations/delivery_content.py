"""The content of a delivery: compressed in its record, or in S3 where it is too large for one."""

from __future__ import annotations

import zlib
from typing import Final

from .. import errors
from .model import ConnectionDelivery

MAX_INLINE: Final = 256 * 1024
"""Bytes after compression. A record of DynamoDB has 400 KB, and what became of 500 sales needs some of them."""


def store_body(id: str, connection: str, body: bytes) -> tuple[bytes | None, str | None]:
    """The compressed body, or the key of the file that holds it. Raises SERVICE_UNAVAILABLE: the sender tries again."""
    compressed = zlib.compress(body, 6)
    if len(compressed) <= MAX_INLINE:
        return compressed, None
    from botocore.exceptions import BotoCoreError, ClientError

    from ..files import store_content

    key = f"deliveries/{connection}/{id}"
    try:
        store_content(key, compressed, "application/zlib")
    except (BotoCoreError, ClientError) as fault:
        raise errors.SERVICE_UNAVAILABLE(headers={"Retry-After": "5"}) from fault
    return None, key


def read_body(delivery: ConnectionDelivery) -> bytes | None:
    """What was received; None once it was deleted."""
    compressed = delivery.body
    if compressed is None and delivery.file:
        from ..api.request import MAX_SIGNED_BODY
        from ..files import read_content

        compressed = read_content(delivery.file, MAX_SIGNED_BODY)
    return None if compressed is None else zlib.decompress(compressed)


def delete_file(delivery: ConnectionDelivery) -> None:
    if delivery.file:
        from ..files import remove_content

        remove_content([delivery.file])
