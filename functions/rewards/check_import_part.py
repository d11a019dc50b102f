"""A task of the workflow run_import: reads and looks up the rows of a part."""

from typing import Any

from batua import clock, observe
from batua.imports import steps
from batua.store.store import store


@observe.traced
def handler(event: dict[str, Any], context: Any) -> int:
    return steps.run_check_part(store(), event, clock.system())
