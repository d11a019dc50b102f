"""Once a minute: queues what is due, whether its time for another attempt has come or its message was lost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from ..store import event_keys
from ..store.store import ConditionFailed, Contended, Record, Store
from ..store.writes import Condition, Update
from . import attempt_queue
from .attempt_queue import DeliveryAttempt
from .model import due_place, read_webhook_delivery
from .retry_schedule import LEASE_MS

_PAGE_SIZE: Final = 100
_BATCH_SIZE: Final = 10
"""So many are leased before they are queued: no more have to wait for their lease where the queue does not answer."""
MAX_REQUEUED: Final = 10_000
"""What one run queues at most; the next one goes on."""


def requeue_due(store: Store, now: int, most: int = MAX_REQUEUED) -> int:
    """Queues every delivery that is due by `now`. Each is leased first, so that two runs at once queue it once."""
    leased = islice(_leased(store, now), most)
    queued = 0
    while chunk := list(islice(leased, _BATCH_SIZE)):
        attempt_queue.enqueue_attempts(chunk)
        queued += len(chunk)
    return queued


def _leased(store: Store, now: int) -> Iterator[DeliveryAttempt]:
    """What is due, each put off by a lease: done by then, or due again. What others have touched since is left out."""
    for record in _due(store, now):
        delivery = read_webhook_delivery(record)
        lease = Update(
            delivery.key,
            set={"g2s": due_place(now + LEASE_MS, delivery)},
            when=Condition(equal={"g2s": record["g2s"], "status": "pending"}),
        )
        try:
            store.write(lease)
        except (ConditionFailed, Contended):
            continue
        yield DeliveryAttempt.of(delivery)


def _due(store: Store, now: int) -> Iterator[Record]:
    for number in range(event_keys.DUE_DELIVERY_PARTITIONS):
        partition = event_keys.due_deliveries_partition(number)
        yield from store.query_all("directory", partition, index="by_name", until=f"{now:015d}$", limit=_PAGE_SIZE)
