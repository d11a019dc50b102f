"""Routes of a merchant's counter, and what the tests read from its answers."""

from __future__ import annotations

from typing import Any

ISSUE = "/api/v1/merchant/coins/issue"
REDEEM = "/api/v1/merchant/coins/redeem"
BALANCE = "/api/v1/merchant/customers/balance"
LEDGER = "/api/v1/merchant/ledger"
STATS = "/api/v1/merchant/stats"


def data(response: Any) -> Any:
    assert response.status_code == 200, response.text
    return response.json()["data"]


def refusal(response: Any, status: int, code: str) -> Any:
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code), response.text
    assert body["success"] is False
    assert body["data"] is None
    assert body["status_code"] == status
    return body
