"""A task of the workflow run_import: brings in the rows of a part, or takes them back."""

from typing import Any

from batua import clock, observe
from batua.imports import steps
from batua.store.store import store


@observe.traced
def handler(event: dict[str, Any], context: Any) -> int:
    return steps.run_posting_part(store(), event, clock.system())
