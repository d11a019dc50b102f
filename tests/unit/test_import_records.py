"""Rows that are records, under faults at every call: brought in once, taken out whole, nothing of others lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from batua import clock, ids
from batua.customers.past import past_of
from batua.customers.tags import read_tags, tags_item
from batua.imports import records
from batua.imports.parts import CheckedRow
from batua.imports.record import Import
from batua.store import keys
from batua.store.customer_keys import customer_tags_key
from batua.store.store import Contended, Record, Store
from batua.store.writes import EXISTS, Put, Update
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.faults import FaultyClient

TENANT = ids.derived_id("ten", "shop")
SCOPE = keys.scope("live", TENANT)
NOW = clock.parse_iso("2026-11-28T12:00:00Z")
FAULTS = ("none", "none", "none", "conflict", "throttle", "lost_before", "lost_after", "unprocessed")


def imported(name: str, kind: Any) -> Import:
    return Import(
        id=ids.derived_id("imp", name),
        scope=SCOPE,
        tenant=TENANT,
        program=ids.derived_id("prg", "coins"),
        kind=kind,
        file_name=f"{name}.csv",
        size=10,
        status="applying",
        created_at=NOW,
        created_by=ids.derived_id("usr", "owner"),
        address="127.0.0.1",
    )


def row(number: int, who: str, **details: Any) -> CheckedRow:
    customer, wallet = ids.derived_id("cust", who), ids.derived_id("wal", who)
    return CheckedRow(number, "ready", "+919845011223", customer, wallet, details=details)


def visit(number: int, who: str) -> CheckedRow:
    found = row(number, who, at=NOW - number * clock.DAY_MS, type="purchase")
    found.bill = 100_00 * number
    return found


class World:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.client = FaultyClient(FakeDynamoDB())
        self.store = Store(self.client, "ledger", "directory", sleep=lambda _: None)

    def until_done(self, work: Callable[[], None]) -> None:
        """Runs a part again whenever a service did not answer, as the workflow does."""
        for _ in range(50):
            self.client.plan = iter([self.random.choice(FAULTS) for _ in range(self.random.randrange(12))])  # type: ignore[arg-type]
            try:
                work()
            except Contended:
                continue
            self.client.plan = iter(())
            return
        raise AssertionError("never done")

    def customer(self, who: str) -> Record | None:
        key = keys.customer_key(SCOPE, ids.derived_id("cust", who))
        return self.store.read([key])[key]

    def tags(self, who: str) -> tuple[str, ...]:
        key = customer_tags_key(SCOPE, ids.derived_id("cust", who), TENANT)
        return read_tags(self.store.read([key])[key])

    def tag(self, who: str, *tags: str) -> None:
        key = customer_tags_key(SCOPE, ids.derived_id("cust", who), TENANT)
        self.store.write(Put(key, tags_item(tags, "usr", NOW)))

    def lines(self, who: str) -> list[str]:
        return [past.source for _, past in past_of(self.store, SCOPE, ids.derived_id("cust", who))]

    def apply(self, record: Import, rows: list[CheckedRow]) -> None:
        def work() -> None:
            for each in rows:
                each.state = "ready"
                key = keys.customer_key(SCOPE, str(each.customer))
                records.apply_record_row(self.store, record, each, self.store.read([key]), NOW)

        self.until_done(work)

    def reverse(self, record: Import, rows: list[CheckedRow]) -> None:
        states = {each.number: each.state for each in rows}
        self.until_done(lambda: records.reverse_record_rows(self.store, record, rows, states))


@pytest.mark.parametrize("seed", range(24))
def test_whatever_happens_a_row_is_there_once_and_then_gone(seed: int) -> None:
    world = World(seed)
    first, second, names = imported("first", "history"), imported("second", "history"), imported("names", "customers")
    old, new = [visit(2, "asha"), visit(3, "asha"), visit(4, "birbal")], [visit(2, "asha"), visit(9, "birbal")]
    people = [
        row(2, "asha", name="Asha Rao", tags=["vip"]),
        row(3, "birbal", messages=False),
        row(4, "chitra", name="Chitra", tags=["staff"]),
    ]
    world.tag("chitra", "friend")
    world.apply(first, old)
    world.apply(second, new)
    world.apply(names, people)
    assert [each.state for each in (*old, *new, *people)] == [*["imported"] * 3, "unchanged", *["imported"] * 4]
    assert sorted(world.lines("asha")) == [first.id] * 2
    assert sorted(world.lines("birbal")) == sorted([first.id, second.id])
    assert (world.tags("asha"), world.tags("chitra")) == (("vip",), ("friend",)), "what there was stays"
    assert "tags" in str(people[2].message)
    # Birbal wants messages after all, and Chitra comes to a counter.
    chosen = {"language": "en", "receipts": True}
    about = keys.customer_key(SCOPE, str(people[1].customer))
    world.store.write(Update(about, set={"prefs": chosen}, remove=("prefs_by",), when=EXISTS))
    world.reverse(names, people)
    assert (world.tags("asha"), world.tags("chitra")) == ((), ("friend",))
    birbal = world.customer("birbal")
    assert birbal is not None
    assert birbal["prefs"] == chosen
    assert world.customer("chitra") is None
    asha = world.customer("asha")
    assert asha is not None, "another import made her"
    assert "name" not in asha
    world.reverse(second, new)
    assert (world.lines("asha"), world.lines("birbal")) == ([first.id] * 2, [first.id])
    world.reverse(first, old)
    assert [each.state for each in old] == ["reversed"] * 3
    assert (world.lines("asha"), world.lines("birbal"), world.customer("asha")) == ([], [], None)


def test_a_line_that_was_put_without_its_condition_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the test above is known to look: the condition is taken away, and it fails."""
    from batua.store.writes import ALWAYS

    monkeypatch.setattr(records, "ABSENT", ALWAYS)
    with pytest.raises(AssertionError):
        test_whatever_happens_a_row_is_there_once_and_then_gone(0)
