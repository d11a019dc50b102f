"""POST /api/v1/integrations: two connections of one system (create_connection)."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from batua.integrations.model import MAX_CONNECTIONS
from batua.store.connection_keys import open_connections_key
from batua.store.store import Store, store
from batua.store.writes import Delete
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


@pytest.mark.parametrize("shop", [None, "kaveri.example"])
def test_of_connections_made_in_the_same_instant_one_alone_names_no_shop(
    shop: str | None, open_shop: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, together, commit = open_shop().admin, Barrier(8), Store.commit

    def commit_together(store: Store, writes: Any, **more: Any) -> None:
        if any("CONNECTION#con_" in write.key.pk for write in writes):
            with suppress(BrokenBarrierError):  # whoever is refused does not come
                together.wait(5)
        commit(store, writes, **more)

    monkeypatch.setattr(Store, "commit", commit_together)
    unnamed = {"system": "woocommerce", "name": "Online"}
    asked = [unnamed, {**unnamed, "shop": shop} if shop else unnamed] * 4
    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda body: admin.post(BASE, body), asked))
    assert {answer.status_code for answer in answers} <= {201, 400}
    listed = admin.get(BASE).json()["data"]
    shops = [each["shop"] for each in listed]
    assert shops == [None] or (shop and shops == ["kaveri.example"] * 4), [answer.text for answer in answers]
    for answer in answers:
        if answer.status_code == 400:
            assert list(answer.json()["errors"]) == ["shop"]


def test_the_limit_of_connections_holds_for_those_made_in_the_same_instant(open_shop: Open) -> None:
    admin = open_shop().admin
    bodies = [{"system": "pos", "name": f"Till {number}"} for number in range(MAX_CONNECTIONS + 6)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: admin.post(BASE, body), bodies))
    refused = [answer.json()["code"] for answer in answers if answer.status_code != 201]
    assert refused == ["too_many_connections"] * 6
    gone = admin.get(BASE).json()["data"][0]["id"]
    assert admin.call("DELETE", f"{BASE}/{gone}").status_code == 200
    connected(admin, bodies[0])
    refusal(admin.post(BASE, bodies[1]), 409, "too_many_connections")


def test_connections_of_before_there_was_a_record_of_them_are_known(open_shop: Open) -> None:
    shop = open_shop()
    unnamed = {"system": "woocommerce", "name": "Online"}
    first = connected(shop.admin, unnamed)
    record = Delete(open_connections_key(shop.tenant.id))
    store().commit([record])
    assert list(refusal(shop.admin.post(BASE, unnamed), 400, "validation_error")["errors"]) == ["shop"]
    assert shop.admin.call("DELETE", f"{BASE}/{first}").status_code == 200
    store().commit([record], caller="once more")
    second = connected(shop.admin, unnamed)
    assert list(refusal(shop.admin.post(BASE, unnamed), 400, "validation_error")["errors"]) == ["shop"]
    assert shop.admin.call("DELETE", f"{BASE}/{second}").status_code == 200
