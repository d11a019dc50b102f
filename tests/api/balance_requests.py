"""Balance requests of a child to its parent."""

from __future__ import annotations

from typing import Any

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
