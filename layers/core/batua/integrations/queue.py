"""The queue between receiving a delivery and settling it."""

from __future__ import annotations

import json

from botocore.exceptions import BotoCoreError, ClientError

from .. import errors
from ..aws import client
from ..settings import settings
from .model import ConnectionDelivery


def enqueue_delivery(delivery: ConnectionDelivery) -> None:
    """Queues a stored delivery. Raises SERVICE_UNAVAILABLE: the sender tries again and finds it stored, not queued."""
    body = json.dumps({"connection": delivery.connection, "delivery": delivery.id})
    try:
        client("sqs").send_message(QueueUrl=settings().deliveries_queue, MessageBody=body)
    except (BotoCoreError, ClientError) as fault:
        raise errors.SERVICE_UNAVAILABLE(headers={"Retry-After": "5"}) from fault
