"""Rows of an import are posted side by side where they write different items, and one by one where they do not."""

from __future__ import annotations

from threading import Barrier, Lock
from types import SimpleNamespace
from typing import Any

import pytest

from batua.imports import applying
from batua.imports.applying import AT_ONCE, ImportBusy
from batua.imports.parts import CheckedRow
from batua.ledger.errors import LedgerBusy

ROWS = [CheckedRow(number, "ready") for number in range(2, 2 + AT_ONCE)]


def run(work: Any, kind: str = "balances", funding: str = "none", rows: list[CheckedRow] = ROWS) -> None:
    record: Any = SimpleNamespace(kind=kind)
    books: Any = SimpleNamespace(program=SimpleNamespace(funding=funding))
    applying._side_by_side(record, books, rows, work)


def test_balances_are_posted_as_many_at_a_time_as_there_are_threads() -> None:
    together = Barrier(AT_ONCE)
    run(lambda row: together.wait(30))  # breaks unless all of them are in it at once


@pytest.mark.parametrize(("kind", "funding"), [("issue", "none"), ("balances", "prefunded")])
def test_rows_that_share_an_item_are_posted_one_by_one_and_in_their_order(kind: str, funding: str) -> None:
    alone, done = Lock(), []

    def work(row: CheckedRow) -> None:
        assert alone.acquire(blocking=False)
        done.append(row.number)
        alone.release()

    run(work, kind, funding)
    assert done == [row.number for row in ROWS]


def test_a_row_that_is_in_the_way_of_others_has_the_part_run_again_after_all_of_them_are_done() -> None:
    done: list[int] = []

    def work(row: CheckedRow) -> None:
        if row.number == 3:
            raise LedgerBusy(outcome_unknown=False)
        done.append(row.number)

    with pytest.raises(ImportBusy):
        run(work)
    assert sorted([*done, 3]) == [row.number for row in ROWS]
