from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import EmbeddedAws

from .conftest import STORE, absent, item, key, put, take


def written(dynamodb: Any, **request: Any) -> dict[str, Any]:
    return dynamodb.put_item(TableName=STORE, ReturnConsumedCapacity="INDEXES", **request)["ConsumedCapacity"]


def test_three_items_with_two_index_entries_cost_eight_write_units(dynamodb: Any, scope: str) -> None:
    entry = put(scope, "TX", g1p=scope, g1s="1", g2p=scope, g2s="1")
    dynamodb.transact_write_items(TransactItems=[put(f"{scope}#w", balance=9), put(f"{scope}#m", balance=9)])
    answer = dynamodb.transact_write_items(
        TransactItems=[absent(entry), {"Update": take(f"{scope}#w", 1)}, {"Update": take(f"{scope}#m", 1)}],
        ReturnConsumedCapacity="INDEXES",
    )
    (consumed,) = answer["ConsumedCapacity"]
    assert consumed["CapacityUnits"] == consumed["WriteCapacityUnits"] == 8
    assert consumed["Table"]["CapacityUnits"] == 6
    assert {name: units["CapacityUnits"] for name, units in consumed["GlobalSecondaryIndexes"].items()} == {
        "statement": 1,
        "activity": 1,
    }


def test_a_consistent_batch_read_of_two_small_items_costs_two_read_units(dynamodb: Any, scope: str) -> None:
    dynamodb.transact_write_items(TransactItems=[put(scope), put(f"{scope}#b")])
    request = {STORE: {"Keys": [key(scope), key(f"{scope}#b")], "ConsistentRead": True}}
    answer = dynamodb.batch_get_item(RequestItems=request, ReturnConsumedCapacity="TOTAL")
    assert [units["CapacityUnits"] for units in answer["ConsumedCapacity"]] == [2]
    assert len(answer["Responses"][STORE]) == 2


@pytest.mark.parametrize(("consistent", "units"), [(True, 1), (False, 0.5)])
def test_an_item_that_is_not_there_costs_as_much_as_a_small_one(
    dynamodb: Any, scope: str, consistent: bool, units: float
) -> None:
    answer = dynamodb.get_item(
        TableName=STORE, Key=key(scope), ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL"
    )
    assert answer["ConsumedCapacity"]["CapacityUnits"] == units


def test_a_read_costs_a_unit_for_each_four_kilobytes(dynamodb: Any, scope: str) -> None:
    dynamodb.put_item(TableName=STORE, Item=item(scope, text="x" * 4200))
    get = {"TableName": STORE, "Key": key(scope), "ReturnConsumedCapacity": "TOTAL"}
    assert dynamodb.get_item(**get)["ConsumedCapacity"]["CapacityUnits"] == 1
    assert dynamodb.get_item(**get, ConsistentRead=True)["ConsumedCapacity"]["CapacityUnits"] == 2
    both = dynamodb.transact_get_items(
        TransactItems=[{"Get": {"TableName": STORE, "Key": key(scope)}}], ReturnConsumedCapacity="TOTAL"
    )
    assert both["ConsumedCapacity"][0]["CapacityUnits"] == 4


def test_a_write_costs_a_unit_for_each_kilobyte_of_the_larger_of_before_and_after(dynamodb: Any, scope: str) -> None:
    assert written(dynamodb, Item=item(scope, text="x" * 2100))["CapacityUnits"] == 3
    assert written(dynamodb, Item=item(scope, text="x"))["CapacityUnits"] == 3
    assert written(dynamodb, Item=item(scope, text="x"))["CapacityUnits"] == 1


def test_an_item_without_an_indexs_keys_is_not_written_to_it(dynamodb: Any, scope: str) -> None:
    assert written(dynamodb, Item=item(scope, g1p=scope))["CapacityUnits"] == 1
    assert written(dynamodb, Item=item(scope, g1p=scope, g1s="1"))["CapacityUnits"] == 2


