"""Orders of the marketplace."""

from __future__ import annotations

from typing import Any

from tests.api.signed_in import SignedIn
from tests.waiting import until

URL = "/api/v1/marketplace"


def order(client: SignedIn, product: str, phone: str, expected: int = 10, **more: Any) -> Any:
    headers = {"Idempotency-Key": key} if (key := more.pop("key", None)) else {}
    body = {"phone": phone, "product_id": product, "expected_points": expected, **more}
    return client.post(f"{URL}/checkout", body, headers=headers)


def placed(client: SignedIn, product: str, phone: str, expected: int = 10, **more: Any) -> dict[str, Any]:
    answer = order(client, product, phone, expected, **more)
    assert answer.status_code == 202, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def settled(client: SignedIn, id: str) -> dict[str, Any]:
    """The order, once the workflow has brought it to its end."""

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = client.get(f"{URL}/orders/{id}").json()["data"]
        return None if found["state"] == "processing" else found

    return until(ended, otherwise=f"the order {id} settled")
