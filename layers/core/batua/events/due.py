"""Once a minute: queues what is due, whether its time for another attempt has come or its nudge was lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..store import event_keys
from ..store.store import ConditionFailed, Record, Store
from ..store.writes import Condition, Update
from . import nudges
from .model import due_place, read_delivery
from .nudges import Nudge
from .schedule import LEASE_MS

_AT_ONCE: Final = 100
MOST: Final = 10_000
"""What one run queues at most; the next one goes on."""


def requeue(store: Store, now: int, most: int = MOST) -> int:
    """Queues every delivery that is due by `now`. Each is leased first, so that two runs at once queue it once."""
    queued, waiting = 0, []
    for record in _due(store, now):
        delivery = read_delivery(record)
        try:
            store.write(
                Update(
                    delivery.key,
                    set={"g2s": due_place(now + LEASE_MS, delivery)},
                    when=Condition(equal={"g2s": record["g2s"], "status": "pending"}),
                )
            )
        except ConditionFailed:
            continue  # done, or queued by somebody else, since the index was read
        waiting.append(Nudge.of(delivery))
        queued += 1
        if len(waiting) == _AT_ONCE or queued == most:
            nudges.send(waiting)
            waiting = []
        if queued == most:
            return queued
    nudges.send(waiting)
    return queued


def _due(store: Store, now: int) -> Iterator[Record]:
    for number in range(event_keys.DUE_PARTITIONS):
        partition = event_keys.due_deliveries_partition(number)
        yield from store.query_all("directory", partition, index="by_name", until=f"{now:015d}$", limit=_AT_ONCE)
