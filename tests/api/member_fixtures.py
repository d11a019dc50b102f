"""A network of the operator and merchants that join it, for the tests of networks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Client
from tests.api.counter import data
from tests.api.program_fixtures import *  # noqa: F403 - fixtures
from tests.api.program_fixtures import URL, SignIn, made


@pytest.fixture
def network(operator: Client) -> str:
    """A network of the operator."""
    body = {"name": "Chandni Coins", "kind": "network", "earn_percent": 5}
    return str(made(operator.post(URL, body))["id"])


def invite(operator: Client, network: str, tenant_id: str) -> Any:
    return operator.post(f"{URL}/{network}/members", {"tenant_id": tenant_id})


def accept(client: Client, network: str, version: int = 1) -> Any:
    return client.post(f"{URL}/{network}/accept", {"version": version})


@pytest.fixture
def join(operator: Client, newcomer: Any, sign_in: SignIn) -> Any:
    """`join(network)`: a new member, and its administrator signed in anew."""

    def joined(network: str, version: int = 1) -> tuple[str, Client]:
        tenant_id = newcomer()
        made(invite(operator, network, tenant_id))
        data(accept(sign_in(tenant_id), network, version))
        return tenant_id, sign_in(tenant_id)

    return joined


def members(operator: Client, network: str) -> dict[str, Any]:
    return {row["tenant_id"]: row for row in data(operator.get(f"{URL}/{network}/members"))}
