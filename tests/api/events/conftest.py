"""A merchant of these tests' own, its administrator, and receivers of its events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.api.conftest import Client
from tests.api.events.receivers import BASE, Receiver, receiving
from tests.api.shops import Open, Shop, open_shop  # noqa: F401 - a fixture


@pytest.fixture
def open_receiver() -> Iterator[Callable[[], Receiver]]:
    """`open_receiver()`: one more receiver."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(receiving())


@pytest.fixture
def receiver(open_receiver: Callable[[], Receiver]) -> Receiver:
    return open_receiver()


@pytest.fixture(scope="module")
def shop(open_shop: Open) -> Shop:  # noqa: F811
    return open_shop()


@pytest.fixture(scope="module")
def admin(shop: Shop) -> Client:
    return shop.user("tenant_admin")


@pytest.fixture
def drain(platform: Any) -> Callable[[], None]:
    def drained() -> None:
        platform.embedded_aws.drain(300)  # a busy machine takes its time; an idle one does not wait

    return drained


@pytest.fixture
def listen(admin: Client, receiver: Receiver, drain: Callable[[], None]) -> Iterator[Callable[..., Any]]:
    """`listen(events=[...])`: an endpoint at the receiver; gone after the test."""
    drain()  # What other tests did is told before anyone listens.
    made: list[tuple[Client, str]] = []

    def endpoint(by: Client = admin, **body: Any) -> Any:
        answer = by.post(BASE, {"url": receiver.url, **body})
        assert answer.status_code == 201, answer.text
        made.append((by, answer.json()["data"]["id"]))
        return answer.json()["data"]

    yield endpoint
    for by, id in made:
        by.call("DELETE", f"{BASE}/{id}")
