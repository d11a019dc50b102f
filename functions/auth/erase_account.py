"""The step of `delete_account.asl.json` that erases an account whose time of grace is over."""

from typing import Any

from batua import clock
from batua.auth import deletion
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {"state": deletion.erase_account(store(), event["deletion"], clock.system())}
