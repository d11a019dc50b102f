"""The parent and its child, as the tests of the gateway call it."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
import requests

from tests.connections import connections

BASE = "/gateway/wallet/api"
_numbers = itertools.count(1)
_run = f"{time.time_ns():x}"


@dataclass(frozen=True)
class Party:
    url: str
    known: dict[str, Any]
    key: str = "token"

    @property
    def id(self) -> str:
        return str(self.known["tenant_id"])

    @property
    def credential(self) -> str:
        """The id of the key or user behind the requests."""
        return str(jwt.decode(self.known[self.key], options={"verify_signature": False})["sub"])

    @property
    def headers(self) -> dict[str, str]:
        named = {"X-Tenant-Id": self.id, "X-User-Id": "poi-123-user"}
        return {"Authorization": f"Bearer {self.known[self.key]}", **named}

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        return connections().request(method, self.url + BASE + path, headers=headers, json=body, timeout=60, **more)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, params=query)

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        return self.call("POST", path, body, headers=headers)

    def put(self, path: str, body: Any = None, **headers: str) -> requests.Response:
        return self.call("PUT", path, body or {}, headers=headers)

    def balance(self) -> Any:
        return self.get("/balance").json()["data"]["balance"]

    def held(self) -> Any:
        return self.get("/balance").json()["data"]["held"]


def fresh(prefix: str) -> str:
    """A name that nothing has here."""
    return f"{prefix}-{_run}-{next(_numbers)}"


def charge(amount: Any, head: str = "Freight", direction: str = "debit", **more: Any) -> dict[str, Any]:
    return {
        "head": head,
        "amount": amount,
        "hsnOrSac": "996511",
        "isBillable": True,
        "absorbedBy": "merchant",
        "transactionType": direction,
        **more,
    }


def transaction(*charges: dict[str, Any], customer: str = "cust-1", **more: Any) -> dict[str, Any]:
    return {
        "customerId": customer,
        "entityType": "order",
        "referenceId": fresh("REF"),
        "currency": "INR",
        "charges": list(charges),
        **more,
    }


def spent(party: Party, amount: Any) -> dict[str, Any]:
    """Debits an amount for somebody else, and returns what a transaction needs that gives some of it back."""
    body = transaction(charge(amount), customer=fresh("other"))
    assert party.post("/create-transaction", body).ok
    return {"referenceId": body["referenceId"], "entityType": "refund"}


@pytest.fixture(scope="package")
def parent(platform: Any, credentials: dict[str, Any]) -> Party:
    return Party(platform.url, credentials["prayog_parent"])


@pytest.fixture(scope="package")
def child(platform: Any, credentials: dict[str, Any]) -> Party:
    return Party(platform.url, credentials["prayog_child"])


@pytest.fixture(scope="package")
def sandboxed(platform: Any, credentials: dict[str, Any]) -> Party:
    """The parent's sandbox."""
    return Party(platform.url, credentials["prayog_parent"], "test_key")
