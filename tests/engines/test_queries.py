from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import STORE, item


def fill(dynamodb: Any, scope: str, count: int) -> None:
    """Items in one partition of the table and of two indexes; pairs share their index sort key."""
    for number in range(count):
        dynamodb.put_item(
            TableName=STORE,
            Item=item(
                scope, f"{number:04}", g1p=scope, g1s=f"{number // 2:04}", g3p=scope, g3s=f"{number:04}", text="t"
            ),
        )


def pages(dynamodb: Any, scope: str, limit: int, index: str | None, **request: Any) -> Iterator[list[str]]:
    names = {"statement": "g1p", "due": "g3p", None: "pk"}
    request |= {"IndexName": index} if index else {}
    start: dict[str, Any] = {}
    while True:
        answer = dynamodb.query(
            TableName=STORE,
            KeyConditionExpression=f"{names[index]} = :p",
            ExpressionAttributeValues={":p": {"S": scope}},
            Limit=limit,
            **request,
            **start,
        )
        yield [one["sk"]["S"] for one in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


@pytest.mark.parametrize("index", [None, "statement", "due"])
@pytest.mark.parametrize("forward", [True, False])
def test_pages_follow_one_another_without_gap_or_repetition(
    dynamodb: Any, scope: str, index: str | None, forward: bool
) -> None:
    fill(dynamodb, scope, 11)
    read = [sk for page in pages(dynamodb, scope, 3, index, ScanIndexForward=forward) for sk in page]
    assert sorted(read) == [f"{number:04}" for number in range(11)]
    order = [int(sk) // 2 for sk in read] if index == "statement" else read
    assert order == sorted(order, reverse=not forward)


def test_a_page_of_an_index_ends_with_the_keys_of_the_index_and_of_the_table(dynamodb: Any, scope: str) -> None:
    fill(dynamodb, scope, 2)
    answer = dynamodb.query(
        TableName=STORE,
        IndexName="statement",
        KeyConditionExpression="g1p = :p",
        ExpressionAttributeValues={":p": {"S": scope}},
        Limit=1,
    )
    assert set(answer["LastEvaluatedKey"]) == {"pk", "sk", "g1p", "g1s"}


def test_a_page_that_is_exactly_full_says_that_there_may_be_more(dynamodb: Any, scope: str) -> None:
    fill(dynamodb, scope, 4)
    assert [len(page) for page in pages(dynamodb, scope, 2, None)] == [2, 2, 0]


@pytest.mark.parametrize(
    ("condition", "values", "found"),
    [
        ("sk = :a", ["0003"], ["0003"]),
        ("sk < :a", ["0002"], ["0000", "0001"]),
        ("sk <= :a", ["0001"], ["0000", "0001"]),
        ("sk > :a", ["0008"], ["0009"]),
        ("sk >= :a", ["0008"], ["0008", "0009"]),
        ("sk BETWEEN :a AND :b", ["0002", "0004"], ["0002", "0003", "0004"]),
        ("begins_with(sk, :a)", ["000"], [f"000{n}" for n in range(10)]),
        ("begins_with(sk, :a)", ["0007"], ["0007"]),
        ("begins_with(sk, :a)", ["1"], []),
    ],
)
def test_a_condition_on_the_sort_key_selects(
    dynamodb: Any, scope: str, condition: str, values: list[str], found: list[str]
) -> None:
    fill(dynamodb, scope, 10)
    answer = dynamodb.query(
        TableName=STORE,
        KeyConditionExpression=f"pk = :pk AND {condition}",
        ExpressionAttributeValues={":pk": {"S": scope}}
        | {name: {"S": value} for name, value in zip((":a", ":b"), values, strict=False)},
    )
    assert [one["sk"]["S"] for one in answer["Items"]] == found


def test_an_index_of_keys_only_gives_keys_only(dynamodb: Any, scope: str) -> None:
    fill(dynamodb, scope, 1)
    answer = dynamodb.query(
        TableName=STORE,
        IndexName="due",
        KeyConditionExpression="g3p = :p",
        ExpressionAttributeValues={":p": {"S": scope}},
    )
    assert [set(one) for one in answer["Items"]] == [{"pk", "sk", "g3p", "g3s"}]


def test_an_item_leaves_an_index_with_its_key(dynamodb: Any, scope: str) -> None:
    fill(dynamodb, scope, 2)
    remove = {"UpdateExpression": "REMOVE g3s"}
    dynamodb.update_item(TableName=STORE, Key={"pk": {"S": scope}, "sk": {"S": "0000"}}, **remove)
    assert list(pages(dynamodb, scope, 10, "due")) == [["0001"]]
    dynamodb.delete_item(TableName=STORE, Key={"pk": {"S": scope}, "sk": {"S": "0001"}})
    assert list(pages(dynamodb, scope, 10, "due")) == [[]]


@pytest.mark.parametrize("condition", ["sk = :v", "words = :v OR NOT begins_with(sk, :v)"])
def test_a_filter_may_not_name_a_key(dynamodb: Any, scope: str, condition: str) -> None:
    with pytest.raises(ClientError, match="non-primary key attributes"):
        dynamodb.query(
            TableName=STORE,
            KeyConditionExpression="pk = :pk",
            FilterExpression=condition,
            ExpressionAttributeValues={":pk": {"S": scope}, ":v": {"S": "v"}},
        )


def test_an_index_cannot_be_read_consistently(dynamodb: Any, scope: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        list(pages(dynamodb, scope, 1, "statement", ConsistentRead=True))


def test_a_scan_begins_behind_any_key_whether_an_item_stands_there_or_not(dynamodb: Any, scope: str) -> None:
    """The hourly sample of wallets begins anywhere. What follows is the order of the engine."""
    fill(dynamodb, scope, 3)
    for start in ("!", f"{scope}~", "~"):
        answer = dynamodb.scan(TableName=STORE, ExclusiveStartKey=item(start, "BAL"))
        places = [(one["pk"]["S"], one["sk"]["S"]) for one in answer["Items"]]
        assert len(places) == len(set(places))
