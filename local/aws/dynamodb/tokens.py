"""ClientRequestToken: a transaction that is sent again within ten minutes succeeds again and does nothing again."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Any

from moto.dynamodb.exceptions import ERROR_TYPE_PREFIX, DynamodbException

LIFETIME = 600.0


class IdempotentParameterMismatch(DynamodbException):
    error_type = ERROR_TYPE_PREFIX + "IdempotentParameterMismatchException"

    def __init__(self) -> None:
        message = "DynamoDB rejected the request because you retried a request with a different payload but with an "
        super().__init__(self.error_type, message + "idempotent token that was already used.")


@dataclass(frozen=True)
class Completed:
    fingerprint: bytes
    at: float


class CompletedTransactions:
    """Only transactions that succeeded are remembered: one that was cancelled is decided anew."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._completed: OrderedDict[str, Completed] = OrderedDict()

    def seen(self, token: str | None, items: list[dict[str, Any]]) -> bool:
        self._forget_old()
        completed = self._completed.get(token) if token else None
        if completed is None:
            return False
        if completed.fingerprint != _fingerprint(items):
            raise IdempotentParameterMismatch
        return True

    def remember(self, token: str | None, items: list[dict[str, Any]]) -> None:
        if token:
            self._completed[token] = Completed(_fingerprint(items), self._now())

    def _forget_old(self) -> None:
        oldest = self._now() - LIFETIME
        while self._completed and next(iter(self._completed.values())).at < oldest:
            self._completed.popitem(last=False)


def _fingerprint(items: list[dict[str, Any]]) -> bytes:
    return sha256(json.dumps(items, sort_keys=True, default=repr).encode()).digest()
