"""Handing a message in.

It leaves by a queue, so that no answer waits for it, and none tells by its time that it was sent.
"""

from __future__ import annotations

from ..aws import client
from ..settings import settings
from .model import Message


def enqueue(message: Message) -> None:
    """Puts a message into the queue of `deliver_message`, which sends it, again and again if it has to."""
    client("sqs").send_message(QueueUrl=settings().messages_queue, MessageBody=message.as_text())
