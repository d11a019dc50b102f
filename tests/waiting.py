"""Waiting for what a queue, a workflow or another thread does a moment later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(check: Callable[[], T], seconds: float = 60) -> T:
    """The first answer of `check` that is true. An AssertionError after so many seconds."""
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, "it has not happened in time"
        time.sleep(0.02)
    return found