def test_an_index_is_not_written_when_what_it_holds_is_unchanged(dynamodb: Any, scope: str) -> None:
    written(dynamodb, Item=item(scope, g3p=scope, g3s="1", state="open"))
    assert written(dynamodb, Item=item(scope, g3p=scope, g3s="1", state="done"))["CapacityUnits"] == 1


def test_a_changed_index_key_costs_a_delete_and_a_put(dynamodb: Any, scope: str) -> None:
    written(dynamodb, Item=item(scope, g1p=scope, g1s="1"))
    assert written(dynamodb, Item=item(scope, g1p=scope, g1s="2"))["CapacityUnits"] == 3


def test_a_query_costs_the_sum_of_what_it_reads_and_not_of_what_its_filter_leaves(dynamodb: Any, scope: str) -> None:
    for number in range(10):
        dynamodb.put_item(TableName=STORE, Item=item(scope, f"{number}", words="x" * 1000))
    answer = dynamodb.query(
        TableName=STORE,
        KeyConditionExpression="pk = :pk",
        FilterExpression="words = :none",
        ExpressionAttributeValues={":pk": {"S": scope}, ":none": {"S": "none"}},
        ConsistentRead=True,
        ReturnConsumedCapacity="TOTAL",
    )
    assert (answer["Count"], answer["ScannedCount"]) == (0, 10)
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 3


def test_the_meter_counts_round_trips_and_units_without_being_asked_in_the_request(
    engine: EmbeddedAws, dynamodb: Any, scope: str
) -> None:
    with engine.meter.record() as calls:
        dynamodb.transact_write_items(TransactItems=[put(scope, balance=5), put(f"{scope}#b")])
        dynamodb.get_item(TableName=STORE, Key=key(scope), ConsistentRead=True)
    dynamodb.get_item(TableName=STORE, Key=key(scope))
    assert [call.operation for call in calls] == ["TransactWriteItems", "GetItem"]
    assert (calls.round_trips, calls.read_units, calls.write_units) == (2, 1, 4)
    assert list(calls[0].tables) == [STORE]


def test_the_meter_counts_what_a_cancelled_transaction_and_a_failed_condition_consume(
    engine: EmbeddedAws, dynamodb: Any, scope: str
) -> None:
    absent_pk = f"{scope}#absent"
    with engine.meter.record() as calls:
        with pytest.raises(ClientError):
            dynamodb.transact_write_items(TransactItems=[put(scope, g1p="g", g1s="1"), {"Update": take(absent_pk, 1)}])
        with pytest.raises(ClientError):
            dynamodb.update_item(**take(absent_pk, 1))
    assert calls.round_trips == 2
    if engine.store == "memory":  # type: ignore[attr-defined]  # the other engine is only seen through its responses
        assert [call.write_units for call in calls] == [4, 1]


def test_a_replayed_transaction_costs_the_reading_of_its_items(dynamodb: Any, scope: str) -> None:
    request = {"TransactItems": [put(scope)], "ClientRequestToken": scope, "ReturnConsumedCapacity": "TOTAL"}
    first = dynamodb.transact_write_items(**request)["ConsumedCapacity"][0]
    second = dynamodb.transact_write_items(**request)["ConsumedCapacity"][0]
    assert first["WriteCapacityUnits"] == 2
    assert second["ReadCapacityUnits"] == 2


def test_sizes_follow_the_developer_guide() -> None:
    from local.aws.dynamodb.values import measure, number_size

    assert [number_size(text) for text in ("0", "7", "12", "123", "-123", "1000", "0.0012")] == [1, 2, 2, 3, 4, 2, 2]
    assert measure({"S": "₹5"}) == 4
    assert measure({"BOOL": True}) == measure({"NULL": True}) == 1
    assert measure({"L": [{"S": "ab"}, {"S": "c"}]}) == 3 + (1 + 2) + (1 + 1)
    assert measure({"M": {"name": {"S": "ab"}}}) == 3 + 1 + 4 + 2
    assert measure({"SS": ["ab", "c"]}) == 3
    assert measure({"B": "AP8="}) == 2
