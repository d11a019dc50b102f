"""The consumer over tables in memory: a merchant with connections, and deliveries put before it one by one."""

from __future__ import annotations

import itertools
import json
import random
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import pytest

from batua import clock, ids
from batua.audit.verify import verify_scope
from batua.customers import model as customers
from batua.identity import secrets
from batua.identity.tenant import Tenant, program_item, tenant_item
from batua.integrations import process as processing
from batua.integrations.amounts import EligibleAmountPolicy
from batua.integrations.mappings import FieldMapping
from batua.integrations.model import Connection, ConnectionDelivery, System, connection_delivery_item, connection_item
from batua.ledger import lots
from batua.ledger.decisions import customer_coins
from batua.ledger.earning import EarningRule, Slab
from batua.ledger.model import MirPolicy, Origin, Program, ReversalPolicy
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.queries import coin_entries
from batua.ledger.records.customer_coins import Entry, read_wallet
from batua.store import keys
from batua.store.store import Store
from batua.store.writes import Put
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.faults import FAULTS, FaultyClient
from tests.fakes.shops import ShopifyShop, ShopWebhook

OWNER = ids.derived_id("ten", "network")
MERCHANT = ids.derived_id("ten", "kaveri")
SCOPE = keys.scope("live", OWNER)
PHONE = "+919876543210"
RULES = (
    EarningRule("rule_five", "percentage", basis_points=500),
    EarningRule("rule_slab", "slab", slabs=(Slab(200_000, 120), Slab(500_000, 350))),
)


@dataclass
class World:
    """Nothing but one merchant of a network."""

    store: Store
    program: Program
    tenant: Tenant
    received: int = field(default_factory=clock.system)
    connections: dict[str, Connection] = field(default_factory=dict)

    def connect(self, system: System, **more: Any) -> Connection:
        values = {"counting": EligibleAmountPolicy(), "mapping": FieldMapping(), **more}
        name = values.pop("name", system)
        id = ids.derived_id("con", name)
        connection = Connection(id, MERCHANT, "live", system, name, b"sealed", 0, **values)
        self.store.write(Put(connection.key, connection_item(connection)))
        self.connections[name] = connection
        return connection

    def deliver(self, connection: Connection, webhook: ShopWebhook, *, match: str | None = None) -> ConnectionDelivery:
        """Stores a delivery, unless it is there, and settles it."""
        delivery = self.store_delivery(connection, webhook, match=match)
        return processing.process_delivery(self.store, connection.id, delivery.id)

    def store_delivery(
        self, connection: Connection, webhook: ShopWebhook, *, match: str | None = None
    ) -> ConnectionDelivery:
        body = json.dumps(webhook.content).encode()
        self.received += 1
        delivery = ConnectionDelivery(
            id=ids.derived_id(
                "dlv", connection.id, webhook.name, str(webhook.content.get("order_id") or webhook.content.get("id"))
            ),
            connection=connection.id,
            tenant=MERCHANT,
            given_id=webhook.name,
            topic=webhook.topic,
            received_at=self.received,
            body=zlib.compress(body),
            address="192.0.2.1",
            match=match,
            size=len(body),
        )
        there = self.store.read([delivery.key])[delivery.key]
        if there is None or match:
            self.store.write(Put(delivery.key, connection_delivery_item(delivery)))
        return delivery

    def faulty(self, chance: random.Random, share: float, meanwhile: Callable[[], None]) -> FaultyClient:
        """A client of the same tables that meets a fault at so many calls; `meanwhile` is what others do."""
        client = FaultyClient(self.store._dynamodb)
        others = FAULTS[1:]
        client.plan = (chance.choice(others) if chance.random() < share else "none" for _ in itertools.count())
        client.other = meanwhile
        return client

    def deliver_all(self, connection: Connection, telling: Iterable[ShopWebhook]) -> list[ConnectionDelivery]:
        return [self.deliver(connection, each) for each in telling]

    def balance(self, phone: str = PHONE) -> int:
        key = self.wallet_key(phone)
        record = self.store.read([key])[key]
        if record is None:
            return 0
        wallet = read_wallet(record)
        now = customer_coins.wallet_as_of(wallet, self.program, clock.system())
        return sum(lots.subtract_lots(wallet.lots, now.expired).values()) - wallet.debt

    def wallet_key(self, phone: str = PHONE) -> keys.Key:
        customer = customers.customer_id_by_phone(SCOPE, OWNER, phone)
        return keys.wallet_key(SCOPE, customers.customer_wallet_id(SCOPE, self.program.id, customer))

    def entries(self, phone: str = PHONE) -> list[Entry]:
        """The entries of a customer's wallet, the first one first."""
        wallet = self.wallet_key(phone).pk.rpartition("#")[2]
        page = coin_entries.wallet_statement(self.store, SCOPE, wallet, descending=False)
        return coin_entries.read_entries(page)

    def spend(self, coins: int, phone: str = PHONE) -> None:
        record = self.store.read([self.wallet_key(phone)])[self.wallet_key(phone)]
        assert record is not None
        merchant = customer_coins.Merchant(MERCHANT, 0)
        request = PostingRequest("redeem", "live", SCOPE, Origin("key", "::1", MERCHANT), None, {})
        PostingService(self.store, self.program).post(
            request,
            PostingState(read_wallet(record), clock.system()),
            lambda state: customer_coins.decide_redemption(
                state.wallet, self.program, merchant, state.now, coins=coins, shards=state.shards
            ),
        )

    def findings(self) -> list[Any]:
        return list(verify_scope(self.store, SCOPE).findings)


class _OneAtATime:
    """The tables as many threads may use them: each call is whole."""

    def __init__(self, tables: FakeDynamoDB) -> None:
        self._tables, self._lock = tables, Lock()

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any, **request: Any) -> Any:
            with self._lock:
                return getattr(self._tables, name)(*given, **request)

        return call


def world(
    *, reversal: ReversalPolicy = "cap", rules: tuple[EarningRule, ...] = RULES, shards: int = 1, **settings: Any
) -> World:
    program = Program(
        id=ids.derived_id("prg", "coins"),
        owner=OWNER,
        name="Coins",
        kind="network",
        time_zone="Asia/Kolkata",
        mir=MirPolicy(),
        rules=rules,
        reversal=reversal,
        **settings,
    )
    tenant = Tenant(
        MERCHANT,
        "merchant",
        "Kaveri",
        "active",
        OWNER,
        (OWNER,),
        "IN",
        "Asia/Kolkata",
        0,
        program=program,
        shards=shards,
    )
    store = Store(_OneAtATime(FakeDynamoDB()), "ledger", "directory", sleep=lambda _: None)
    store.write(Put(keys.tenant_key(MERCHANT), tenant_item(tenant)))
    store.write(Put(keys.program_key(OWNER, program.id), program_item(program)))
    return World(store, program, tenant)


def suspend(there: World, **changes: Any) -> None:
    there.tenant = replace(there.tenant, **changes)
    there.store.write(Put(keys.tenant_key(MERCHANT), tenant_item(there.tenant)))


@contextmanager
def pepper() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "verifier_secrets", lambda **_: {"pepper": "5a" * 32, "keys": []})
        yield


def paid(*prices: int) -> ShopifyShop:
    """A paid order of Shopify: of one article of ₹1,000, or of articles at these prices in paise."""
    return ShopifyShop(PHONE).place(*(prices or (100_000,))).pay()
