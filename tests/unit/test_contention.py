"""What is counted of a posting that lost tries, and how it ends where it is contended for too long."""

from __future__ import annotations

import pytest

from batua import errors, observe
from batua.ledger.errors import LedgerBusy
from batua.ledger.posting.contention import contention_metrics


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, int]]:
    """What was tallied, one posting after the other."""
    tallies: list[dict[str, int]] = []
    monkeypatch.setattr(observe, "tally", lambda **counts: tallies.append(counts))
    return tallies


def posting(fault: Exception, **lost: int) -> None:
    """A posting that loses so many tries and then ends like this."""
    with contention_metrics() as counts:
        counts.update(lost)
        raise fault


def test_a_posting_that_lost_no_try_tells_nothing(records: list[dict[str, int]]) -> None:
    with contention_metrics() as lost:
        assert lost == {}
    with pytest.raises(errors.Problem):
        posting(errors.NOT_FOUND())
    assert records == []


def test_what_a_posting_lost_is_told_once_at_its_end(records: list[dict[str, int]]) -> None:
    with contention_metrics() as lost:
        lost["PostingsContended"] += 1
        lost["PostingsContended"] += 1
        lost["ShardConflicts"] += 1
        assert records == []
    with contention_metrics() as lost:
        lost["PostingsOvertaken"] += 1
    assert records == [{"PostingsContended": 2, "ShardConflicts": 1}, {"PostingsOvertaken": 1}]


def test_a_posting_that_ends_busy_was_given_up(records: list[dict[str, int]]) -> None:
    with pytest.raises(LedgerBusy):
        posting(LedgerBusy(), PostingsContended=3)
    assert records == [{"PostingsContended": 3, "PostingsGivenUp": 1}]


def test_a_posting_that_ends_with_another_problem_was_not_given_up(records: list[dict[str, int]]) -> None:
    with pytest.raises(errors.Problem) as ended:
        posting(errors.NOT_FOUND(), PostingsOvertaken=1)
    assert ended.value.kind is errors.NOT_FOUND
    assert records == [{"PostingsOvertaken": 1}]


def test_what_was_lost_is_told_of_a_posting_that_ends_with_a_fault_too(records: list[dict[str, int]]) -> None:
    with pytest.raises(ZeroDivisionError):
        posting(ZeroDivisionError(), PostingsContended=1)
    assert records == [{"PostingsContended": 1}]
