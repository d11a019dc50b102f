"""Counts the tries that a posting lost, for the alarms that watch for wallets and merchants in too many hands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from ... import errors
from ...store.store import Contended

ContentionMetrics = Counter[str]


@contextmanager
def contention_metrics() -> Iterator[ContentionMetrics]:
    """Takes counts of one posting, tells them at its end, and makes what is contended for too long a busy answer.

    PostingsContended: tries that conflict, throttling or silence ended. PostingsOvertaken: somebody else was before.
    ShardConflicts: those that met somebody at a shard of a merchant's month. PostingsGivenUp: the posting ends busy.
    """
    lost: ContentionMetrics = Counter()
    try:
        try:
            yield lost
        except Contended as busy:
            raise errors.BUSY(headers={"Retry-After": "1"}) from busy
    except errors.Problem as problem:
        lost["PostingsGivenUp"] += problem.kind is errors.BUSY
        raise
    finally:
        if lost.total():
            # Rare: whoever posts at the first try neither counts nor imports what counts.
            from ... import observe

            observe.tally(**lost)
