"""A task of the workflow run_export: writes the next file of an export, and says whether another follows."""

from typing import Any

from batua import clock, observe
from batua.exports import steps
from batua.store.store import store


@observe.traced
def handler(event: dict[str, Any], context: Any) -> dict[str, bool]:
    return steps.write_export_part(store(), event, clock.system())
