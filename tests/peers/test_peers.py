"""The wallets that Batua is compared with are right, or the comparison says where they are not (`make peers`)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

pytest.importorskip("asyncpg", reason="SKIPPED LOUDLY: the peers' requirements are missing, `make test` installs them")
pytest.importorskip("fastapi", reason="SKIPPED LOUDLY: the peers' requirements are missing, `make test` installs them")

from benchmarks.peers import systems
from benchmarks.peers.postgres import Cluster, PostgresMissing
from benchmarks.peers.work import ISSUE, STATEMENT, Measured, World, burst, judge, post


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    try:
        made = Cluster()
    except PostgresMissing as missing:
        pytest.skip(f"SKIPPED LOUDLY: {missing}")
    with made:
        yield made


@pytest.fixture(scope="module")
def fastapi(cluster: Cluster) -> Iterator[systems.System]:
    with systems.fastapi(cluster) as system:
        yield system


def test_the_wallet_on_fastapi_keeps_every_invariant_after_many_at_once(fastapi: systems.System) -> None:
    world, measured = World(fastapi, customers=3), Measured()

    async def work() -> dict[str, bool]:
        await world.settle_in(entries=2)
        for kind in ("issue", "redeem", "statement", "issue_to_one"):
            await burst(world, kind, 8, 0.3, measured)
        return await judge(world)

    verdict = asyncio.run(work())
    assert [invariant for invariant, held in verdict.items() if not held] == []
    assert set(measured.statuses) == {200, 201}


def test_the_wallet_on_fastapi_pages_through_every_entry_once(fastapi: systems.System) -> None:
    phone = "+919600000001"

    async def pages() -> list[str]:
        seen: list[str] = []
        async with World(fastapi, 0).session() as session:
            for number in range(5):
                await post(session, ISSUE, phone, 1 + number, f"page-{number}")
            query = {"customer": phone, "limit": "2"}
            while True:
                async with session.get(STATEMENT, params=query) as response:
                    answer = await response.json()
                seen += [line["coins"] for line in answer["data"]]
                if not answer["meta"]["next_cursor"]:
                    return seen
                query["cursor"] = answer["meta"]["next_cursor"]

    assert asyncio.run(pages()) == [5, 4, 3, 2, 1]


def test_the_wallet_on_fastapi_refuses_a_wrong_key_and_a_wrong_amount(fastapi: systems.System) -> None:
    async def statuses() -> list[int]:
        async with World(fastapi, 0).session() as session:
            wrong = [(await post(session, ISSUE, "+919600000002", coins, "wrong"))[0] for coins in (0, -5, 10**16)]
            stranger = {"Authorization": "Bearer someone-else"}
            body = {"phone": "+919600000002", "coins": 1}
            async with session.post(ISSUE, json=body, headers=stranger) as response:
                return [*wrong, response.status]

    assert asyncio.run(statuses()) == [422, 422, 422, 401]


def test_the_comparison_sees_that_credit_ledger_takes_another_amount_for_the_same(cluster: Cluster) -> None:
    pytest.importorskip("credit_ledger", reason="SKIPPED LOUDLY: credit-ledger is missing, `make test` installs it")
    with systems.credit_ledger(cluster) as system:
        verdict = asyncio.run(judge(World(system, 0)))
    assert [invariant for invariant, held in verdict.items() if not held] == ["same key, other amount: refused"]
