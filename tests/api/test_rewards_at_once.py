"""Many redemptions at once: never more than the stock, the codes or a customer's limit, and every refusal is right."""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.conftest import Client
from tests.api.rewarding import code, coins, customer, left, redeem, redemption, reward
from tests.api.signed_in import SignedIn, SignIn, signed_in  # noqa: F401

CUSTOMERS, EACH = 25, 8


@pytest.fixture(scope="module")
def owner(signed_in: SignIn) -> SignedIn:
    return signed_in("merchant_tenant_admin")


@pytest.fixture(scope="module")
def phones(live: Client) -> list[str]:
    return [customer(live, f"+91990077{number:04d}", 500) for number in range(CUSTOMERS)]


def _at_once(client: SignedIn, reward: str, phones: list[str]) -> list[Any]:
    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(lambda phone: redeem(client, reward, phone), phones))


def test_200_at_once_on_a_stock_of_50_are_50(owner: SignedIn, live: Client, phones: list[str]) -> None:
    before = sum(coins(live, phone)[0] for phone in phones)
    id = reward(owner, stock=50)
    answers = _at_once(owner, id, phones * EACH)
    assert Counter(code(answer) for answer in answers) == {(201, "success"): 50, (409, "reward_sold_out"): 150}
    assert left(owner, id) == 0
    assert before - sum(coins(live, phone)[0] for phone in phones) == 500


def test_100_at_once_on_a_pool_of_30_get_30_different_codes(owner: SignedIn, phones: list[str]) -> None:
    codes = [f"RACE-{number}" for number in range(30)]
    id = reward(owner, code={"source": "pool"}, codes=codes)
    answers = _at_once(owner, id, phones * 4)
    assert Counter(code(answer) for answer in answers) == {(201, "success"): 30, (409, "reward_sold_out"): 70}
    done = [answer.json()["data"]["id"] for answer in answers if answer.status_code == 201]
    assert sorted(redemption(owner, one, reveal="true")["code"] for one in done) == sorted(codes)
    assert left(owner, id) == 0


def test_one_customer_at_once_gets_no_more_than_its_limit(owner: SignedIn, live: Client, phones: list[str]) -> None:
    before, id = coins(live, phones[0]), reward(owner, limits={"ever": 3, "day": 2}, code={"source": "generated"})
    answers = _at_once(owner, id, [phones[0]] * 24)
    assert Counter(code(answer) for answer in answers) == {(201, "success"): 2, (409, "reward_limit_reached"): 22}
    assert before[0] - coins(live, phones[0])[0] == 20
