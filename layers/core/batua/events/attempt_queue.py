"""The queue of attempts. A message only triggers an attempt: the delivery's record says what is to be done, and
outlives a lost message.

It names how many attempts there were when it was sent, so that one that comes late or twice does nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..aws import client
from ..settings import settings
from .model import WebhookDelivery

_BATCH_SIZE: Final = 10


class NotQueued(Exception):
    """The queue has not taken all of it; what it has taken may be queued again."""


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    tenant: str
    endpoint: str
    event: str
    tries: int

    @staticmethod
    def of(delivery: WebhookDelivery) -> DeliveryAttempt:
        return DeliveryAttempt(delivery.tenant, delivery.endpoint, delivery.event, delivery.tries)

    @staticmethod
    def from_text(text: str) -> DeliveryAttempt:
        """Raises ValueError, KeyError or TypeError for any other text."""
        content: dict[str, Any] = json.loads(text)
        return DeliveryAttempt(
            str(content["tenant"]), str(content["endpoint"]), str(content["event"]), int(content["tries"])
        )

    def as_text(self) -> str:
        return json.dumps({"tenant": self.tenant, "endpoint": self.endpoint, "event": self.event, "tries": self.tries})


def enqueue_attempts(attempts: Sequence[DeliveryAttempt]) -> None:
    """Queues attempts. Raises NotQueued, or what botocore raises."""
    for start in range(0, len(attempts), _BATCH_SIZE):
        chunk = attempts[start : start + _BATCH_SIZE]
        # With groups, SQS lets the many messages of a slow endpoint wait behind the few of the others.
        entries = [
            {"Id": str(number), "MessageBody": attempt.as_text(), "MessageGroupId": attempt.endpoint}
            for number, attempt in enumerate(chunk)
        ]
        answer = client("sqs").send_message_batch(QueueUrl=settings().webhooks_queue, Entries=entries)
        if answer.get("Failed"):
            raise NotQueued(f"{len(answer['Failed'])} of {len(entries)} messages were not taken")
