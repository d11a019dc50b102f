"""When what failed is sent again: a schedule as data, over about a day.

The waits are looked at by a job that runs once a minute, so each may be up to a minute longer.
"""

from __future__ import annotations

import random
from typing import Final

RETRY_MINUTE_MS: Final = 60_000
RETRY_HOUR_MS: Final = 60 * RETRY_MINUTE_MS

RETRY_DELAYS: Final = (
    RETRY_MINUTE_MS // 2,
    2 * RETRY_MINUTE_MS,
    10 * RETRY_MINUTE_MS,
    30 * RETRY_MINUTE_MS,
    RETRY_HOUR_MS,
    2 * RETRY_HOUR_MS,
    4 * RETRY_HOUR_MS,
    7 * RETRY_HOUR_MS,
    9 * RETRY_HOUR_MS,
)
"""How long after the first failure the second attempt comes, and so on: ten attempts in 23.7 hours."""

JITTER: Final = 0.2
"""A wait may be so much shorter or longer, so that what failed together does not come again together."""

LEASE_MS: Final = 15 * RETRY_MINUTE_MS
"""How long an attempt that was queued may take to be made, before it is queued again."""

DISABLED_AFTER_MS: Final = 5 * 24 * RETRY_HOUR_MS
"""An endpoint at which every attempt has failed for so long is disabled."""


def retry_delay(step: int) -> int | None:
    """Milliseconds until the next attempt, when this many have failed; None when it is given up."""
    if step > len(RETRY_DELAYS):
        return None
    return int(RETRY_DELAYS[step - 1] * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - nobody gains by knowing it
