"""A task of the balance request workflow: announces how the request ended."""

from typing import Any

from batua import clock
from batua.gateway import workflow
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`event` names the request: `scope` of the parent's books, and its id."""
    return workflow.announce_step(store(), event, clock.system())
