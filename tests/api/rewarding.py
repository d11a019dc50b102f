"""Rewards, customers with coins and redemptions, for the tests of redemptions."""

from __future__ import annotations

from typing import Any

from tests.api.conftest import Client
from tests.api.counter import BALANCE, ISSUE
from tests.api.signed_in import SignedIn, name

URL = "/api/v1/rewards"
REDEMPTIONS = f"{URL}/redemptions"


def reward(client: SignedIn, **fields: Any) -> str:
    body = {"title": name("Reward"), "type": "voucher", "points": 10, **fields}
    answer = client.post(URL, body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def customer(live: Client, phone: str, coins: int = 100) -> str:
    """A customer with so many coins."""
    answer = live.post(ISSUE, {"phone": phone, "coins": coins, "reference": name("sale")})
    assert answer.status_code == 200, answer.text
    return phone


def redeem(client: SignedIn, reward: str, phone: str, **more: Any) -> Any:
    headers = {"Idempotency-Key": key} if (key := more.pop("key", None)) else {}
    return client.post(f"{URL}/{reward}/redeem", {"phone": phone, **more}, headers=headers)


def redeemed(client: SignedIn, reward: str, phone: str, **more: Any) -> dict[str, Any]:
    answer = redeem(client, reward, phone, **more)
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def decide(client: SignedIn, redemption: str, act: str, body: Any = None, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"{REDEMPTIONS}/{redemption}/{act}", body or {}, headers=headers)


def redemption(client: SignedIn, id: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"{REDEMPTIONS}/{id}", params=query)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def coins(live: Client, phone: str) -> tuple[int, int, list[Any]]:
    """What is available and held, and the lots."""
    found = live.get(BALANCE, params={"phone": phone}).json()["data"]
    return found["available"], found["held"], found["expiring"]


def left(client: SignedIn, reward: str) -> int | None:
    found: int | None = client.get(f"{URL}/{reward}").json()["data"]["left"]
    return found


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
