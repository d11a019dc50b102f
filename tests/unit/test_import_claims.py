"""An import's writes at the store: one import brings a file in, and none is changed behind another's back."""

from __future__ import annotations

import pytest

from batua import clock, ids
from batua.imports.record import Import, changed, commit_import, file_claim, file_release, import_item, load_import
from batua.store import import_keys, keys
from batua.store.store import ConditionFailed, Store
from batua.store.writes import ABSENT, Put
from tests.fakes.dynamodb import FakeDynamoDB

TENANT = ids.derived_id("ten", "shop")
SCOPE = keys.scope("live", TENANT)
DIGEST = "ab" * 32
NOW = clock.parse_iso("2026-11-28T12:00:00Z")


@pytest.fixture
def store() -> Store:
    return Store(FakeDynamoDB(), "ledger", "directory", sleep=lambda _: None)


def planted(store: Store, name: str) -> Import:
    record = Import(
        id=ids.derived_id("imp", name),
        scope=SCOPE,
        tenant=TENANT,
        program=ids.derived_id("prg", "coins"),
        kind="balances",
        file_name=f"{name}.csv",
        size=10,
        status="checked",
        created_at=NOW,
        created_by=ids.derived_id("usr", "owner"),
        address="127.0.0.1",
        digest=DIGEST,
    )
    item = {name: value for name, value in import_item(record).items() if value is not None}
    store.write(Put(record.key, item, when=ABSENT))
    return record


def holder(store: Store) -> str | None:
    key = import_keys.imported_file_key(SCOPE, TENANT, DIGEST)
    return (store.read([key])[key] or {}).get("import")


def test_of_two_imports_of_one_file_the_first_has_it(store: Store) -> None:
    one, other = planted(store, "one"), planted(store, "other")
    store.write(file_claim(one))
    store.write(file_claim(one))  # a run that is started again
    with pytest.raises(ConditionFailed):
        store.write(file_claim(other))
    assert holder(store) == one.id


def test_only_the_import_that_has_a_file_gives_it_back(store: Store) -> None:
    one, other = planted(store, "one"), planted(store, "other")
    store.write(file_claim(one))
    with pytest.raises(ConditionFailed):
        store.write(file_release(other))
    store.write(file_release(one))
    store.write(file_claim(other))
    with pytest.raises(ConditionFailed):
        store.write(file_release(one))  # a reversal that is told twice
    assert holder(store) == other.id


def test_an_import_that_has_changed_since_it_was_read_is_left_as_it_is(store: Store) -> None:
    seen = planted(store, "one")
    assert commit_import(store, seen, changed(seen, status="applying"))
    late = changed(seen, status="rejected")
    assert not commit_import(store, seen, late, file_claim(seen))
    found = load_import(store, seen.key)
    assert found is not None
    assert (found.status, found.version, holder(store)) == ("applying", seen.version + 1, None)
