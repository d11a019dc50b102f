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
"""Others may lease at the same time; a request that loses that often is served once more."""


@dataclass(slots=True)
class _Window:
    number: int
    served: int = 0
    leased: int = 0
    limit: int = 0
    spent: bool = False


class Limiter:
    """One per execution environment. `allowance` is what it serves of a window before it asks the shared counter."""

    def __init__(self, allowance: int = OWN_ALLOWANCE) -> None:
        self._allowance = allowance
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    def require_open(self, name: str, now: int) -> None:
        """Raises a 429 where this environment knows that the quota of the window is spent. Costs nothing."""
        number, passed = divmod(now // 1000, WINDOW_SECONDS)
        window = self._windows.get(name)
        if window and window.number == number and window.spent and window.served >= window.limit:
            raise errors.RATE_LIMITED(headers={"Retry-After": str(WINDOW_SECONDS - passed)})

    def take(self, store: Store, credential: str, quota: int, now: int) -> Mapping[str, str]:
        """Counts a request. Returns the RateLimit headers; raises a 429 with Retry-After where the quota is spent."""
        number, passed = divmod(now // 1000, WINDOW_SECONDS)
        wait = WINDOW_SECONDS - passed
        policy = {"RateLimit-Policy": f'"minute";q={quota};w={WINDOW_SECONDS}'}
        with self._lock:
            window = self._window(credential, number)
            window.limit = min(self._allowance, quota) + window.leased
            if window.served >= window.limit:
                self._lease(store, credential, quota, window, number)
                window.limit = min(self._allowance, quota) + window.leased
            if window.spent and window.served >= window.limit:
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

    def _lease(self, store: Store, credential: str, quota: int, window: _Window, number: int) -> None:
        if window.spent or quota <= self._allowance:
            window.spent = True
            return
        shared = quota - self._allowance
        block = wanted = min(shared, max(self._allowance, math.ceil(quota / 50)))
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


REFUSED_PER_MINUTE: Final = 60
"""Refused calls of one credential that are worked on and recorded. After them it gets 429 and nothing is read."""

CUSTOMER_PER_MINUTE: Final = 240
"""Requests of one customer, on all their devices together."""

STRANGERS_PER_MINUTE: Final = 120
"""Calls of one route from one address without a credential that holds."""

REFUSED: Final = Limiter(allowance=5)
STRANGERS: Final = Limiter(allowance=STRANGERS_PER_MINUTE)
"""Nobody knows who they are, so no write is spent on them: each environment counts by itself."""


def stranger(route: str, path: Mapping[str, str], address: str) -> str:
    """The name under which calls without a good credential are counted."""
    return f"{route} {sorted(path.values())} {address}"
