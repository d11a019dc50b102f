"""Shards of the next month are opened before it begins."""

from __future__ import annotations

from typing import Any

import pytest

from batua import clock
from batua.ledger.posting.allowance import AllowanceShards
from batua.ledger.posting.shard_scaling import (
    ContentionTracker,
    ShardScaling,
    looks_ahead,
)
from batua.ledger.posting.shards import MonthLocation, load_shards
from batua.store import keys
from batua.store.store import Contended
from tests.unit.choosing_fixtures import STATE, issuing
from tests.unit.escrow_books import REFUSALS, Books
from tests.unit.posting_fixtures import SCOPE, SHOP, order

# The next month


LAST_DAY = clock.month_start(202612, "UTC") - 3_600_000
DECEMBER = MonthLocation.of(keys.month_key(SCOPE, SHOP, 0, 202612))


def finishing(
    books: Books, *, now: int = LAST_DAY, count: int = 20, grows: bool = True, looks: bool = True,
    tracker: ContentionTracker | None = None,
) -> AllowanceShards:  # fmt: skip
    """A posting that has got through, and is one of those that look ahead."""
    key = next(k for k in map(str, range(1000)) if looks_ahead(order("issue", k).id) is looks)
    spread = ShardScaling(count, count, now) if grows else None
    asked = order("issue", key)
    escrow = AllowanceShards(books, asked, count, spread, tracker or ContentionTracker(), lambda: now)
    escrow.decide(issuing(), STATE)
    escrow.on_success()
    return escrow


def opened(books: Books) -> list[int]:
    return [number for number, shard in load_shards(books, DECEMBER).items() if number and shard.open]


def test_in_the_last_day_of_a_month_postings_open_the_next_ones_shards_until_all_are_open() -> None:
    books, tracker = Books(), ContentionTracker()
    for expected in (8, 16, 19, 19):
        finishing(books, tracker=tracker)
        assert len(opened(books)) == expected
    assert {(shard.room, shard.issued) for shard in load_shards(books, DECEMBER).values()} == {(0, 0)}
    books.client.calls.clear()
    finishing(books, tracker=tracker)
    assert books.client.calls == [], "what this environment has seen open is not looked at again"
    finishing(books, tracker=tracker, count=24)
    assert len(opened(books)) == 23, "more shards than were opened"


@pytest.mark.parametrize(
    "quiet",
    [
        {"now": LAST_DAY - clock.DAY_MS},
        {"now": LAST_DAY + 3_600_000},
        {"count": 1},
        {"grows": False},
        {"looks": False},
    ],
)
def test_else_nothing_of_the_next_month_is_touched(quiet: Any) -> None:
    books = Books()
    finishing(books, **quiet)
    assert books.client.calls == []


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_posting_is_done_also_where_the_next_month_cannot_be_opened(refusal: Exception) -> None:
    books, tracker = Books(), ContentionTracker()
    books.refusal = refusal
    finishing(books, tracker=tracker)
    books.refusal = None
    assert opened(books) == []
    finishing(books, tracker=tracker)
    assert len(opened(books)) == 8, "the next one that looks ahead goes on"


def test_a_throttled_look_ahead_leaves_the_posting_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    books = Books()

    def throttled(*_: Any, **__: Any) -> Any:
        raise Contended("capacity is short")

    monkeypatch.setattr(books, "read", throttled)
    finishing(books)
