"""A task of the workflow run_export: says in the record that the workflow has given up."""

from typing import Any

from batua import clock, observe
from batua.exports import steps
from batua.store.store import store


@observe.traced
def handler(event: dict[str, Any], context: Any) -> dict[str, bool]:
    return steps.fail_export(store(), event, clock.system())
