"""What functions count: EMF lines by domain and stage, and the tries of a posting that were lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batua import observe
from batua.ledger.errors import IdempotencyKeyConflict, LedgerBusy
from tests.fakes.faults import Fault
from tests.unit.posting_fixtures import BAKERY, Counter, key_on

Counted = Callable[[], list[dict[str, Any]]]
ENVIRONMENT = {"POWERTOOLS_METRICS_NAMESPACE": "Batua", "POWERTOOLS_SERVICE_NAME": "coins", "STAGE": "prod"}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Counted]:
    """The EMF lines that were written since it was last asked."""
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    observe._metrics.cache_clear()
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in line]
    observe._metrics.cache_clear()


def named(lines: list[dict[str, Any]]) -> dict[str, float]:
    """What was counted, by name."""
    return {
        metric["Name"]: line[metric["Name"]][0]
        for line in lines
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }


def test_a_request_counts_for_its_route_where_that_is_asked_for(
    counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS_BY_ROUTE", "1")
    observe.count("GET /x", 503, 12.5)
    (line,) = counted()
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert sorted(map(sorted, declared["Dimensions"])) == [["route", "service", "stage"], ["stage"]]
    assert line["route"] == "GET /x"


def test_a_request_counts_for_its_domain_and_for_the_whole_stage(counted: Counted) -> None:
    observe.count("GET /x", 503, 12.5)
    (line,) = counted()
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert declared["Namespace"] == "Batua"
    assert sorted(map(sorted, declared["Dimensions"])) == [["service", "stage"], ["stage"]]
    assert (line["service"], line["stage"]) == ("coins", "prod")
    assert "route" not in line
    assert named([line]) == {"Requests": 1, "Faults": 1, "Duration": 12.5}
    observe.count("GET /x", 404, 1.0)
    observe.count("GET /x", 302, 1.0)
    refused, moved = counted()[-2:]
    assert named([refused]) == {"Requests": 1, "Refusals": 1, "Duration": 1}
    assert named([moved]) == {"Requests": 1, "Duration": 1}


def test_what_a_consumer_did_counts_for_its_domain_and_for_the_whole_stage(counted: Counted) -> None:
    observe.tally(EntriesMoved=3)
    observe.count("GET /x", 200, 1.0)  # takes nothing over from the line before
    first, second = counted()
    assert sorted(map(sorted, first["_aws"]["CloudWatchMetrics"][0]["Dimensions"])) == [["service"], ["stage"]]
    assert named([first]) == {"EntriesMoved": 3}
    assert "EntriesMoved" not in named([second])


def test_a_posting_that_nobody_contends_for_counts_nothing(counted: Counted) -> None:
    Counter().issue("i", 50)
    assert counted() == []


# After a lost reply the same writes come again with the same token, and are answered at once.
@pytest.mark.parametrize(("fault", "lost"), [("conflict", 2), ("throttle", 2), ("lost_before", 2), ("lost_after", 1)])
def test_each_try_that_conflict_throttling_or_silence_ended_is_counted(
    counted: Counted, fault: Fault, lost: int
) -> None:
    Counter("none", fault, "none", fault).issue("i", 50)  # reads stand between
    shards = {"ShardConflicts": lost} if fault == "conflict" else {}
    assert named(counted()) == {"PostingsContended": lost, **shards}


def test_a_try_that_somebody_else_was_before_is_counted(counted: Counted) -> None:
    counter = Counter()
    counter.issue("i", 50)
    counter.client.plan, counter.client.other = iter(["none", "other"]), lambda: counter.issue("other", 5) and None
    counter.redeem("r", 5)
    assert named(counted()) == {"PostingsOvertaken": 1}
    assert counter.wallet().balance == 50


@pytest.mark.parametrize("deadline", [0.0, 24.0])
def test_a_posting_that_ends_busy_is_counted_once(counted: Counted, deadline: float) -> None:
    counter = Counter("none", "lost_before") if deadline == 0 else Counter(shards=2)
    counter.desk.deadline = deadline
    if deadline:
        # What one shard has is not enough, and the others can't be read.
        counter.issue("gift", 50, merchant=BAKERY)
        counter.client.plan = iter(["none", "none", "lost_before"])
    with pytest.raises(LedgerBusy):
        counter.redeem(key_on(1, "redeem", 2), 5) if deadline else counter.issue("k", 50)
    assert named(counted())["PostingsGivenUp"] == 1


def test_an_answer_to_a_replay_counts_nothing(counted: Counted) -> None:
    counter = Counter()
    counter.issue("i", 50)
    counter.issue("i", 50)
    with pytest.raises(IdempotencyKeyConflict):
        counter.issue("i", 60)
    assert counted() == []
