"""Every quarter of an hour: reads the catalogues of vendors that are due."""

from typing import Any

from batua import clock
from batua.marketplace.refreshing import refresh_catalogues
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"refreshed": refresh_catalogues(store(), clock.system())}
