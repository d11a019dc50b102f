"""The function behind the queue of messages."""

from __future__ import annotations

from typing import Any

from .. import clock, observe
from ..messages import branding, sender, templates
from ..messages.model import Message
from ..store.store import Store
from .password import RESET_REQUEST, password_reset_message


def deliver_messages(store: Store, event: dict[str, Any]) -> dict[str, Any]:
    """Sends a batch. What could not be sent is named, comes again, and at last goes to the dead letters."""
    failures = []
    for record in event["Records"]:
        try:
            _deliver(store, Message.from_text(record["body"]))
        except Exception as fault:
            # Neither the message nor the fault's text is written down: both may hold an address or a code.
            observe.log().error(
                "a message could not be sent", extra={"message_id": record["messageId"], "fault": type(fault).__name__}
            )
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _deliver(store: Store, message: Message) -> None:
    if message.kind == RESET_REQUEST:
        wanted = password_reset_message(store, message.to, clock.system())
        if wanted is None:
            return
        message = wanted
    brand = branding.branding_of(store, message.tenant)
    sender.send_message(message, templates.render_message(message, brand), brand)
