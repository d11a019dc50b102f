"""An application with a wallet type and a customer."""

from __future__ import annotations

from typing import Any

import pytest

from batua import ids
from tests.api.conftest import Client
from tests.api.shops import Shop, open_shop  # noqa: F401 - a fixture

UNKNOWN = "waty_00000000000000000000000000"


@pytest.fixture(scope="module")
def app(open_shop: Any) -> Shop:  # noqa: F811
    made: Shop = open_shop()
    return made


@pytest.fixture(scope="module")
def wallet(app: Shop) -> str:
    return created(app.application, wallet_name="Points")


def created(client: Client, **body: Any) -> str:
    answer = client.post("/wallets", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["wallet_id"])


@pytest.fixture
def customer(app: Shop) -> str:
    """Somebody whom the application has just made known."""
    source = f"someone-{ids.new_id('src')}"
    assert app.application.put(f"/wallets/customer/{source}").status_code == 200
    return source


def post(client: Client, customer: str, wallet: str, points: Any, type: str = "credit", **more: Any) -> Any:
    headers = more.pop("headers", {})
    return client.put(
        f"/wallets/customer/{customer}/transactions/{wallet}",
        {"points": points, "type": type, **more},
        headers=headers,
    )


def moved(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()
