"""Every five minutes: checks the platform, and publishes what anyone may read."""

from typing import Any

from batua import clock
from batua.landing.refresh import refresh_landing
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, bool]:
    return refresh_landing(store(), clock.system())
