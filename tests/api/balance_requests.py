"""Balance requests of a child to its parent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.gateway_parties import Party
from tests.waiting import until


def ask(child: Party, amount: Any = 1000, **more: Any) -> dict[str, Any]:
    body = {"amount": amount, "walletCustomerId": "customer-123", "remarks": "Business expansion needs", **more}
    answer = child.post("/balance-request", body)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def ended(party: Party, id: str) -> dict[str, Any]:
    """The request, once its workflow has come to its end."""

    def outcome() -> dict[str, Any] | None:
        found = [each for each in party.get("/my-balance-requests", limit=100).json()["data"] if each["id"] == id]
        return dict(found[0]) if found and found[0]["workflow"]["step"] not in ("WAITING", "SETTLING") else None

    return until(outcome, otherwise=f"the request {id} ended")


def stored(parent: Party, id: str) -> dict[str, Any]:
    """The record of a request, in the parent's books."""
    from batua.store import gateway_keys
    from batua.store.store import store

    mode = "T" if parent.key == "test_key" else "L"
    key = gateway_keys.balance_request_key(f"{mode}#{parent.id}", id)
    return store().read([key])[key] or {}


def execution_states(platform: Any) -> dict[str, str]:
    """How each execution of the workflow stands, by its name."""
    from batua.settings import settings

    client = platform.embedded_aws.client("stepfunctions")
    pages = client.get_paginator("list_executions").paginate(stateMachineArn=settings().balance_workflow)
    return {each["name"]: each["status"] for page in pages for each in page["executions"]}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Workflows look at their record every second."""
    from batua import settings

    monkeypatch.setenv("DECISION_WAIT_SECONDS", "1")
    settings.reset_settings()
    yield
    monkeypatch.undo()
    settings.reset_settings()
