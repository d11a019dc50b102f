"""Senders of shops and billing systems."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.auth_fixtures import proof_of


@pytest.fixture
def drain(platform: Any) -> Any:
    return lambda: platform.embedded_aws.drain(120)


def status(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["status"])


@pytest.fixture(scope="module")
def merchant_admin(keyed: Any, platform: Any, credentials: dict[str, Any]) -> Any:
    from tests.api.conftest import Client

    token = credentials["merchant_admin"]["token"]
    return Client(platform.url, {"Authorization": f"Bearer {token}", "X-Reauthentication": proof_of(token)})
