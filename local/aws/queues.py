"""SQS to Lambda: batches, partial failures, and the dead-letter queue after `maxReceiveCount`.

On failure Lambda leaves a message invisible for the rest of the queue's visibility timeout, which is minutes. Here it
is visible again after `retry_after` seconds, so that a redrive can be watched; the counts are the queue's own.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from moto.core.utils import unix_time_millis
from moto.sqs.models import Message, Queue, SQSBackend

from local.model import REGION

from .mappings import MappingSettings, Poller, failed_records
from .patching import Patches

log = logging.getLogger(__name__)

RECEIVE_LIMIT = 10


class QueueMapping(Poller):
    """One function on one queue."""

    def __init__(
        self,
        queue: Queue,
        backend: SQSBackend,
        settings: MappingSettings,
        invoke: Callable[[dict[str, Any]], Any],
        retry_after: float,
    ) -> None:
        super().__init__(f"queue-{queue.name}")
        self._queue = queue
        self._backend = backend
        self._settings = settings
        self._invoke = invoke
        self._retry_after = retry_after

    @property
    def quiet(self) -> bool:
        """A message that is delayed is not due, and is not waited for."""
        return all(message.delayed for message in list(self._queue._messages))

    def deliver(self) -> bool:
        messages = [message for message in self._receive() if self._wanted(message)]
        if not messages:
            return False
        failed = self._attempt(messages)
        for message in messages:
            if message.id in failed:
                self._show_again(message)
            else:
                self._backend.delete_message(self._queue.name, str(message.receipt_handle))
        return True

    def _receive(self) -> list[Message]:
        """In several calls when the batch is larger than one call may return."""
        messages: list[Message] = []
        while len(messages) < self._settings.batch_size:
            count = min(RECEIVE_LIMIT, self._settings.batch_size - len(messages))
            timeout = int(self._queue.visibility_timeout or 30)  # type: ignore[attr-defined]
            received = self._backend.receive_message(self._queue.name, count, 0, timeout, ["All"])
            if not received:
                break
            messages += received
        return messages

    def _wanted(self, message: Message) -> bool:
        """What the filter drops is deleted, as Lambda does. A filter sees a JSON body as its content."""
        wanted = self._settings.wants({**self._record(message), "body": _content(message.body)})
        if not wanted:
            self._backend.delete_message(self._queue.name, str(message.receipt_handle))
        return wanted

    def _attempt(self, messages: list[Message]) -> set[str]:
        ids = [str(message.id) for message in messages]
        try:
            answer = self._invoke({"Records": [self._record(message) for message in messages]})
        except Exception as error:
            log.warning("%s failed: %r", self.name, error)
            return set(ids)
        return failed_records(answer, ids) if self._settings.partial else set()

    def _show_again(self, received: Message) -> None:
        """Received messages are copies: the one to show again is in the queue."""
        for message in list(self._queue._messages):
            if message.id == received.id:
                message.visible_at = unix_time_millis() + self._retry_after * 1000

    def _record(self, message: Message) -> dict[str, Any]:
        attributes = {
            "ApproximateReceiveCount": str(message.approximate_receive_count),
            "SentTimestamp": str(message.sent_timestamp),
            "SenderId": message.sender_id,
            "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        }
        if message.group_id:
            attributes |= {"MessageGroupId": message.group_id, "SequenceNumber": message.sequence_number or ""}
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": attributes,
            "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
            "md5OfBody": message.body_md5,
            "eventSource": "aws:sqs",
            "eventSourceARN": self._queue.queue_arn,
            "awsRegion": REGION,
        }


def _content(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    kind = value.get("DataType") or value.get("data_type")
    shape: dict[str, Any] = {"dataType": kind, "stringListValues": [], "binaryListValues": []}
    for camel, snake, name in (
        ("StringValue", "string_value", "stringValue"),
        ("BinaryValue", "binary_value", "binaryValue"),
    ):
        if (found := value.get(camel) or value.get(snake)) is not None:
            shape[name] = found
    return shape


def install(patches: Patches, mapping_of: Callable[[str], QueueMapping | None]) -> None:
    """A mapping is woken when its queue gets a message; otherwise it looks ten times a second."""
    original = Queue.add_message

    def add_message(self: Queue, message: Message) -> None:
        original(self, message)
        if mapping := mapping_of(self.name):
            mapping.wake()

    patches.replace(Queue, "add_message", add_message)
