"""Issue and redeem stay within their budget, counted and priced as `make cost` does it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmarks import pricing
from benchmarks.cost import Uses, table
from benchmarks.uses import Watch


@pytest.fixture(scope="module")
def uses(platform: Any) -> Uses:
    made = Uses(platform)
    made.prepare()
    return made


@pytest.fixture
def watch(platform: Any) -> Watch:
    watching = Watch()
    watching.platform = platform
    return watching


@pytest.mark.parametrize("name", ["issue", "redeem"])
def test_the_counter_keeps_its_budget(uses: Uses, watch: Watch, name: str) -> None:
    use = watch.use(name, getattr(uses, name), rounds=3)
    budget = pricing.budget()
    assert sum(run.write_units for run in use.answered) <= budget["write_units"]
    assert sum(run.read_units for run in use.answered) <= budget["read_units"]
    assert pricing.dynamodb(use.answered, pricing.prices("us-east-1")) <= budget["dynamodb_usd"]


def test_what_runs_behind_an_issue_is_counted_too(uses: Uses, watch: Watch) -> None:
    use = watch.use("issue", uses.issue)
    assert [run.function for run in use.answered] == ["IssueCoins"]
    assert "AggregateEntries" in [run.function for run in use.behind]
    assert sum(run.write_units for run in use.behind) > 0


def test_an_approval_waits_in_a_single_state_and_keeps_its_budget(uses: Uses, watch: Watch) -> None:
    use = watch.use("approval", uses.approval, rounds=3)
    assert use.transitions == 2  # the wait, and the end of the execution
    assert use.requests == 2
    assert [run.function for run in use.behind].count("AwaitBalanceDecision") == 1
    # Whoever listens costs more, and other tests leave listeners behind; `make cost` has all of it, with the machine's
    # own speed.
    carrying = ("AwaitBalanceDecision", "AggregateEntries")
    use = replace(use, behind=tuple(run for run in use.behind if run.function in carrying))
    paid = pricing.per_million(pricing.quantities(use, pricing.assumed()), pricing.prices("us-east-1"))
    assert sum(paid.values()) - paid["lambda_gb_seconds"] <= pricing.goals()["approval"] - 20
    assert "| approval " in table([use], "ap-south-1")


def test_a_webhook_is_settled_without_a_queue_and_keeps_its_budget(uses: Uses, watch: Watch) -> None:
    use = watch.use("webhook in", uses.webhook, rounds=3)
    assert [run.function for run in use.behind].count("ProcessDeliveries") == 1
    assert not any(run.queued for run in (*use.answered, *use.behind))
    # Whoever listens costs more, and other tests leave listeners behind.
    carrying = ("ProcessDeliveries", "AggregateEntries")
    use = replace(use, behind=tuple(run for run in use.behind if run.function in carrying))
    paid = pricing.per_million(pricing.quantities(use, pricing.assumed()), pricing.prices("us-east-1"))
    assert sum(run.write_units for run in (*use.answered, *use.behind)) <= 15
    assert sum(paid.values()) - paid["lambda_gb_seconds"] <= pricing.goals()["webhook"] - 1
