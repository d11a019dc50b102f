"""A task of the workflow run_import: says which parts there are; a check splits the file first."""

from typing import Any

from batua import clock, observe
from batua.imports import steps
from batua.store.store import store


@observe.traced
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return steps.begin_import(store(), event, clock.system())
