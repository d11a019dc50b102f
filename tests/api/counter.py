"""Routes of a merchant's counter, and what the tests read from its answers."""

from __future__ import annotations

from typing import Any

ISSUE = "/api/v1/merchant/coins/issue"
REDEEM = "/api/v1/merchant/coins/redeem"
BALANCE = "/api/v1/merchant/customers/balance"
LEDGER = "/api/v1/merchant/ledger"
STATS = "/api/v1/merchant/stats"
CUSTOMERS = "/api/v1/merchant/customers"
WRONG = "Wrong number at the till"


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


def reassign(client: Any, transaction: str, phone: str, **more: Any) -> Any:
    body = {"phone": phone, "reason": WRONG, **more}
    return client.post(f"/api/v1/merchant/coins/{transaction}/reassign", body)


def merge(client: Any, customer: str, phone: str, **more: Any) -> Any:
    return client.post(f"/api/v1/merchant/customers/{customer}/merge", {"phone": phone, "reason": "One person", **more})


def listed(client: Any, **query: Any) -> list[dict[str, Any]]:
    """All rows, page after page."""
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        answer = client.get(CUSTOMERS, params={**query, **({"cursor": cursor} if cursor else {})})
        rows += data(answer)
        cursor = answer.json()["meta"]["next_cursor"]
        if cursor is None:
            return rows


def numbers(client: Any, **query: Any) -> list[str]:
    return [row["phone"] for row in listed(client, **query)]


def masked(phone: str) -> str:
    return f"{phone[:3]}••••••{phone[-4:]}"


def rename(client: Any, customer: str, name: str | None) -> Any:
    return client.call("PATCH", f"{CUSTOMERS}/{customer}", json={"name": name})
