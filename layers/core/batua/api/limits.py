"""Rate limits per credential: a fixed window of a minute, shared by all execution environments.

Each environment may serve a few requests of a window by itself; past those it leases blocks of the quota from one
counter in the directory table. So a quiet shop pays nothing for its limit, and a busy one a write per block. The limit
may be passed by that small allowance times the number of environments, never by more.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .. import errors
from ..store.keys import Key, rate_key
from ..store.store import ConditionFailed, Store
from ..store.writes import ABSENT, Condition, Put, Update

WINDOW_SECONDS: Final = 60
OWN_ALLOWANCE: Final = 20
"""Requests of a window that an environment serves before it asks the shared counter."""

_LEASE_TRIES: Final = 4
"""Others may lease at the same time; whoever loses that often is served once more, and asks again."""


@dataclass(slots=True)
class _Window:
    number: int
    served: int = 0
    leased: int = 0
    spent: bool = False


class Limiter:
    """One per execution environment."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    def take(self, store: Store, credential: str, quota: int, now: int) -> Mapping[str, str]:
        """Counts a request. Returns the RateLimit headers; raises a 429 with Retry-After where the quota is spent."""
        number, passed = divmod(now // 1000, WINDOW_SECONDS)
        wait = WINDOW_SECONDS - passed
        policy = {"RateLimit-Policy": f'"minute";q={quota};w={WINDOW_SECONDS}'}
        with self._lock:
            window = self._window(credential, number)
            if window.served >= min(OWN_ALLOWANCE, quota) + window.leased:
                self._lease(store, credential, quota, window, number)
            if window.spent and window.served >= min(OWN_ALLOWANCE, quota) + window.leased:
                headers = {**policy, "RateLimit": f'"minute";r=0;t={wait}', "Retry-After": str(wait)}
                raise errors.RATE_LIMITED(headers=headers)
            window.served += 1
            left = max(0, quota - window.served)
        return {**policy, "RateLimit": f'"minute";r={left};t={wait}'}

    def _window(self, credential: str, number: int) -> _Window:
        window = self._windows.get(credential)
        if window is None or window.number != number:
            if len(self._windows) > 10_000:
                self._windows.clear()
            window = self._windows[credential] = _Window(number)
        return window

    @staticmethod
    def _lease(store: Store, credential: str, quota: int, window: _Window, number: int) -> None:
        if window.spent or quota <= OWN_ALLOWANCE:
            window.spent = True
            return
        shared = quota - OWN_ALLOWANCE
        block = wanted = min(shared, max(OWN_ALLOWANCE, math.ceil(quota / 50)))
        key = rate_key(credential, number)
        for _ in range(_LEASE_TRIES):
            try:
                store.write(_take(key, wanted))
            except ConditionFailed as refused:
                left = shared if refused.item is None else refused.item["left"]
                if left <= 0:
                    window.spent = True
                    return
                wanted = min(block, left)
                if refused.item is not None or not _begin(store, key, shared - wanted, number):
                    continue
            window.leased += wanted
            return


def _begin(store: Store, key: Key, left: int, number: int) -> bool:
    """The counter at its first lease of a window; False where another environment has just begun it."""
    try:
        store.write(Put(key, {"left": left, "ttl": (number + 2) * WINDOW_SECONDS}, when=ABSENT))
    except ConditionFailed:
        return False
    return True


def _take(key: Key, block: int) -> Update:
    return Update(key, add={"left": -block}, when=Condition(at_least={"left": block}))
