"""A task of the balance request workflow: leaves the token that the decision sends back."""

from typing import Any

from batua.gateway import workflow
from batua.store.store import store


def handler(event: dict[str, Any], context: Any) -> None:
    """`event` names the request: `scope` of the parent's books, and its id."""
    workflow.wait_step(store(), event)
