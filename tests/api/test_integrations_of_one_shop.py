"""POST /api/v1/integrations: two connections of one system (create_connection)."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Client
from tests.api.counter import refusal
from tests.api.shops import Open, open_shop  # noqa: F401

BASE = "/api/v1/integrations"


def connected(admin: Client, body: dict[str, Any]) -> str:
    answer = admin.post(BASE, body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


@pytest.mark.parametrize(("system", "shop"), [("shopify", "kaveri.myshopify.com"), ("woocommerce", "kaveri.example")])
def test_a_second_connection_of_a_system_says_whose_it_is(system: str, shop: str, open_shop: Open) -> None:
    """Through two that do not, one order would be rewarded twice."""
    admin = open_shop().admin
    body = {"system": system, "name": "Online"}
    unnamed = connected(admin, body)
    for again in (body, {**body, "shop": shop}):
        assert list(refusal(admin.post(BASE, again), 400, "validation_error")["errors"]) == ["shop"]
    connected(admin, {**body, "mode": "test"})
    connected(admin, {"system": "pos", "name": "Till"})
    assert admin.call("DELETE", f"{BASE}/{unnamed}").status_code == 200
    connected(admin, {**body, "shop": shop})
    assert list(refusal(admin.post(BASE, body), 400, "validation_error")["errors"]) == ["shop"]
