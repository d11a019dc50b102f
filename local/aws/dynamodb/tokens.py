"""ClientRequestToken: a transaction that is sent again within ten minutes succeeds again and does nothing again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Any

import msgspec

from .errors import TokenReused

LIFETIME = 600.0


@dataclass(frozen=True, slots=True)
class Completed:
    fingerprint: bytes
    at: float


class CompletedTransactions:
    """Only transactions that succeeded are remembered: one that was cancelled is decided anew."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._completed: OrderedDict[str, Completed] = OrderedDict()

    def seen(self, token: str | None, items: list[dict[str, Any]]) -> bool:
        """Raises `TokenReused` where the token came with another request."""
        self._forget_old()
        completed = self._completed.get(token) if token else None
        if completed is None:
            return False
        if completed.fingerprint != _fingerprint(items):
            raise TokenReused
        return True

    def remember(self, token: str | None, items: list[dict[str, Any]]) -> None:
        if token:
            self._completed[token] = Completed(_fingerprint(items), self._now())

    def _forget_old(self) -> None:
        oldest = self._now() - LIFETIME
        while self._completed and next(iter(self._completed.values())).at < oldest:
            self._completed.popitem(last=False)


def _fingerprint(items: list[dict[str, Any]]) -> bytes:
    return sha256(msgspec.json.encode(items, order="deterministic")).digest()[:16]
