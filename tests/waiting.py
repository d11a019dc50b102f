"""Waiting for what a queue, a workflow or another thread does a moment later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 120.0
"""Seconds that nobody waits but on a machine with much else to do, and where something never comes."""


def until(check: Callable[[], T | None], seconds: float = PATIENCE, *, otherwise: Callable[[], object] | str = "") -> T:
    """The first answer of `check` that is true. An AssertionError after so many seconds, with what `otherwise` says."""
    end, pause = time.monotonic() + seconds, 0.01
    while not (found := check()):
        if time.monotonic() > end:
            seen = otherwise if isinstance(otherwise, str) else otherwise()
            raise AssertionError(f"not within {seconds:g} seconds: {seen or check}")
        # What is waited for is often done by threads of this process: a look every moment would keep them from it.
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)
    return found
