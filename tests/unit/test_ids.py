"""Ids: their form, their order, and that no two things share a derived one."""

from __future__ import annotations

import itertools

import pytest

from batua import ids
from batua.store import keys


def test_a_new_id_has_its_prefix_and_form() -> None:
    assert ids.is_id(ids.new_id("txn"), "txn")
    assert len(ids.new_id("txn")) == 30


def test_new_ids_sort_by_the_time_of_their_making() -> None:
    made = [ids.new_id("txn", at) for at in (0, 1, 1000, 1_795_253_400_000, 2**48 - 1)]
    assert made == sorted(made)


def test_the_same_parts_always_give_the_same_id() -> None:
    assert ids.derived_id("wal", "a", "b") == ids.derived_id("wal", "a", "b")
    assert ids.is_id(ids.derived_id("wal", "a", "b"), "wal")


def test_parts_that_only_join_to_the_same_text_give_different_ids() -> None:
    texts = ["", "a", "b", "ab", "ba", "1:", "1:a", "2:ab", "a1:b", ":", "0:", "é"]
    lists = [parts for length in range(4) for parts in itertools.product(texts, repeat=length)]
    assert len({ids.injective(*parts) for parts in lists}) == len(lists)


def test_a_secret_changes_every_derived_id() -> None:
    plain, one, two = (ids.derived_id("wal", "+919876543210", secret=secret) for secret in (b"", b"one", b"two"))
    assert len({plain, one, two}) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "txn_",
        "01J9ZQ6W3V8Y5T2R7N4K1M0PXB",
        "wal_01J9ZQ6W3V8Y5T2R7N4K1M0PXB",
        "txn_01J9ZQ6W3V8Y5T2R7N4K1M0PXB\n",
        "txn_01J9ZQ6W3V8Y5T2R7N4K1M0PX",
        "txn_01J9ZQ6W3V8Y5T2R7N4K1M0PXBB",
        "txn_01j9zq6w3v8y5t2r7n4k1m0pxb",
        "txn_81J9ZQ6W3V8Y5T2R7N4K1M0PXB",
        "txn_01J9ZQ6W3V8Y5T2R7N4K1M0PXI",
        "txn_01J9ZQ6W3V#Y5T2R7N4K1M0PXB",
        "x_txn_01J9ZQ6W3V8Y5T2R7N4K1M0PXB",
    ],
)
def test_what_is_no_id_of_the_kind_is_seen_and_reaches_no_key(text: str) -> None:
    assert not ids.is_id(text, "txn")
    with pytest.raises(ValueError, match="not an id"):
        keys.transaction_key("L#x", text)


def test_no_scope_is_the_beginning_of_another_one_and_live_is_not_sandbox() -> None:
    one, other = ids.new_id("ten"), ids.new_id("ten")
    scopes = [keys.scope(mode, owner) + "#" for mode in ("live", "test") for owner in (one, other)]
    assert not any(a.startswith(b) for a, b in itertools.permutations(scopes, 2))
