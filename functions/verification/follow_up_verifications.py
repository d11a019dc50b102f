"""Every minute: asks the provider about identity checks without an outcome, and ends those that are over."""

from typing import Any

from batua import clock
from batua.store.store import store
from batua.verification.asking import follow_up_verifications


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"checks": follow_up_verifications(store(), clock.system())}
