"""Posting under the condition that certain records are as they were read, and again with them as they have become.

Where another request was quicker at one of the records nothing is posted; they are read again, and it is decided anew
until the deadline. A refusal is given only after a look for the request's own outcome: its first coming may be what
changed the record.
"""

from __future__ import annotations

import random
import time
from typing import Protocol, TypeVar

from ..errors import Problem
from ..ledger.errors import LedgerBusy, PreconditionFailed
from ..ledger.posting.pipeline import DEADLINE_SECONDS
from ..store.store import Store

PostedOutcome = TypeVar("PostedOutcome", covariant=True)


class ConditionalAttempt(Protocol[PostedOutcome]):
    def post(self, seconds: float) -> PostedOutcome:
        """Decides by the records as they are known, and posts within so many seconds. Raises PreconditionFailed."""

    def reload(self) -> None:
        """Reads the records again."""

    def stored(self) -> PostedOutcome | None:
        """What an earlier coming of this very request has made, if it has made anything."""


def post_as_read(store: Store, attempt: ConditionalAttempt[PostedOutcome]) -> PostedOutcome:
    """Raises LedgerBusy at the deadline, and whatever the attempt refuses with."""
    began, tries = time.monotonic(), 0
    while True:
        left = DEADLINE_SECONDS - (time.monotonic() - began)
        if left <= 0:
            raise LedgerBusy()
        try:
            return attempt.post(left)
        except PreconditionFailed:
            tries += 1
            bound = min(0.5, 0.005 * 2 ** min(tries, 7))
            store.sleep(random.uniform(0, bound))  # noqa: S311 - so that they don't meet again
            attempt.reload()
        except Problem:
            stored = attempt.stored()
            if stored is None:
                raise
            return stored
