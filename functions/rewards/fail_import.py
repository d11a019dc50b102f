"""A task of the workflow run_import: says in the record that a run has failed for good."""

from typing import Any

from batua import clock, observe
from batua.imports import steps
from batua.store.store import store


@observe.traced
def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    return steps.fail_import(store(), event, clock.system())
