"""Expressions as they go to DynamoDB, and what its refusals mean."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from batua import ids
from batua.store import keys
from batua.store.store import Cancelled, ConditionFailed, Contended, Store
from batua.store.writes import ABSENT, ALWAYS, EXISTS, Check, Condition, Delete, Put, Update, operation, render_write
from tests.fakes.dynamodb import FakeDynamoDB, cancelled, failure
from tests.fakes.faults import Fault, FaultyClient

SCOPE = keys.scope("live", ids.derived_id("ten", "owner"))
KEY = keys.wallet_key(SCOPE, ids.derived_id("wal", "a"))
OTHER = keys.wallet_key(SCOPE, ids.derived_id("wal", "b"))


def store(client: Any) -> Store:
    return Store(client, "ledger", "directory", sleep=lambda _: None)


def faulty(*plan: Fault) -> FaultyClient:
    client = FaultyClient(FakeDynamoDB())
    client.plan = iter(plan)
    return client


# Rendering


def test_a_put_carries_its_key_its_item_and_its_condition() -> None:
    assert render_write(Put(KEY, {"n": 1, "gone": None}, when=ABSENT), "table") == {
        "TableName": "table",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        "ConditionExpression": "attribute_not_exists(#pk)",
        "Item": {"pk": {"S": KEY.pk}, "sk": {"S": "BAL"}, "n": {"N": "1"}},
        "ExpressionAttributeNames": {"#pk": "pk"},
    }


def test_an_update_sets_removes_and_adds_under_all_parts_of_its_condition() -> None:
    when = Condition(equal={"st": "open"}, at_least={"room": 300}, missing=("x",), present=("pk",))
    update = Update(KEY, add={"room": -300}, set={"name": "a"}, remove=("old", "older"), when=when)
    rendered = render_write(update, "table")
    assert rendered["ConditionExpression"] == (
        "#st = :v0 AND #room >= :v1 AND attribute_not_exists(#x) AND attribute_exists(#pk)"
    )
    assert rendered["UpdateExpression"] == "SET #name = :v2 REMOVE #old, #older ADD #room :v3"
    assert rendered["ExpressionAttributeValues"] == {
        ":v0": {"S": "open"},
        ":v1": {"N": "300"},
        ":v2": {"S": "a"},
        ":v3": {"N": "-300"},
    }
    assert rendered["Key"] == {"pk": {"S": KEY.pk}, "sk": {"S": "BAL"}}


def test_without_a_condition_no_empty_expression_is_sent() -> None:
    rendered = render_write(Put(KEY, {"n": 1}, when=ALWAYS), "table")
    assert not {"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"} & rendered.keys()


def test_each_write_has_its_operation_in_a_transaction() -> None:
    writes = [Put(KEY, {}), Update(KEY), Delete(KEY), Check(KEY, EXISTS)]
    assert [operation(write) for write in writes] == ["Put", "Update", "Delete", "ConditionCheck"]


# What refusals mean


def spoilt(*codes: str) -> Store:
    class Client:
        def transact_write_items(self, **_: Any) -> None:
            raise cancelled([{"Code": code} for code in codes])

    return store(Client())


@pytest.mark.parametrize(
    "codes",
    [
        ("ConditionalCheckFailed", "None"),
        ("None", "ConditionalCheckFailed"),
        ("ConditionalCheckFailed", "TransactionConflict"),
        ("TransactionConflict", "ConditionalCheckFailed"),
        ("ThrottlingError", "ConditionalCheckFailed", "ProvisionedThroughputExceeded"),
    ],
)
def test_a_condition_that_failed_is_an_answer_whatever_stands_beside_it(codes: tuple[str, ...]) -> None:
    with pytest.raises(Cancelled) as refused:
        spoilt(*codes).commit([Put(KEY, {})])
    assert [reason.code for reason in refused.value.reasons] == list(codes)
    assert [reason.failed for reason in refused.value.reasons] == [code.startswith("Cond") for code in codes]


@pytest.mark.parametrize(
    "codes",
    [("TransactionConflict",), ("None", "ThrottlingError"), ("ProvisionedThroughputExceeded", "TransactionConflict")],
)
def test_conflict_and_throttling_alone_are_worth_another_try(codes: tuple[str, ...]) -> None:
    with pytest.raises(Contended):
        spoilt(*codes).commit([Put(KEY, {})])


def test_a_request_that_is_wrong_is_neither() -> None:
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        spoilt("ValidationError", "None").commit([Put(KEY, {})])
    with pytest.raises(ClientError, match="two writes of one item"):
        store(FakeDynamoDB()).commit([Put(KEY, {}), Put(KEY, {})])


@pytest.mark.parametrize(
    "fault",
    [
        ReadTimeoutError(endpoint_url="x"),
        ConnectTimeoutError(endpoint_url="x"),
        failure("TransactionInProgressException", "x"),
        failure("ThrottlingException", "x"),
        failure("InternalServerError", "x"),
    ],
)
def test_silence_and_a_transaction_in_progress_are_worth_another_try(fault: Exception) -> None:
    class Client:
        def transact_write_items(self, **_: Any) -> None:
            raise fault

    with pytest.raises(Contended):
        store(Client()).commit([Put(KEY, {})])


def test_the_reasons_hand_over_what_stands_there() -> None:
    table = store(FakeDynamoDB())
    table.commit([Put(KEY, {"seq": 4})])
    with pytest.raises(Cancelled) as refused:
        table.commit([Put(OTHER, {}), Put(KEY, {"seq": 5}, when=ABSENT)])
    assert [reason.item for reason in refused.value.reasons] == [None, {"pk": KEY.pk, "sk": "BAL", "seq": 4}]


def test_the_same_writes_sent_again_after_a_lost_reply_are_applied_once() -> None:
    client = faulty("lost_after")
    writes = [Update(KEY, add={"n": 5}), Put(OTHER, {"x": b"\x00"}, when=ABSENT)]
    with pytest.raises(Contended):
        store(client).commit(writes)
    store(client).commit(writes)
    assert store(client).read([KEY])[KEY] == {"pk": KEY.pk, "sk": "BAL", "n": 5}


def test_a_single_write_hands_over_what_stands_there_too() -> None:
    table = store(FakeDynamoDB())
    table.write(Put(KEY, {"n": 1}, when=ABSENT))
    with pytest.raises(ConditionFailed) as refused:
        table.write(Put(KEY, {"n": 2}, when=ABSENT))
    assert refused.value.item == {"pk": KEY.pk, "sk": "BAL", "n": 1}
    with pytest.raises(ConditionFailed) as refused:
        table.write(Update(OTHER, add={"n": 1}, when=EXISTS))
    assert refused.value.item is None


def test_a_new_item_that_was_sent_twice_is_written_and_another_item_is_not_replaced() -> None:
    table = store(FakeDynamoDB())
    table.write_new(Put(KEY, {"n": 1, "raw": b"x"}, when=ABSENT))
    table.write_new(Put(KEY, {"n": 1, "raw": b"x"}, when=ABSENT))
    with pytest.raises(ConditionFailed):
        table.write_new(Put(KEY, {"n": 2}, when=ABSENT))
    assert table.read([KEY])[KEY] == {"pk": KEY.pk, "sk": "BAL", "n": 1, "raw": b"x"}


def test_a_throttled_write_is_tried_again_and_an_unanswered_one_is_contended() -> None:
    client = faulty("throttle", "throttle", "none", "lost_before")
    store(client).write(Put(KEY, {"n": 1}, when=ABSENT))
    with pytest.raises(Contended):
        store(client).write(Put(OTHER, {"n": 1}, when=ABSENT))


# Reading


def test_many_keys_are_read_a_hundred_at_a_time_each_once_and_in_their_order() -> None:
    table = FakeDynamoDB()
    wanted = [keys.wallet_key(SCOPE, ids.derived_id("wal", str(n))) for n in range(150)]
    store(table).write(Put(wanted[149], {"n": 1}))
    found = store(table).read([*wanted, wanted[0]])
    assert list(found) == wanted
    assert found[wanted[0]] is None
    assert found[wanted[149]] == {"pk": wanted[149].pk, "sk": "BAL", "n": 1}
    assert table.calls.count("BatchGetItem") == 2


def test_keys_that_were_left_unprocessed_are_asked_for_again() -> None:
    client = faulty("unprocessed", "throttle")
    for key in (KEY, OTHER):
        store(client.inner).write(Put(key, {"n": 1}))
    assert all(store(client).read([KEY, OTHER]).values())


def test_a_read_that_stays_unanswered_is_contended() -> None:
    with pytest.raises(Contended):
        store(faulty(*["throttle"] * 9)).read([KEY])
    with pytest.raises(Contended):
        store(faulty("lost_after")).read([KEY])
    with pytest.raises(Contended):
        store(faulty(*["unprocessed"] * 9)).read([KEY])


def test_pages_join_to_the_whole_partition_and_bounds_are_inclusive() -> None:
    table = store(FakeDynamoDB(page=2))
    for n in range(7):
        table.write(Put(keys.Key("ledger", "p", f"{n}"), {"n": n}))
    table.write(Put(keys.Key("ledger", "p2", "3"), {"n": 0}))

    def numbers(**bounds: Any) -> list[int]:
        return [record["n"] for record in table.query_all("ledger", "p", **bounds)]

    assert numbers() == [0, 1, 2, 3, 4, 5, 6]
    assert numbers(descending=True) == [6, 5, 4, 3, 2, 1, 0]
    assert numbers(since="2", until="4") == [2, 3, 4]
    assert numbers(since="5") == [5, 6]
    assert numbers(until="1") == [0, 1]
    assert numbers(beginning="3") == [3]
    assert len(list(table.scan_all("ledger", beginning="p"))) == 8
    assert len(list(table.scan_all("ledger", beginning="p2"))) == 1
