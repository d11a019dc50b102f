"""Sends mail and text messages from the queue of messages."""

from typing import Any

from batua.auth import message_delivery
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return message_delivery.deliver_messages(store(), event)
