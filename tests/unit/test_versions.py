"""Versioned records: what is named, replaced and changed under the version that was read."""

from __future__ import annotations

import pytest

from batua import errors
from batua.store.keys import Key
from batua.store.versions import VersionedRecord, require_version
from batua.store.writes import ABSENT, Condition

KEY = Key("directory", "THING#1", "SETTINGS")
NEW = VersionedRecord(KEY, None)
SAVED = VersionedRecord(KEY, {"pk": KEY.pk, "sk": KEY.sk, "version": 4, "name": "Tea"})
AS_READ = Condition(equal={"version": 4})


@pytest.mark.parametrize(("record", "named"), [(NEW, None), (NEW, 0), (SAVED, None), (SAVED, 4)])
def test_the_version_that_was_read_or_none_is_taken(record: VersionedRecord, named: int | None) -> None:
    require_version(record, named)


@pytest.mark.parametrize(("record", "named"), [(NEW, 1), (SAVED, 0), (SAVED, 3), (SAVED, 5)])
def test_another_version_is_a_conflict_that_gives_the_present_one(record: VersionedRecord, named: int) -> None:
    with pytest.raises(errors.Problem) as refused:
        require_version(record, named)
    assert (refused.value.kind.code, refused.value.figures) == ("version_conflict", {"version": record.version})


def test_a_replacement_is_the_next_version_of_the_record_as_it_was_read() -> None:
    first, next = NEW.replacement({"name": "Tea"}), SAVED.replacement({"name": "Milk", "version": 9})
    assert (first.item, first.when) == ({"name": "Tea", "version": 1}, ABSENT)
    assert (next.item, next.when) == ({"name": "Milk", "version": 5}, AS_READ)


def test_a_change_sets_and_removes_single_attributes_and_counts_the_version_on() -> None:
    change = SAVED.change({"name": None, "price": 10, "free": False})
    assert (change.key, change.add) == (KEY, {})
    assert (change.set, change.remove, change.when) == ({"price": 10, "free": False, "version": 5}, ("name",), AS_READ)
    assert (NEW.change({"price": 0}).set, NEW.change({}).when) == ({"price": 0, "version": 1}, ABSENT)


def test_a_check_writes_nothing_and_holds_the_version() -> None:
    assert (SAVED.check().key, SAVED.check().when, NEW.check().when) == (KEY, AS_READ, ABSENT)
