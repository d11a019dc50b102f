"""What is asked of every contestant, by one client, and what must hold afterwards."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.peers import cpu
from benchmarks.peers.systems import System

ISSUE, REDEEM = "/api/v1/merchant/coins/issue", "/api/v1/merchant/coins/redeem"
BALANCE, STATEMENT = "/api/v1/merchant/customers/balance", "/api/v1/merchant/ledger"
WORK = {"issue": "issue", "redeem": "redeem", "statement": "statement", "issue_to_one": "issue, all to one customer"}
AT_ONCE = (1, 8, 32)
PAGE = 20
TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass
class Measured:
    """What came of one kind of work at one level of concurrency, all rounds together."""

    seconds: float = 0.0
    cpu: float = 0.0
    """CPU seconds of the servers, database included; not of the client."""
    took: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Successes a second."""
        return sum(self.statuses[status] for status in (200, 201)) / self.seconds

    @property
    def cpu_milliseconds(self) -> float:
        """CPU time that a request took."""
        return 1000 * self.cpu / self.statuses.total()

    def milliseconds(self, share: float) -> float:
        ordered = sorted(self.took)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


Results = dict[tuple[str, int], dict[str, Measured]]
"""By work and concurrency, then by the contestant's name."""


class World:
    """One contestant's customers, and what each must have by what was answered."""

    def __init__(self, system: System, customers: int, seed: int = 1) -> None:
        self.system = system
        self.random = random.Random(seed)
        self.phones = [f"+9198{number:08d}" for number in range(customers)]
        self.expected: Counter[str] = Counter()

    def session(self) -> aiohttp.ClientSession:
        headers = {"Authorization": f"Bearer {self.system.key}"}
        connector = aiohttp.TCPConnector(limit=0)
        return aiohttp.ClientSession(self.system.url, headers=headers, connector=connector, timeout=TIMEOUT)

    async def move(
        self, session: aiohttp.ClientSession, path: str, phone: str, coins: int, key: str | None = None
    ) -> tuple[int, Any]:
        """Issues or redeems; counts what was accepted. The same key counts once, so such calls don't come here."""
        status, answer = await post(session, path, phone, coins, key or str(uuid.uuid4()))
        if status in (200, 201):
            self.expected[phone] += coins if path == ISSUE else -coins
        return status, answer

    async def issue(self, session: aiohttp.ClientSession) -> int:
        return (await self.move(session, ISSUE, self.random.choice(self.phones), 10))[0]

    async def redeem(self, session: aiohttp.ClientSession) -> int:
        return (await self.move(session, REDEEM, self.random.choice(self.phones), 1))[0]

    async def statement(self, session: aiohttp.ClientSession) -> int:
        query = {"customer": self.random.choice(self.phones), "limit": str(PAGE)}
        async with session.get(STATEMENT, params=query) as response:
            await response.read()
            return response.status

    async def issue_to_one(self, session: aiohttp.ClientSession) -> int:
        return (await self.move(session, ISSUE, self.phones[0], 10))[0]

    async def settle_in(self, entries: int) -> None:
        """Gives every customer coins in some entries, so that statements have something to show."""
        async with self.session() as session:
            for _ in range(entries):
                for begin in range(0, len(self.phones), 4):
                    some = self.phones[begin : begin + 4]
                    moves = await asyncio.gather(*(self.move(session, ISSUE, phone, 1_000) for phone in some))
                    for status, answer in moves:
                        if status not in (200, 201):
                            raise RuntimeError(f"{self.system.name} answered {status}: {answer}")


async def post(session: aiohttp.ClientSession, path: str, phone: str, coins: int, key: str) -> tuple[int, Any]:
    headers = {"Idempotency-Key": key}
    async with session.post(path, json={"phone": phone, "coins": coins}, headers=headers) as response:
        return response.status, await response.json()


async def balance(session: aiohttp.ClientSession, phone: str) -> int:
    async with session.get(BALANCE, params={"phone": phone}) as response:
        return int((await response.json())["data"]["balance"])


async def burst(world: World, work: str, at_once: int, seconds: float, into: Measured) -> None:
    """As many clients as said, one request after another each, for as long as said."""
    call: Callable[[aiohttp.ClientSession], Awaitable[int]] = getattr(world, work)

    async def client(session: aiohttp.ClientSession) -> None:
        while time.perf_counter() < end:
            began = time.perf_counter()
            into.statuses[await call(session)] += 1
            into.took.append(time.perf_counter() - began)

    async with world.session() as session:
        await asyncio.gather(*(world.statement(session) for _ in range(at_once)))  # connections are open
        used = cpu.seconds(world.system.processes)
        start = time.perf_counter()
        end = start + seconds
        await asyncio.gather(*(client(session) for _ in range(at_once)))
        into.seconds += time.perf_counter() - start
        into.cpu += cpu.seconds(world.system.processes) - used


async def judge(world: World) -> dict[str, bool]:
    """What must hold of a wallet, tried at the end. The names are the columns of the table."""
    async with world.session() as session:
        stands = {phone: await balance(session, phone) for phone in world.phones}
        return {
            "balances are what was answered": all(stands[phone] == world.expected[phone] for phone in world.phones),
            "never below zero": await _not_overdrawn(session),
            "same key at once, one effect": await _once(session),
            "same key, other amount: refused": await _told_apart(session),
            "the books add up": not await asyncio.to_thread(world.system.books),
        }


async def _not_overdrawn(session: aiohttp.ClientSession) -> bool:
    """Thirty-two redemptions at once of a balance that is enough for ten."""
    phone = "+919700000001"
    await post(session, ISSUE, phone, 100, "overdraft-beginning")
    many = await asyncio.gather(*(post(session, REDEEM, phone, 10, f"overdraft-{number}") for number in range(32)))
    accepted = sum(status in (200, 201) for status, _ in many)
    refused = sum(status == 409 for status, _ in many)
    return (accepted, refused) == (10, 22) and await balance(session, phone) == 0


async def _once(session: aiohttp.ClientSession) -> bool:
    phone = "+919700000002"
    await post(session, ISSUE, phone, 100, "once-beginning")
    many = await asyncio.gather(*(post(session, ISSUE, phone, 10, "once") for _ in range(32)))
    return all(status in (200, 201) for status, _ in many) and await balance(session, phone) == 110


async def _told_apart(session: aiohttp.ClientSession) -> bool:
    phone = "+919700000003"
    await post(session, ISSUE, phone, 100, "told-apart")
    status, _ = await post(session, ISSUE, phone, 999, "told-apart")
    return 400 <= status < 500 and await balance(session, phone) == 100
