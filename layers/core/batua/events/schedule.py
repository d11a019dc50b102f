"""When what failed is sent again: a schedule as data, over about a day.

The waits are looked at by a job that runs once a minute, so each may be up to a minute longer.
"""

from __future__ import annotations

import random
from typing import Final

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS

WAITS: Final = (
    MINUTE_MS // 2,
    2 * MINUTE_MS,
    10 * MINUTE_MS,
    30 * MINUTE_MS,
    HOUR_MS,
    2 * HOUR_MS,
    4 * HOUR_MS,
    7 * HOUR_MS,
    9 * HOUR_MS,
)
"""How long after the first failure the second attempt comes, and so on: ten attempts in 23.7 hours."""

JITTER: Final = 0.2
"""A wait may be so much shorter or longer, so that what failed together does not come again together."""

LEASE_MS: Final = 15 * MINUTE_MS
"""How long an attempt that was queued may take to be made, before it is queued again."""

DISABLED_AFTER_MS: Final = 5 * 24 * HOUR_MS
"""An endpoint at which every attempt has failed for so long is disabled."""


def wait(step: int) -> int | None:
    """Milliseconds until the next attempt, when this many have failed; None when it is given up."""
    if step > len(WAITS):
        return None
    return int(WAITS[step - 1] * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - nobody gains by knowing it
