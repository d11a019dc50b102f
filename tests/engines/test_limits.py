from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import STORE, item, key, put


def refused(dynamodb: Any, one: dict[str, Any]) -> str:
    with pytest.raises(ClientError) as failure:
        dynamodb.put_item(TableName=STORE, Item=one)
    assert failure.value.response["Error"]["Code"] == "ValidationException"
    return failure.value.response["Error"]["Message"]


def test_an_item_may_have_400_kilobytes_and_not_one_more(dynamodb: Any, scope: str) -> None:
    rest = 400 * 1024 - len("pk" + scope + "sk" + "BAL" + "text")
    dynamodb.put_item(TableName=STORE, Item=item(scope, text="x" * rest))
    assert "size" in refused(dynamodb, item(scope, text="x" * (rest + 1)))


def test_an_update_may_not_make_an_item_too_large(dynamodb: Any, scope: str) -> None:
    dynamodb.put_item(TableName=STORE, Item=item(scope, text="x" * 300_000))
    with pytest.raises(ClientError, match="size"):
        dynamodb.update_item(
            TableName=STORE,
            Key=key(scope),
            UpdateExpression="SET more = :more",
            ExpressionAttributeValues={":more": {"S": "x" * 120_000}},
        )
    found = dynamodb.get_item(TableName=STORE, Key=key(scope), ProjectionExpression="more")
    assert not found.get("Item")


@pytest.mark.parametrize("name", ["pk", "sk", "g1p", "g1s"])
def test_a_key_may_not_be_empty(dynamodb: Any, scope: str, name: str) -> None:
    refused(dynamodb, item(scope, g1p="g", g1s="1") | {name: {"S": ""}})


@pytest.mark.parametrize("name", ["sk", "g1s"])
def test_a_key_must_have_the_type_that_the_table_declares(dynamodb: Any, scope: str, name: str) -> None:
    refused(dynamodb, item(scope, g1p="g", g1s="1") | {name: {"N": "1"}})


def test_keys_have_their_own_limits(dynamodb: Any, scope: str) -> None:
    dynamodb.put_item(TableName=STORE, Item=item("p" * 2048, "s" * 1024))
    refused(dynamodb, item("p" * 2049))
    refused(dynamodb, item(scope, "s" * 1025))


def test_an_update_may_not_change_a_key(dynamodb: Any, scope: str) -> None:
    with pytest.raises(ClientError, match="part of the key"):
        dynamodb.update_item(
            TableName=STORE,
            Key=key(scope),
            UpdateExpression="SET sk = :sk",
            ExpressionAttributeValues={":sk": {"S": "other"}},
        )


def test_a_transaction_has_at_most_a_hundred_items(dynamodb: Any, scope: str) -> None:
    dynamodb.transact_write_items(TransactItems=[put(f"{scope}#{n}") for n in range(100)])
    with pytest.raises(ClientError, match="ValidationException"):
        dynamodb.transact_write_items(TransactItems=[put(f"{scope}#{n}") for n in range(101)])


def test_the_items_of_a_transaction_have_4_megabytes_together(dynamodb: Any, scope: str) -> None:
    large = [put(f"{scope}#{n}", text="x" * 390_000) for n in range(11)]
    dynamodb.transact_write_items(TransactItems=large[:10])
    with pytest.raises(ClientError, match="4MB"):
        dynamodb.transact_write_items(TransactItems=large)
    assert "Item" not in dynamodb.get_item(TableName=STORE, Key=key(f"{scope}#10"))


def test_a_batch_reads_16_megabytes_and_says_what_is_left(dynamodb: Any, scope: str) -> None:
    for n in range(45):
        dynamodb.put_item(TableName=STORE, Item=item(f"{scope}#{n}", text="x" * 390_000))
    asked: Any = {STORE: {"Keys": [key(f"{scope}#{n}") for n in range(45)]}}
    answer = dynamodb.batch_get_item(RequestItems=asked)
    left = answer["UnprocessedKeys"]
    assert 0 < len(left[STORE]["Keys"]) < 45
    rest = dynamodb.batch_get_item(RequestItems=left)
    assert len(answer["Responses"][STORE]) + len(rest["Responses"][STORE]) == 45


def test_an_expression_has_at_most_4_kilobytes(dynamodb: Any, scope: str) -> None:
    def update(parts: int) -> dict[str, Any]:
        expression = "SET " + ", ".join(f"attribute_{n:04d} = :v" for n in range(parts))
        values = {":v": {"N": "1"}}
        return dynamodb.update_item(
            TableName=STORE, Key=key(scope), UpdateExpression=expression, ExpressionAttributeValues=values
        )

    update(190)
    with pytest.raises(ClientError, match="xpression size"):
        update(205)
