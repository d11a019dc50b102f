"""A task of the workflow run_import: adds the parts up, and writes the report."""

from typing import Any

from batua import clock, observe
from batua.imports import steps
from batua.store.store import store


@observe.traced
def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    return steps.finish_import(store(), event, clock.system())
