"""Passwords whose hashes cost next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Hashes are made with little memory: tests sign in over a thousand times, at a tenth of a second each.

    What a password costs where it counts is held by tests/unit/test_passwords.py.
    """
    from batua.identity import passwords

    before = passwords.MEMORY_KIB, passwords.PASSES
    passwords.MEMORY_KIB, passwords.PASSES = 64, 1  # type: ignore[misc]
    passwords._hasher.cache_clear()
    try:
        yield
    finally:
        passwords.MEMORY_KIB, passwords.PASSES = before  # type: ignore[misc]
        passwords._hasher.cache_clear()
