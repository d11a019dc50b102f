"""When API keys were last seen: noted now and then, at no cost to the counter.

An endpoint that moves value notes nothing: its entry in the ledger names the key that made it, and a list of the keys
looks there too (`tenants/api_keys.py`). Any other notes a key once in five minutes per execution environment.
"""

from __future__ import annotations

import threading
from typing import Final

from ..store import keys
from ..store.store import Contended, Store
from ..store.writes import Put

NOTE_EVERY_MS: Final = 5 * 60_000


class KeyUsageTracker:
    """One per execution environment."""

    def __init__(self) -> None:
        self._noted: dict[str, int] = {}
        self._lock = threading.Lock()

    def note(self, store: Store, tenant: str, key: str, now: int) -> None:
        """Writes down that the key was seen. Losing a note is no fault."""
        with self._lock:
            if now - self._noted.get(key, -NOTE_EVERY_MS) < NOTE_EVERY_MS:
                return
            if len(self._noted) > 10_000:
                self._noted.clear()
            self._noted[key] = now
        try:
            store.write(Put(keys.key_use_key(tenant, key), {"at": now}))
        except Contended:
            return
