"""A use case in a test's own process, with the rights of the function that runs it on AWS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from local.runner import RUNNING


@contextmanager
def acting_as(function: str) -> Iterator[None]:
    """What is called inside may do what the role of this function grants, and nothing else.

    For what a schedule starts at a time that a test chooses itself: the function would take the time of the machine.
    """
    before = RUNNING.set(function)
    try:
        yield
    finally:
        RUNNING.reset(before)
