"""Counts the tries that a posting lost, for the alarms on wallets and merchants that too many requests share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import LedgerBusy

ContentionMetrics = Counter[str]


@contextmanager
def contention_metrics() -> Iterator[ContentionMetrics]:
    """Takes the counts of one posting and emits them at its end.

    PostingsContended: tries that ended by a conflict, throttling or silence. PostingsOvertaken: another posting was
    first. ShardConflicts: tries that conflicted at a shard of a merchant's month. PostingsGivenUp: it ended busy.
    """
    metrics: ContentionMetrics = Counter()
    try:
        yield metrics
    except LedgerBusy:
        metrics["PostingsGivenUp"] += 1
        raise
    finally:
        if metrics.total():
            # Rare: a posting that gets through at the first try neither counts nor imports what counts.
            from ... import observe

            observe.tally(**metrics)
