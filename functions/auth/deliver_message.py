"""Sends mail and text messages from the queue of messages."""

from typing import Any

from batua.auth import outgoing
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return outgoing.deliver(store(), event)
