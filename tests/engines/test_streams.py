from __future__ import annotations

import json
from typing import Any

import pytest

from local.aws import StillBusy
from local.model import ACCOUNT, REGION, EventSource

from .conftest import STORE, STREAM_ARN, Handlers, absent, function, item, key, put, queue, read, store_table, take

pytestmark = pytest.mark.parametrize("store", ["memory", "dynoxide"])


def reader(**properties: Any) -> Any:
    return function("Reader", EventSource("Stream", "DynamoDB", {"Stream": STREAM_ARN, **properties}))


def records(handlers: Handlers) -> list[dict[str, Any]]:
    return [record for event in handlers.of("Reader") for record in event["Records"]]


def sort_keys(event: dict[str, Any]) -> list[str]:
    return [record["dynamodb"]["Keys"]["sk"]["S"] for record in event["Records"]]


def test_every_change_arrives_in_order_with_both_images(started: Any, handlers: Handlers, store: str) -> None:
    aws = started(store_table(), reader(), store=store)
    dynamodb = aws.client("dynamodb")
    dynamodb.put_item(TableName=STORE, Item=item("w", balance=5))
    dynamodb.update_item(**take("w", 2))
    dynamodb.delete_item(TableName=STORE, Key=key("w"))
    aws.drain()
    inserted, modified, removed = records(handlers)
    assert [one["eventName"] for one in (inserted, modified, removed)] == ["INSERT", "MODIFY", "REMOVE"]
    assert inserted["dynamodb"]["NewImage"] == item("w", balance=5)
    assert "OldImage" not in inserted["dynamodb"]
    assert modified["dynamodb"]["OldImage"]["balance"] == {"N": "5"}
    assert modified["dynamodb"]["NewImage"]["balance"] == {"N": "3"}
    assert removed["dynamodb"]["OldImage"]["balance"] == {"N": "3"}
    assert "NewImage" not in removed["dynamodb"]
    assert removed["dynamodb"]["Keys"] == key("w")
    numbers = [int(one["dynamodb"]["SequenceNumber"]) for one in (inserted, modified, removed)]
    assert numbers == sorted(set(numbers))
    assert inserted["eventSource"] == "aws:dynamodb"
    assert inserted["awsRegion"] == REGION
    assert inserted["eventSourceARN"].startswith(f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{STORE}/stream/")
    assert inserted["dynamodb"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"


def test_bytes_arrive_as_base64_for_an_event_is_json(started: Any, handlers: Handlers, store: str) -> None:
    wanted = {"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]}
    aws = started(store_table(), reader(FilterCriteria=wanted), store=store)
    parts = {"whole": {"B": b"\x00\xff"}, "deep": {"M": {"in": {"L": [{"B": b"ab"}]}}}}
    aws.client("dynamodb").put_item(TableName=STORE, Item={**key("w"), **parts})
    aws.drain()
    (inserted,) = records(handlers)
    assert inserted["dynamodb"]["NewImage"]["whole"] == {"B": "AP8="}
    assert inserted["dynamodb"]["NewImage"]["deep"] == {"M": {"in": {"L": [{"B": "YWI="}]}}}


def test_a_transaction_that_is_cancelled_is_not_in_the_stream(started: Any, handlers: Handlers, store: str) -> None:
    aws = started(store_table(), reader(), store=store)
    dynamodb = aws.client("dynamodb")
    dynamodb.transact_write_items(TransactItems=[put("w", "A"), put("w", "B")])
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=[put("w", "C"), absent(put("w", "A"))])
    aws.drain()
    assert sorted(one["dynamodb"]["Keys"]["sk"]["S"] for one in records(handlers)) == ["A", "B"]


def test_delivery_goes_on_from_the_first_record_that_failed(started: Any, handlers: Handlers, store: str) -> None:
    poisoned = iter([True, True])

    def fail_c_twice(event: dict[str, Any]) -> dict[str, Any]:
        failed = [
            record["dynamodb"]["SequenceNumber"]
            for record in event["Records"]
            if record["dynamodb"]["Keys"]["sk"]["S"] == "C" and next(poisoned, False)
        ]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}

    handlers.handlers["Reader"] = fail_c_twice
    aws = started(store_table(), reader(FunctionResponseTypes=["ReportBatchItemFailures"]), store=store)
    dynamodb = aws.client("dynamodb")
    for sk in "ABCD":
        dynamodb.put_item(TableName=STORE, Item=item("w", sk))
    aws.drain()
    delivered = "".join("".join(sort_keys(event)) for event in handlers.of("Reader"))
    assert delivered.replace("CD", "C").replace("CC", "C").startswith("ABC")
    assert delivered.count("A") == delivered.count("B") == 1
    assert delivered.count("C") == 3
    assert delivered[-1] == "D"


def test_a_function_that_raises_gets_the_same_batch_again(started: Any, handlers: Handlers, store: str) -> None:
    failures = iter([True])

    def fail_once(_: dict[str, Any]) -> None:
        if next(failures, False):
            raise RuntimeError("not now")

    handlers.handlers["Reader"] = fail_once
    aws = started(store_table(), reader(BatchSize=1), store=store)
    for sk in "AB":
        aws.client("dynamodb").put_item(TableName=STORE, Item=item("w", sk))
    aws.drain()
    assert [sort_keys(event) for event in handlers.of("Reader")] == [["A"], ["A"], ["B"]]


def test_a_poisoned_record_is_found_by_halves_and_its_place_goes_to_the_queue(
    started: Any, handlers: Handlers, store: str
) -> None:
    def fail_on_b(event: dict[str, Any]) -> None:
        if "B" in sort_keys(event):
            raise RuntimeError("B")

    handlers.handlers["Reader"] = fail_on_b
    lost = queue("Lost")
    settings = {
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 3,
        "DestinationConfig": {"OnFailure": {"Destination": lost.arn}},
    }
    aws = started(store_table(), lost, reader(**settings), store=store)
    aws.client("dynamodb").transact_write_items(TransactItems=[put("w", sk) for sk in "ABCD"])
    aws.drain()
    assert sort_keys(handlers.of("Reader")[-1])[-1] == "D"
    assert [name for name, _ in aws.functions.given_up] == ["Reader"]
    url = aws.client("sqs").get_queue_url(QueueName="Lost")["QueueUrl"]
    (message,) = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    notice = json.loads(message["Body"])
    assert notice["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert notice["DDBStreamBatchInfo"]["batchSize"] == 1


def test_only_records_that_the_filter_selects_are_delivered(started: Any, handlers: Handlers, store: str) -> None:
    pattern = json.dumps({"eventName": ["INSERT"], "dynamodb": {"Keys": {"sk": {"S": ["TX"]}}}})
    aws = started(store_table(), reader(FilterCriteria={"Filters": [{"Pattern": pattern}]}), store=store)
    aws.client("dynamodb").transact_write_items(TransactItems=[put("w", "BAL"), put("w", "TX")])
    aws.client("dynamodb").delete_item(TableName=STORE, Key=key("w", "TX"))
    aws.drain()
    assert [sort_keys(event) for event in handlers.of("Reader")] == [["TX"]]


def test_a_stream_that_never_gets_quiet_is_named(started: Any, handlers: Handlers, store: str) -> None:
    def fail(_: dict[str, Any]) -> None:
        raise RuntimeError("always")

    handlers.handlers["Reader"] = fail
    aws = started(store_table(), reader(), store=store)
    aws.client("dynamodb").put_item(TableName=STORE, Item=item("w"))
    with pytest.raises(StillBusy, match="Reader"):
        aws.drain(timeout=0.5)


def test_a_handler_may_write_to_the_table_whose_stream_it_reads(started: Any, handlers: Handlers, store: str) -> None:
    aws = started(store_table(), reader(), store=store)
    dynamodb = aws.client("dynamodb")

    def summarize(event: dict[str, Any]) -> None:
        for sk in sort_keys(event):
            if sk == "TX":
                dynamodb.put_item(TableName=STORE, Item=item("total"))

    handlers.handlers["Reader"] = summarize
    dynamodb.put_item(TableName=STORE, Item=item("w", "TX"))
    aws.drain()
    assert read(dynamodb, "total") is not None
    assert [one["dynamodb"]["Keys"]["pk"]["S"] for one in records(handlers)] == ["w", "total"]
