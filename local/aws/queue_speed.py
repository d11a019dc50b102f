"""Where moto's SQS spends its time when a queue is long. Nothing in here changes an answer.

Each message that is sent or received has moto count all messages of the queue several times, and read the clock for
each of them; for each that is deleted it asks all of them whose handle that is, twice, and makes the list anew. Two
thousand webhooks at once would wait for nothing else, and a backlog would take the longer for each the longer it is.
"""

from __future__ import annotations

from contextlib import suppress

from moto.core.utils import unix_time, unix_time_millis
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, SQSBackend

from .patching import Patches


def install(patches: Patches) -> None:
    patches.replace(Queue, "messages", property(_messages))
    patches.replace(Queue, "approximate_number_of_messages_delayed", property(_delayed))
    patches.replace(Queue, "approximate_number_of_messages_not_visible", property(_not_visible))
    patches.replace(Queue, "delete_message", _delete)
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


def message_of(queue: Queue, receipt_handle: str) -> Message | None:
    """Those that were received are the oldest, so that few are looked at."""
    return next((each for each in list(queue._messages) if each.had_receipt_handle(receipt_handle)), None)


def _delete(queue: Queue, receipt_handle: str) -> None:
    """In place, under the queue's lock: one that is sent while moto makes the list anew could be lost."""
    if receipt_handle in queue.deleted_messages:
        return
    message = message_of(queue, receipt_handle)
    if message is None:
        raise ReceiptHandleIsInvalid
    queue.pending_messages.discard(message)
    queue.deleted_messages.update(message.all_receipt_handles)  # type: ignore[arg-type]
    with queue._messages_lock, suppress(ValueError):  # another delete was quicker
        queue._messages.remove(message)


def _is_kept(backend: SQSBackend, queue_name: str, message: Message) -> bool:
    kept = backend.get_queue(queue_name).message_retention_period  # type: ignore[attr-defined]
    return bool(kept + message.sent_timestamp / 1000 > unix_time())  # type: ignore[operator]
