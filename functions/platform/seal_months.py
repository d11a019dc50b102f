"""The step of `archive_month.asl.json` that seals the closed months of every tenant."""

from typing import Any

from batua.archive import steps
from batua.archive.bucket import archive_bucket
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return steps.seal_step(store(), archive_bucket(), event, steps.time_left(context))
