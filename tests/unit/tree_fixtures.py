"""A tree of tenants."""

from __future__ import annotations

import pytest

from batua.identity.tenant import Tenant, program_item
from batua.ledger.model import Program
from batua.store import keys
from batua.store.store import Store
from batua.store.writes import Condition, Put, Update
from batua.tenants import profile, tree
from tests.fakes.dynamodb import FakeDynamoDB

NOW = 1_795_253_400_000
OPERATOR = "ten_" + "0" * 25 + "1"


@pytest.fixture
def store() -> Store:
    return begun()


def begun() -> Store:
    made = Store(FakeDynamoDB(page=3), "ledger", "directory", sleep=lambda seconds: None)
    operator = Tenant(OPERATOR, "operator", "Batua", "active", None, (), "IN", "Asia/Kolkata", NOW)
    made.commit(
        [
            *tree.creation_writes(operator, profile.default_profile(operator)),
            Put(keys.platform_key(), {"operator": OPERATOR}),
        ]
    )
    return made


def give_program(store: Store, tenant_id: str, name: str = "Coins") -> Program:
    tenant = tree.load_tenant(store, tenant_id)
    program = Program(
        id="prg_" + tenant_id.removeprefix("ten_"), owner=tenant_id, name=name, kind="network", time_zone="Asia/Kolkata"
    )
    store.write(
        Update(
            keys.tenant_key(tenant_id),
            add={"version": 1},
            set={"program": program_item(program)},
            when=Condition(equal={"version": tenant.version}),
        )
    )
    return program
