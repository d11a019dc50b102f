"""The queue between receiving a delivery and settling it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from .. import errors
from ..aws import client
from ..settings import settings
from .model import ConnectionDelivery

_BATCH_SIZE: Final = 10
"""Messages that SQS takes in one call."""


def enqueue_deliveries(deliveries: Sequence[ConnectionDelivery]) -> None:
    """Queues stored deliveries. Raises SERVICE_UNAVAILABLE where one could not be; those before it are queued."""
    for first in range(0, len(deliveries), _BATCH_SIZE):
        entries = [
            {"Id": str(number), "MessageBody": _queue_message(delivery)}
            for number, delivery in enumerate(deliveries[first : first + _BATCH_SIZE])
        ]
        try:
            answer = client("sqs").send_message_batch(QueueUrl=settings().deliveries_queue, Entries=entries)
        except (BotoCoreError, ClientError) as fault:
            raise errors.SERVICE_UNAVAILABLE(headers={"Retry-After": "5"}) from fault
        if answer.get("Failed"):
            raise errors.SERVICE_UNAVAILABLE(headers={"Retry-After": "5"})


def enqueue_where_possible(deliveries: Sequence[ConnectionDelivery]) -> set[str]:
    """Queues stored deliveries. Returns the ids of those that the queue has not taken."""
    untaken: set[str] = set()
    for first in range(0, len(deliveries), _BATCH_SIZE):
        some = deliveries[first : first + _BATCH_SIZE]
        try:
            enqueue_deliveries(some)
        except errors.Problem:
            untaken |= {each.id for each in some}
    return untaken


def enqueue_delivery(delivery: ConnectionDelivery) -> None:
    """Queues a stored delivery. Raises SERVICE_UNAVAILABLE: the sender tries again and finds it stored, not queued."""
    try:
        client("sqs").send_message(QueueUrl=settings().deliveries_queue, MessageBody=_queue_message(delivery))
    except (BotoCoreError, ClientError) as fault:
        raise errors.SERVICE_UNAVAILABLE(headers={"Retry-After": "5"}) from fault


def _queue_message(delivery: ConnectionDelivery) -> str:
    return json.dumps({"connection": delivery.connection, "delivery": delivery.id})
