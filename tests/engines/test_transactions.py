from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import EmbeddedAws

from .conftest import STORE, absent, key, put, read, take


def cancelled(dynamodb: Any, *items: dict[str, Any], **request: Any) -> list[Any]:
    with pytest.raises(ClientError) as failure:
        dynamodb.transact_write_items(TransactItems=list(items), **request)
    assert failure.value.response["Error"]["Code"] == "TransactionCanceledException"
    return list(failure.value.response["CancellationReasons"])


@pytest.fixture
def switching() -> Iterator[None]:
    """Threads that take turns every few instructions find a race that five milliseconds of peace would hide."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("switching")
def test_sixty_four_threads_that_take_from_one_item_never_lose_money(dynamodb: Any, scope: str) -> None:
    dynamodb.transact_write_items(TransactItems=[put(scope, balance=100)])

    def attempt(number: int) -> bool:
        receipt = put(f"{scope}#{number}", "TX", amount=7)
        while True:
            try:
                dynamodb.transact_write_items(TransactItems=[receipt, {"Update": take(scope, 7)}])
                return True
            except ClientError as error:
                reasons = {reason["Code"] for reason in error.response.get("CancellationReasons", [])}
                if "TransactionConflict" not in reasons:
                    return False

    with ThreadPoolExecutor(64) as pool:
        taken = sum(pool.map(attempt, range(64)))
    assert taken == 14
    assert read(dynamodb, scope)["balance"] == {"N": "2"}
    receipts = [read(dynamodb, f"{scope}#{number}", "TX") for number in range(64)]
    assert sum(receipt is not None for receipt in receipts) == 14


@pytest.mark.usefixtures("switching")
def test_single_conditional_updates_from_many_threads_never_lose_money(dynamodb: Any, scope: str) -> None:
    dynamodb.put_item(TableName=STORE, Item=put(scope, balance=100)["Put"]["Item"])

    def attempt(_: int) -> bool:
        try:
            dynamodb.update_item(**take(scope, 3))
            return True
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False

    with ThreadPoolExecutor(64) as pool:
        assert sum(pool.map(attempt, range(64))) == 33
    assert read(dynamodb, scope)["balance"] == {"N": "1"}


def test_nothing_of_a_cancelled_transaction_is_stored(dynamodb: Any, scope: str) -> None:
    dynamodb.transact_write_items(TransactItems=[put(scope, balance=5)])
    cancelled(dynamodb, put(f"{scope}#new"), {"Update": take(scope, 9)})
    assert read(dynamodb, f"{scope}#new") is None
    assert read(dynamodb, scope)["balance"] == {"N": "5"}


def test_every_item_of_a_cancelled_transaction_has_its_reason_in_its_place(dynamodb: Any, scope: str) -> None:
    dynamodb.transact_write_items(TransactItems=[put(scope, balance=5), put(f"{scope}#a"), put(f"{scope}#b")])
    check = {"TableName": STORE, "Key": key(f"{scope}#gone"), "ConditionExpression": "attribute_exists(pk)"}
    delete = {"TableName": STORE, "Key": key(f"{scope}#a"), "ConditionExpression": "attribute_exists(nothing)"}
    reasons = cancelled(
        dynamodb,
        put(f"{scope}#new"),
        {"Update": take(scope, 9)},
        {"ConditionCheck": check},
        {"Delete": delete},
        absent(put(f"{scope}#b")),
    )
    assert [reason["Code"] for reason in reasons] == ["None", *["ConditionalCheckFailed"] * 4]
    assert [reason.get("Message") for reason in reasons] == [None, *["The conditional request failed"] * 4]


def test_a_failed_condition_gives_the_item_back_when_it_is_asked_to(dynamodb: Any, scope: str) -> None:
    dynamodb.transact_write_items(TransactItems=[put(scope, "TX", amount=5)])
    again = put(scope, "TX", amount=6)
    asked = cancelled(dynamodb, absent(again, ReturnValuesOnConditionCheckFailure="ALL_OLD"), put(f"{scope}#x"))
    assert asked[0]["Item"] == put(scope, "TX", amount=5)["Put"]["Item"]
    assert "Item" not in asked[1]
    assert "Item" not in cancelled(dynamodb, absent(again))[0]


def test_a_failed_condition_of_a_single_write_gives_the_item_back(dynamodb: Any, scope: str) -> None:
    dynamodb.transact_write_items(TransactItems=[put(scope, balance=5)])
    with pytest.raises(ClientError) as failure:
        dynamodb.update_item(**take(scope, 9), ReturnValuesOnConditionCheckFailure="ALL_OLD")
    answer: Any = failure.value.response
    assert answer["Item"]["balance"] == {"N": "5"}


def test_an_update_that_the_item_refuses_cancels_the_transaction(dynamodb: Any, scope: str) -> None:
    dynamodb.transact_write_items(TransactItems=[put(scope, balance="text")])
    update = {
        "TableName": STORE,
        "Key": key(scope),
        "UpdateExpression": "ADD balance :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    reasons = cancelled(dynamodb, put(f"{scope}#new"), {"Update": update})
    assert [reason["Code"] for reason in reasons] == ["None", "ValidationError"]


def test_one_item_cannot_be_written_twice_in_a_transaction(dynamodb: Any, scope: str) -> None:
    with pytest.raises(ClientError, match="multiple operations on one item"):
        dynamodb.transact_write_items(TransactItems=[put(scope), put(scope, balance=1)])


def test_the_same_token_has_one_effect(dynamodb: Any, scope: str) -> None:
    dynamodb.transact_write_items(TransactItems=[put(scope, balance=10)])
    for _ in range(3):
        dynamodb.transact_write_items(TransactItems=[{"Update": take(scope, 3)}], ClientRequestToken=scope)
    assert read(dynamodb, scope)["balance"] == {"N": "7"}


def test_the_same_token_with_another_request_is_refused(dynamodb: Any, scope: str) -> None:
    dynamodb.transact_write_items(TransactItems=[put(scope, balance=10)], ClientRequestToken=scope)
    with pytest.raises(dynamodb.exceptions.IdempotentParameterMismatchException):
        dynamodb.transact_write_items(TransactItems=[put(scope, balance=11)], ClientRequestToken=scope)
    assert read(dynamodb, scope)["balance"] == {"N": "10"}


def test_a_cancelled_transaction_is_decided_anew_under_its_token(dynamodb: Any, scope: str) -> None:
    request = {"TransactItems": [{"Update": take(scope, 3)}], "ClientRequestToken": scope}
    cancelled(dynamodb, *request["TransactItems"], ClientRequestToken=scope)
    dynamodb.transact_write_items(TransactItems=[put(scope, balance=10)])
    dynamodb.transact_write_items(**request)
    assert read(dynamodb, scope)["balance"] == {"N": "7"}


def test_an_update_that_fails_half_way_leaves_the_item_as_it_was(dynamodb: Any, scope: str) -> None:
    dynamodb.transact_write_items(TransactItems=[put(scope, balance=10, name="text")])
    with pytest.raises(ClientError, match="ValidationException"):
        dynamodb.update_item(
            TableName=STORE,
            Key=key(scope),
            UpdateExpression="SET balance = :one ADD #name :one",
            ExpressionAttributeNames={"#name": "name"},
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    assert read(dynamodb, scope)["balance"] == {"N": "10"}


def test_names_are_added_to_a_set_that_lacks_them_and_the_set_comes_back_where_it_has_one(
    dynamodb: Any, scope: str
) -> None:
    def naming(*names: bytes) -> dict[str, Any]:
        labels = {f":v{number}": {"B": name} for number, name in enumerate(names)}
        return {
            "TableName": STORE,
            "Key": key(scope),
            "UpdateExpression": "ADD #ids :all",
            "ConditionExpression": " AND ".join(f"NOT contains(#ids, {label})" for label in labels),
            "ExpressionAttributeNames": {"#ids": "ids"},
            "ExpressionAttributeValues": {":all": {"BS": list(names)}, **labels},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    many = [number.to_bytes(12) for number in range(90)]
    dynamodb.transact_write_items(TransactItems=[{"Update": naming(*many)}])
    dynamodb.transact_write_items(TransactItems=[{"Update": naming(b"another")}])
    (reason,) = cancelled(dynamodb, {"Update": naming(b"new", many[7])})
    assert reason["Code"] == "ConditionalCheckFailed"
    assert set(reason["Item"]["ids"]["BS"]) == {*many, b"another"}


def test_a_token_is_forgotten_after_ten_minutes() -> None:
    from local.aws.dynamodb.tokens import CompletedTransactions

    now = [0.0]
    completed = CompletedTransactions(lambda: now[0])
    completed.remember("token", [put("pk")])
    now[0] = 599
    assert completed.seen("token", [put("pk")])
    now[0] = 601
    assert not completed.seen("token", [put("pk")])


def test_the_engine_is_the_one_that_was_asked_for(engine: EmbeddedAws, dynamodb: Any) -> None:
    local = "127.0.0.1" in dynamodb.meta.endpoint_url
    assert local == (engine.store == "dynoxide")  # type: ignore[attr-defined]
