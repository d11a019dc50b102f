"""What the uses of the counter cost at DynamoDB: round trips and capacity units, as the engine counts them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from local.aws.meter import Call, Recording
from tests.api.counter import BALANCE, ISSUE, LEDGER, REDEEM

READ, COMMIT, PUT, QUERY = "BatchGetItem", "TransactWriteItems", "PutItem", "Query"
Use = Callable[[], Any]


@pytest.fixture
def metered(platform: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Recording]:
    """The calls that one request makes. Those of the functions behind the stream, on other threads, are not its own."""
    meter = platform.embedded_aws.meter

    def measure(use: Use, status: int = 200) -> Recording:
        platform.embedded_aws.drain(120)
        calls: list[tuple[int, Call]] = []
        monkeypatch.setattr(meter, "ended", lambda call: calls.append((threading.get_ident(), call)))
        answer = use()
        monkeypatch.undo()
        assert answer.status_code == status, answer.text
        return Recording(call for thread, call in calls if thread == calls[0][0])

    return measure


def operations(calls: Recording) -> list[str]:
    return [call.operation for call in calls]


def cheapest(metered: Callable[..., Recording], make: Use) -> Recording:
    """The cheaper of two: one request in many takes a share of the rate limit for those that follow."""
    return min((metered(make) for _ in range(2)), key=lambda calls: len(operations(calls)))


@pytest.fixture
def known(live: Any, phone: str) -> str:
    """A customer whose coins are of this month already, as they are for all but the first sale of a month."""
    assert live.post(ISSUE, {"phone": phone, "coins": 100}).status_code == 200
    return phone


def test_an_issue_to_a_known_customer_is_one_read_and_one_transaction(live: Any, known: str, metered: Any) -> None:
    calls = metered(lambda: live.post(ISSUE, {"phone": known, "bill_amount": 499, "reference": f"U-{known}"}))
    assert operations(calls) == [READ, COMMIT]
    assert (calls.read_units, calls.write_units) == (2, 8)
    ledger = next(iter(calls[1].tables.values()))
    assert ledger.items.write == 6
    assert {name: units.write for name, units in ledger.indexes.items() if units.write} == {
        "statement": 1,
        "activity": 1,
    }


def test_a_redemption_costs_the_same(live: Any, known: str, metered: Any) -> None:
    calls = metered(lambda: live.post(REDEEM, {"phone": known, "coins": 5, "bill_amount": 100}))
    assert operations(calls) == [READ, COMMIT]
    assert (calls.read_units, calls.write_units) == (2, 8)


def test_a_replay_moves_nothing_and_needs_no_read_of_its_own(live: Any, known: str, metered: Any) -> None:
    """The stored entry comes back with the cancellation. A cancelled transaction is paid for like one that is made."""
    headers = {"Idempotency-Key": f"units-{known}"}
    assert live.post(REDEEM, {"phone": known, "coins": 5}, headers=headers).status_code == 200
    calls = metered(lambda: live.post(REDEEM, {"phone": known, "coins": 5}, headers=headers))
    assert operations(calls) == [READ, COMMIT]
    assert calls.read_units == 2
    assert calls.write_units <= 8


def test_a_refusal_is_one_read_and_one_write(live: Any, known: str, metered: Any) -> None:
    calls = metered(lambda: live.post(REDEEM, {"phone": known, "coins": 10_000}), 409)
    assert operations(calls) == [READ, PUT]
    assert (calls.read_units, calls.write_units) == (2, 2)


def test_a_new_customer_costs_one_item_more_and_its_place_in_the_index_of_expiry(
    live: Any, phone: str, metered: Any
) -> None:
    calls = metered(lambda: live.post(ISSUE, {"phone": phone, "coins": 5}))
    assert operations(calls) == [READ, COMMIT]
    assert (calls.read_units, calls.write_units) == (2, 11)


def test_a_balance_is_one_round_trip_and_a_calculation_two(live: Any, known: str, metered: Any) -> None:
    live.get(BALANCE, params={"phone": known})  # the use of the key is noted once in five minutes
    calls = cheapest(metered, lambda: live.get(BALANCE, params={"phone": known}))
    assert operations(calls) == [READ]
    assert calls.read_units == 2
    # A body that moves no value is looked at once its sender is admitted, and what it names is read then.
    calls = cheapest(metered, lambda: live.post(f"{ISSUE}/calculate", {"phone": known, "bill_amount": 499}))
    assert operations(calls) == [READ, READ]


def test_a_customers_statement_is_a_read_and_a_query_and_a_merchants_a_read_more(
    live: Any, known: str, metered: Any
) -> None:
    """The customer whose masked number is shown is read with the credential, where the query names one."""
    live.get(BALANCE, params={"phone": known})
    calls = cheapest(metered, lambda: live.get(LEDGER, params={"customer": known}))
    assert operations(calls) == [READ, QUERY]
    assert operations(cheapest(metered, lambda: live.get(LEDGER))) == [READ, QUERY, READ]


def test_what_is_refused_before_it_is_read_costs_nothing(live: Any, anyone: Any, metered: Any) -> None:
    assert operations(metered(lambda: anyone.post(ISSUE, {"phone": "+919876543210", "coins": 5}), 401)) == []
    calls = metered(lambda: live.post(ISSUE, {"coins": 5}), 400)
    assert operations(calls) == [READ]
