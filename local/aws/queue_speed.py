"""Where moto's SQS spends its time when a queue is long. Nothing in here changes an answer.

Each message that is sent or received has moto count all messages of the queue several times, and read the clock for
each of them: two thousand webhooks at once would wait for nothing else.
"""

from __future__ import annotations

from moto.core.utils import unix_time, unix_time_millis
from moto.sqs.models import Message, Queue, SQSBackend

from .patching import Patches


def install(patches: Patches) -> None:
    patches.replace(Queue, "messages", property(_messages))
    patches.replace(Queue, "approximate_number_of_messages_delayed", property(_delayed))
    patches.replace(Queue, "approximate_number_of_messages_not_visible", property(_not_visible))
    patches.replace(SQSBackend, "is_message_valid_based_on_retention_period", _is_kept)


def _messages(queue: Queue) -> list[Message]:
    now = unix_time_millis()
    return [each for each in queue._messages if each.visible_at < now and each.delayed_until <= now]


def _delayed(queue: Queue) -> int:
    now = unix_time_millis()
    return sum(1 for each in queue._messages if now < each.delayed_until)


def _not_visible(queue: Queue) -> int:
    now = unix_time_millis()
    return sum(1 for each in queue._messages if now <= each.visible_at)


def _is_kept(backend: SQSBackend, queue_name: str, message: Message) -> bool:
    kept = backend.get_queue(queue_name).message_retention_period  # type: ignore[attr-defined]
    return bool(kept + message.sent_timestamp / 1000 > unix_time())  # type: ignore[operator]
